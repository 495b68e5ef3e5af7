//! Honest miners that make up a part of their answers.

use anyhow::Result;

use super::cast::{self, Other, FIRST_CHEAT, HONEST};
use super::wages::tokens;
use super::{EPOCHS, SEEDS};
use crate::random::Random;
use crate::report::{Cell, Table};

const PARTS: [f64; 6] = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5];
const SPEED: f64 = 45.0;

/// A miner that makes up `part` of its answers, which is the most of its costs that it saves.
pub struct Shirker {
    pub part: f64,
    /// Tokens.
    pub earned: f64,
}

/// # Errors
/// Those of [`yuma::run`].
pub fn shirkers() -> Result<Vec<Shirker>> {
    PARTS.iter().map(|part| Ok(Shirker { part: *part, earned: earned(*part)? })).collect()
}

fn earned(part: f64) -> Result<f64> {
    let of_seed = |seed: u64| -> Result<f64> {
        let mut worker = cast::honest(SPEED, &mut Random::new(seed, 3));
        worker.passes = (1.0 - part) * HONEST + part * cast::CHEATS[0].passes();
        let network = cast::played(seed, &cast::crew(seed, &[worker]), Other::Judge)?;
        Ok(tokens(&network.earned[FIRST_CHEAT..]).iter().sum())
    };
    Ok((0..SEEDS).map(of_seed).sum::<Result<f64>>()? / SEEDS as f64)
}

pub fn table(shirkers: &[Shirker]) -> Table {
    let title =
        format!("A miner that makes up a part of its answers: tokens earned in {EPOCHS} epochs, and lost by that");
    let mut table = Table::new(&title, "part made up", ["earned".into(), "lost".into()]);
    for one in shirkers {
        let lost = 1.0 - one.earned / shirkers[0].earned;
        let name = crate::report::whole_percent(one.part);
        table.push(name, [Cell::Number(one.earned, 1), Cell::Percent(lost)]);
    }
    table
}
