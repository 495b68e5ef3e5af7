//! One machine behind one seat or behind many.

use anyhow::Result;

use super::cast::{self, Other, FIRST_CHEAT, PRICE};
use super::wages::tokens;
use super::{EPOCHS, SEEDS};
use crate::random::Random;
use crate::report::{Cell, Table};

const SEATS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Tokens per second of the machine that serves one seat.
const SPEED: f64 = 30.0;

/// How many times the tokens of one stream a machine gives to this many.
type Batching = fn(f64) -> f64;

/// This engine with a model of 0.6 billion parameters: 26.2, 71.7 and 117.7 tokens/s for 1, 4 and 16 streams
/// (docs/benchmarks.md), along powers between and behind them.
fn cpu(streams: f64) -> f64 {
    let power = |base: f64, streams: f64, gain: f64| libm::pow(streams / base, libm::log(gain) / libm::log(4.0));
    let (four, more) = (71.7 / 26.2, 117.7 / 71.7);
    if streams <= 4.0 {
        power(1.0, streams, four)
    } else {
        four * power(4.0, streams, more)
    }
}

/// As published curves of GPUs run.
fn gpu(streams: f64) -> f64 {
    libm::pow(streams, 0.86)
}

/// What all seats of one machine earn together, in tokens.
pub struct Split {
    pub seats: usize,
    pub cpu: f64,
    pub gpu: f64,
    /// As many seats, each with a GPU of its own.
    pub machines: f64,
}

/// # Errors
/// Those of [`yuma::run`].
pub fn splits() -> Result<Vec<Split>> {
    SEATS
        .iter()
        .map(|seats| {
            Ok(Split {
                seats: *seats,
                cpu: earned(*seats, cpu)?,
                gpu: earned(*seats, gpu)?,
                machines: earned(*seats, |streams| streams)?,
            })
        })
        .collect()
}

fn earned(seats: usize, batching: Batching) -> Result<f64> {
    let speed = SPEED * batching(seats as f64) / seats as f64;
    let of_seed = |seed: u64| -> Result<f64> {
        let worker = cast::honest(speed, &mut Random::new(seed, 3));
        let network = cast::played(seed, &cast::crew(seed, &vec![worker; seats]), Other::Judge)?;
        Ok(tokens(&network.earned[FIRST_CHEAT..]).iter().sum())
    };
    Ok((0..SEEDS).map(of_seed).sum::<Result<f64>>()? / SEEDS as f64)
}

pub fn table(splits: &[Split]) -> Table {
    let title =
        format!("One machine behind more and more seats: tokens earned in {EPOCHS} epochs, less {PRICE} for each seat");
    let columns = ["one CPU", "one GPU", "a machine each"].map(String::from);
    let mut table = Table::new(&title, "seats", columns);
    for split in splits {
        let left = |earned: f64| Cell::Number(earned - PRICE * split.seats as f64, 0);
        table.push(split.seats.to_string(), [split.cpu, split.gpu, split.machines].map(left));
    }
    table
}
