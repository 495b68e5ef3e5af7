//! Does it pay to be honest? Validators that judge as the network's do, miners of all sorts, 50 epochs.

mod cabal;
mod cast;
mod pictures;
mod seats;
mod shirkers;
mod wages;

use anyhow::Result;
use indicatif::ProgressBar;

pub use self::cabal::{cabals, Cabals};
pub use self::cast::PRICE;
pub use self::seats::{splits, Split};
pub use self::shirkers::{shirkers, Shirker};
pub use self::wages::{wages, Wages};
use crate::report::{Picture, Report};

/// Epochs that each network plays.
pub const EPOCHS: usize = 50;
const SEEDS: u64 = 4;

pub fn run(progress: &ProgressBar) -> Result<Report> {
    progress.inc_length(4);
    let wages = wages().inspect(|_| progress.inc(1))?;
    let shirkers = shirkers().inspect(|_| progress.inc(1))?;
    let splits = splits().inspect(|_| progress.inc(1))?;
    let cabals = cabals().inspect(|_| progress.inc(1))?;
    let tables = vec![
        wages::order(&wages),
        wages::miners(&wages),
        shirkers::table(&shirkers),
        wages::validators(&wages),
        seats::table(&splits),
        cabal::table(&cabals),
    ];
    let svg = pictures::figure(&wages, &splits).svg()?;
    Ok(Report { name: "honesty", tables, pictures: vec![Picture { file: "honesty.svg", svg }] })
}

/// Spearman's rank correlation of two lists of one length, in which no value comes twice.
pub fn spearman(one: &[f64], other: &[f64]) -> f64 {
    let rank = |list: &[f64], value: f64| list.iter().filter(|other| **other < value).count() as f64;
    let squares = one.iter().zip(other).map(|(a, b)| {
        let distance = rank(one, *a) - rank(other, *b);
        distance * distance
    });
    let count = one.len() as f64;
    1.0 - 6.0 * squares.sum::<f64>() / (count * (count * count - 1.0))
}

#[cfg(test)]
mod tests {
    use super::spearman;

    #[test]
    fn orders_are_compared_and_distances_are_not() {
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[0.1, 5.0, 900.0]), 1.0);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[9.0, 5.0, 1.0]), -1.0);
        assert_eq!(spearman(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 3.0, 4.0]), 0.8);
    }
}
