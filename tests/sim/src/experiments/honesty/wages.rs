//! What each miner and validator earns in one network of all sorts.

use anyhow::Result;
use issuance::TOKEN;

use super::cast::{self, Other, CHEATS, FIRST_CHEAT, FIRST_MINER, HONEST, JUDGES, OTHER, PRICE, STEADY};
use super::{spearman, EPOCHS, SEEDS};
use crate::network::Earned;
use crate::report::{Cell, Table};

/// Of several networks that differ in their chances.
pub struct Wages {
    /// Rank correlation of what steady honest miners earn and how many tokens a second they give; one per network.
    pub orders: Vec<f64>,
    /// Tokens that each steady honest miner earned, from the slowest to the fastest, in the mean.
    pub honest: Vec<f64>,
    /// Tokens that each cheat earned, in the mean.
    pub cheats: Vec<f64>,
    /// Pay per stake over the mean of all that judge: of each of them and, last, of the copier.
    pub validators: Vec<f64>,
    /// Tokens earned until each epoch by the fastest, the slowest and, all in all, the cheats.
    pub stories: [Vec<f64>; 3],
}

/// # Errors
/// Those of [`yuma::run`].
pub fn wages() -> Result<Wages> {
    let seeds: Vec<_> = (0..SEEDS).map(one).collect::<Result<_>>()?;
    let mean = |of: &dyn Fn(&Wages) -> &Vec<f64>| -> Vec<f64> {
        let length = of(&seeds[0]).len();
        (0..length).map(|place| seeds.iter().map(|wages| of(wages)[place]).sum::<f64>() / SEEDS as f64).collect()
    };
    Ok(Wages {
        orders: seeds.iter().map(|wages| wages.orders[0]).collect(),
        honest: mean(&|wages| &wages.honest),
        cheats: mean(&|wages| &wages.cheats),
        validators: mean(&|wages| &wages.validators),
        stories: [0, 1, 2].map(|which: usize| mean(&|wages| &wages.stories[which])),
    })
}

fn one(seed: u64) -> Result<Wages> {
    let mut network = cast::network(seed, &cast::crew(seed, &cast::cheats()), Other::Copier);
    let mut stories = [vec![], vec![], vec![]];
    for _ in 0..EPOCHS {
        network.step()?;
        let earned = &network.earned;
        let parts = [&earned[FIRST_MINER + STEADY - 1..][..1], &earned[FIRST_MINER..][..1], &earned[FIRST_CHEAT..]];
        stories.iter_mut().zip(parts).for_each(|(story, part)| story.push(tokens(part).iter().sum()));
    }
    let honest = tokens(&network.earned[FIRST_MINER..FIRST_MINER + STEADY]);
    let quality: Vec<f64> = cast::steady(seed).iter().map(|worker| worker.speed * worker.available).collect();
    Ok(Wages {
        orders: vec![spearman(&honest, &quality)],
        cheats: tokens(&network.earned[FIRST_CHEAT..]),
        validators: validators_pay(&network.earned),
        honest,
        stories,
    })
}

pub fn tokens(seats: &[Earned]) -> Vec<f64> {
    seats.iter().map(|seat| seat.mining as f64 / TOKEN as f64).collect()
}

fn validators_pay(earned: &[Earned]) -> Vec<f64> {
    let judges = earned[..JUDGES].iter().map(Earned::per_stake);
    let mean = judges.clone().sum::<f64>() / JUDGES as f64;
    judges.chain([earned[OTHER].per_stake()]).map(|pay| pay / mean).collect()
}

pub fn order(wages: &Wages) -> Table {
    let title = format!("Honest miners' tokens/s and what they earned in {EPOCHS} epochs: Spearman's rank correlation");
    let mut table = Table::new(&title, "network", ["correlation".into()]);
    for (number, order) in (1..).zip(&wages.orders) {
        table.push(format!("{number}"), [Cell::Number(*order, 3)]);
    }
    table
}

pub fn miners(wages: &Wages) -> Table {
    let title =
        format!("Miners after {EPOCHS} epochs: tokens earned, and what is left of them after {PRICE} for the seat");
    let mut table = Table::new(&title, "miner", ["answers that pass".into(), "earned".into(), "left".into()]);
    let money =
        |passes: f64, earned: f64| [Cell::Percent(passes), Cell::Number(earned, 1), Cell::Number(earned - PRICE, 1)];
    for (name, place) in [("honest, the fastest", STEADY - 1), ("honest, half as fast", 0)] {
        table.push(name, money(HONEST, wages.honest[place]));
    }
    for (cheat, earned) in CHEATS.iter().zip(&wages.cheats) {
        table.push(cheat.name, money(cheat.passes(), *earned));
    }
    table
}

pub fn validators(wages: &Wages) -> Table {
    let title = format!("Validators after {EPOCHS} epochs: pay per stake against the mean of those that judge");
    let mut table = Table::new(&title, "validator", ["pay".into()]);
    let mut judges = wages.validators[..JUDGES].to_vec();
    judges.sort_by(f64::total_cmp);
    for (name, pay) in [("judges, earns most", judges[JUDGES - 1]), ("judges, earns least", judges[0])] {
        table.push(name, [Cell::Change(pay)]);
    }
    table.push("copies weights", [Cell::Change(wages.validators[OTHER])]);
    table
}
