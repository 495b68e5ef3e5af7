//! A cabal that votes for cheats.

use anyhow::Result;

use super::cast::{self, Other, CHANGING, FIRST_CHEAT, FIRST_MINER, STEADY};
use super::wages::tokens;
use super::{spearman, EPOCHS, SEEDS};
use crate::network::Earned;
use crate::report::{percent, Cell, Table};

const STAKES: [f64; 6] = [0.1, 0.2, 0.3, 0.4, 0.45, 0.48];

/// What a cabal with this part of all stake moves; the worst of several networks.
pub struct Cabals {
    pub stake: f64,
    /// Rank correlation of what honest miners earn with and without the cabal.
    pub order: f64,
    /// Most places that one of them moves.
    pub places: usize,
    /// Pay of the honest miner that loses most, over its pay without the cabal.
    pub victim: f64,
    /// Pay of the best paid cheat over that of the worst paid honest miner.
    pub cheat: f64,
}

/// # Errors
/// Those of [`yuma::run`].
pub fn cabals() -> Result<Vec<Cabals>> {
    STAKES.iter().map(|stake| worst(*stake)).collect()
}

fn worst(stake: f64) -> Result<Cabals> {
    let all: Vec<_> = (0..SEEDS).map(|seed| one(stake, seed)).collect::<Result<_>>()?;
    let least = |of: fn(&Cabals) -> f64| all.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&Cabals) -> f64| all.iter().map(of).fold(0.0, f64::max);
    Ok(Cabals {
        stake,
        order: least(|one| one.order),
        places: all.iter().map(|one| one.places).max().unwrap_or(0),
        victim: least(|one| one.victim),
        cheat: most(|one| one.cheat),
    })
}

fn one(stake: f64, seed: u64) -> Result<Cabals> {
    let crew = cast::crew(seed, &cast::cheats());
    let [peace, cabal] = [Other::Judge, Other::Cabal(stake)].map(|other| cast::played(seed, &crew, other));
    let (peace, cabal) = (peace?.earned, cabal?.earned);
    let honest = |earned: &[Earned]| tokens(&earned[FIRST_MINER..][..STEADY + CHANGING]);
    let cheats = tokens(&cabal[FIRST_CHEAT..]);
    let (before, after) = (honest(&peace), honest(&cabal));
    let place = |list: &[f64], which: usize| list.iter().filter(|pay| **pay > list[which]).count();
    let moved = |which: usize| place(&before, which).abs_diff(place(&after, which));
    let lowest = after.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Cabals {
        stake,
        order: spearman(&before, &after),
        places: (0..before.len()).map(moved).max().unwrap_or(0),
        victim: before.iter().zip(&after).map(|(before, after)| after / before).fold(f64::INFINITY, f64::min),
        cheat: cheats.iter().copied().fold(0.0, f64::max) / lowest,
    })
}

pub fn table(cabals: &[Cabals]) -> Table {
    let title = format!("A cabal that votes for cheats, after {EPOCHS} epochs: what it moves at worst");
    let columns = [
        "order of\nhonest miners",
        "places that\none moves",
        "pay left to\nhonest miners",
        "best cheat against\npoorest honest miner",
    ];
    let mut table = Table::new(&title, "stake", columns.map(String::from));
    for one in cabals {
        let figures = [
            Cell::Number(one.order, 3),
            Cell::Number(one.places as f64, 0),
            Cell::Percent(one.victim),
            Cell::Percent(one.cheat),
        ];
        table.push(percent(one.stake), figures);
    }
    table
}
