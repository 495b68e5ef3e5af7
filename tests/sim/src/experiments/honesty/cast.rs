//! Who sits where.

use std::rc::Rc;

use anyhow::Result;

use super::EPOCHS;
use crate::economy::Variant;
use crate::network::{Network, Seat};
use crate::random::Random;
use crate::strategies::{Cabal, Copier, Crew, Judge, Worker};

/// Tokens that a seat costs.
pub const PRICE: f64 = 20.0;
/// Epochs from the commit of weights to their reveal.
const INTERVAL: usize = 1;

/// Validators that judge, and behind them the seat of [`Other`].
pub const JUDGES: usize = 7;
pub const OTHER: usize = JUDGES;
pub const FIRST_MINER: usize = JUDGES + 1;

/// The last validator.
#[derive(Clone, Copy, Debug)]
pub enum Other {
    Judge,
    /// Sends the consensus of the weights that are public.
    Copier,
    /// Has this part of all stake and votes for the cheats alone.
    Cabal(f64),
}

impl Other {
    fn stake(self) -> f64 {
        match self {
            Self::Judge | Self::Copier => 1.0 / (JUDGES + 1) as f64,
            Self::Cabal(stake) => stake,
        }
    }
}

/// Honest miners that stay as they are, then honest ones whose machines change, then cheats.
pub const STEADY: usize = 12;
pub const CHANGING: usize = 8;
pub const FIRST_CHEAT: usize = FIRST_MINER + STEADY + CHANGING;
const SLOWEST: f64 = 30.0;
const FASTEST: f64 = 60.0;
/// Chance that a changing miner has another machine in the next epoch.
const CHANGE: f64 = 0.15;
/// Chance that an honest answer passes.
pub const HONEST: f64 = 0.999;

/// A cheat: its speed and latency, and how many of 100 answers passed where the check was measured (docs/verification.md).
pub struct Cheat {
    pub name: &'static str,
    speed: f64,
    latency: f64,
    passed: f64,
}

const fn cheat(name: &'static str, speed: f64, latency: f64, passed: f64) -> Cheat {
    Cheat { name, speed, latency, passed }
}

pub const CHEATS: [Cheat; 7] = [
    cheat("other weights, twice as fast", 2.0 * FASTEST, 0.1, 0.0),
    cheat("weights 5 % off", FASTEST, 0.1, 0.0),
    cheat("the same, then one honest prefill", FASTEST / 2.0, 0.1, 8.0),
    cheat("4-bit weights for 8-bit ones, then the same", 1.35 * FASTEST, 0.1, 13.0),
    cheat("8-bit weights for 32-bit ones, then the same", 2.0 * FASTEST, 0.1, 68.0),
    cheat("another miner's answers", FASTEST, 0.4, 0.0),
    cheat("made up, at once", 10_000.0, 0.05, 0.0),
];

impl Cheat {
    /// The rule of succession: what was never seen to pass is not taken to be impossible.
    pub fn passes(&self) -> f64 {
        (self.passed + 1.0) / 102.0
    }

    pub fn worker(&self) -> Worker {
        Worker { speed: self.speed, latency: self.latency, available: 1.0, passes: self.passes() }
    }
}

/// The steady honest miners, from the slowest to the fastest.
pub fn steady(seed: u64) -> Vec<Worker> {
    let mut random = Random::new(seed, 1);
    let speed = |n: usize| SLOWEST + (FASTEST - SLOWEST) * n as f64 / (STEADY - 1) as f64;
    (0..STEADY).map(|n| honest(speed(n), &mut random)).collect()
}

pub fn honest(speed: f64, random: &mut Random) -> Worker {
    let [latency, available] = [0.05, 0.95].map(|least| least + 0.05 * random.uniform());
    Worker { speed, latency, available, passes: HONEST }
}

/// For each epoch, the changing miners.
fn changing(seed: u64) -> Vec<Vec<Worker>> {
    let mut random = Random::new(seed, 2);
    let any = |random: &mut Random| {
        let speed = SLOWEST + (FASTEST - SLOWEST) * random.uniform();
        honest(speed, random)
    };
    let mut now: Vec<_> = (0..CHANGING).map(|_| any(&mut random)).collect();
    let mut epoch = || {
        for worker in &mut now {
            if random.uniform() < CHANGE {
                *worker = any(&mut random);
            }
        }
        now.clone()
    };
    (0..EPOCHS).map(|_| epoch()).collect()
}

/// All miners in all epochs; `others` sit behind the honest ones and stay as they are.
pub fn crew(seed: u64, others: &[Worker]) -> Crew {
    let steady = steady(seed);
    let epoch = |changing: Vec<Worker>| {
        let miners = steady.iter().copied().chain(changing).chain(others.iter().copied()).map(Some);
        [None; FIRST_MINER].into_iter().chain(miners).collect()
    };
    Rc::new(changing(seed).into_iter().map(epoch).collect())
}

pub fn cheats() -> Vec<Worker> {
    CHEATS.iter().map(Cheat::worker).collect()
}

/// The network before its first epoch.
pub fn network(seed: u64, crew: &Crew, other: Other) -> Network {
    let judge = |uid: usize| Judge::new(crew.clone(), Random::new(seed, 100 + uid as u64));
    let stake = other.stake();
    let each = (1.0 - stake) / JUDGES as f64;
    let mut seats: Vec<Seat> = (0..JUDGES).map(|uid| Seat::validator(each, judge(uid))).collect();
    seats.push(match other {
        Other::Judge => Seat::validator(stake, judge(OTHER)),
        Other::Copier => Seat::validator(stake, Copier),
        Other::Cabal(_) => Seat::validator(stake, Cabal { miners: (FIRST_CHEAT..crew[0].len()).collect() }),
    });
    seats.extend(crew[0][FIRST_MINER..].iter().map(|_| Seat::default()));
    Network::new(Variant::Yuma3.params(), INTERVAL, seats)
}

/// The network after its last epoch.
///
/// # Errors
/// Those of [`yuma::run`].
pub fn played(seed: u64, crew: &Crew, other: Other) -> Result<Network> {
    let mut network = network(seed, crew, other);
    network.play(EPOCHS)?;
    Ok(network)
}
