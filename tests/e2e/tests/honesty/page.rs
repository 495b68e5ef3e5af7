//! The tables that docs/honesty.md shows.

use crate::cast::{Cast, COPIER, JUDGES};
use crate::ledger::{per_stake, Ledger};
use crate::PRICE;
use e2e::{account, hotkey_of, project};
use primitives::{AccountId, Amount, Metagraph, TOKEN};
use std::fs;
use std::sync::Arc;

pub fn tokens(amount: Amount) -> f64 {
    amount as f64 / TOKEN as f64
}

pub fn miners(ledger: &Ledger, cast: &Cast) -> String {
    let mut table = format!(
        "| miner, {} epochs | tokens/s | earned | left after {} for the seat |\n| --- | --- | --- | --- |",
        ledger.epochs.len(),
        tokens(PRICE)
    );
    let mut line = |name: &str, speed: &str, hotkey: &AccountId| {
        let earned = ledger.earned(hotkey);
        table += &format!("\n| {name} | {speed} | {earned:.3} | {:.3} |", earned - tokens(PRICE));
    };
    for (speed, hotkey) in cast.steady() {
        let speed = if speed.is_finite() { speed.to_string() } else { "as many as it can".into() };
        line("honest", &speed, hotkey);
    }
    let (speeds, hotkey) = cast.changing();
    line("honest", &speeds, hotkey);
    cast.cheats().for_each(|(name, hotkey)| line(name, "as many as it can", hotkey));
    table
}

pub fn validators(ledger: &Ledger) -> String {
    let spans = [&ledger.epochs[..], ledger.under_way()];
    let [all, under_way] = spans.map(|epochs| (epochs.len(), pay(epochs)));
    let mut table = format!(
        "| validator | in all {} epochs | in the {} since copying was first paid |\n| --- | --- | --- |",
        all.0, under_way.0
    );
    let [(_, (judges, copier)), (_, (judges_later, copier_later))] = [all, under_way];
    for (pay, later) in judges.iter().zip(&judges_later) {
        table += &format!("\n| judges | {} | {} |", change(*pay), change(*later));
    }
    table + &format!("\n| copies weights | {} | {} |", change(copier), change(copier_later))
}

/// Pay per stake of each validator that judges and of the one that copies, over the mean of those that judge.
pub fn pay(epochs: &[Arc<Metagraph>]) -> (Vec<f64>, f64) {
    let of = |coldkey: &str| per_stake(epochs, &account(&hotkey_of(coldkey)));
    let judges = JUDGES.map(of);
    let mean = judges.iter().sum::<f64>() / judges.len() as f64;
    (judges.iter().map(|pay| pay / mean).collect(), of(COPIER) / mean)
}

fn change(part: f64) -> String {
    format!("{:+.1} %", 100.0 * (part - 1.0))
}

/// Puts `table` between the page's markers of this name.
pub fn renew(name: &str, table: &str) {
    let path = project("docs/honesty.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let [begin, end] = ["begin", "end"].map(|side| format!("<!-- {side} {name} -->\n"));
    let (before, rest) = page.split_once(&begin).expect("the page has the marker");
    let (_, after) = rest.split_once(&end).expect("the page has the marker");
    fs::write(path, format!("{before}{begin}{table}\n{end}{after}")).expect("the page can be written");
}
