//! Every strategy in one network, and what attackers can move with how much stake.

mod attacks;
mod roster;

use anyhow::Result;
use indicatif::ProgressBar;

pub use self::roster::play_once;
use crate::report::{Picture, Report};

pub fn run(progress: &ProgressBar) -> Result<Report> {
    progress.inc_length((roster::VARIANTS.len() + attacks::STAKES.len()) as u64);
    let networks = roster::play(progress)?;
    let sweep = attacks::sweep(progress)?;
    Ok(Report {
        name: "economy",
        tables: vec![roster::validators(&networks), roster::miners(&networks), attacks::table(&sweep)],
        pictures: vec![Picture { file: "economy.svg", svg: attacks::figure(&sweep).svg()? }],
    })
}
