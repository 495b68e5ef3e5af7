//! One epoch between an honest side and a cabal, with stakes and weights drawn at random around their means.

use std::ops::Range;

use yuma::{Input, InputError, Params};

use crate::network::stored;
use crate::random::Random;

const VALIDATORS: usize = 32;
const MINERS: usize = 96;
const SEATS: usize = VALIDATORS + MINERS;
const SEED: u64 = 1;
/// Relative standard deviation of stakes within a side.
const STAKE_SPREAD: f64 = 0.3;
/// Base units of stake in all, and of emission to share.
const UNITS: f64 = 1e15;

/// The draws of one network; the same for every choice of the two sides, so that only the choice makes a difference.
pub struct Game {
    params: Params,
    stakes: Vec<f64>,
    /// One row per validator, one factor per miner.
    noise: Vec<Vec<f64>>,
}

/// What the two sides do. All are shares in [0, 1].
#[derive(Clone, Copy)]
pub struct Moves {
    pub honest_stake: f64,
    /// Weight that the honest side gives to its own miners; the rest goes to the cabal's.
    pub honest_utility: f64,
    /// Weight that the cabal gives to its own miners; the rest goes to the honest ones.
    pub cabal_self_weight: f64,
}

impl Game {
    /// `spread`: relative standard deviation of the weights that one side gives.
    pub fn new(spread: f64, params: Params) -> Self {
        let mut random = Random::new(SEED, 0);
        let stakes = (0..VALIDATORS).map(|_| random.around_one(STAKE_SPREAD)).collect();
        let mut row = |_| (0..MINERS).map(|_| random.around_one(spread)).collect();
        Self { params, stakes, noise: (0..VALIDATORS).map(&mut row).collect() }
    }

    /// The honest side's share of what the epoch pays, miners and validators together.
    ///
    /// # Errors
    /// Those of [`yuma::run`].
    pub fn honest_emission(&self, moves: Moves) -> Result<f64, InputError> {
        let validators = head_count(moves.honest_stake, VALIDATORS);
        let miners = head_count(moves.honest_stake, MINERS);
        let outcome = yuma::run(&self.input(validators, miners, moves), &self.params)?;
        let paid = |uid: usize| outcome.server_emission[uid] + outcome.validator_emission[uid];
        let honest: u64 = (0..validators).chain(VALIDATORS..VALIDATORS + miners).map(paid).sum();
        let all: u64 = (0..SEATS).map(paid).sum();
        Ok(honest as f64 / all as f64)
    }

    fn input(&self, validators: usize, miners: usize, moves: Moves) -> Input {
        let mut stake = vec![0.0; SEATS];
        fill(&mut stake, &self.stakes, 0..validators, 0, moves.honest_stake);
        fill(&mut stake, &self.stakes, validators..VALIDATORS, 0, 1.0 - moves.honest_stake);
        let row = |validator: usize| {
            let own = if validator < validators { moves.honest_utility } else { 1.0 - moves.cabal_self_weight };
            let mut weights = vec![0.0; SEATS];
            fill(&mut weights, &self.noise[validator], 0..miners, VALIDATORS, own);
            fill(&mut weights, &self.noise[validator], miners..MINERS, VALIDATORS, 1.0 - own);
            stored(&weights)
        };
        Input {
            current_block: 1,
            last_step_block: 0,
            owner_uid: None,
            emission: UNITS as u64,
            alpha_stake: stake.iter().map(|share| (share * UNITS) as u64).collect(),
            tao_stake: vec![0; SEATS],
            last_update: vec![1; SEATS],
            block_at_registration: vec![0; SEATS],
            commit_block: None,
            validator_permit: (0..SEATS).map(|uid| uid < VALIDATORS).collect(),
            weights: (0..SEATS).map(|uid| if uid < VALIDATORS { row(uid) } else { vec![] }).collect(),
            bonds: vec![vec![]; SEATS],
        }
    }
}

/// A side's seats of one kind; each side has at least one.
fn head_count(share: f64, seats: usize) -> usize {
    ((share * seats as f64).round() as usize).clamp(1, seats - 1)
}

/// Shares `total` among the seats `offset + range` in proportion to the draws of `range`.
fn fill(seats: &mut [f64], draws: &[f64], range: Range<usize>, offset: usize, total: f64) {
    let sum: f64 = draws[range.clone()].iter().sum();
    for seat in range {
        seats[offset + seat] = total * draws[seat] / sum;
    }
}
