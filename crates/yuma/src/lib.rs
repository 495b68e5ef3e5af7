//! Yuma consensus as one pure function of integers.
//!
//! [`run`] takes a subnet as it stands when its epoch ends and says who earned what. It knows no accounts, no chain and
//! no clock, has no floats, no randomness and no panics, and gives the same bits on every machine.
//!
//! [`evaluate`] below is the algorithm. Every step is one module, in which its formula stands; [`fixed`] states how
//! numbers are rounded. The time and memory of a run grow with the weights and bonds that are there, not with the
//! square of the neurons.
//!
//! ```
//! use yuma::{run, Input, Params};
//!
//! // A validator (uid 0) gives all its weight to a miner (uid 1).
//! let input = Input {
//!     current_block: 1_000, last_step_block: 900, owner_uid: None, emission: 1_000_000,
//!     alpha_stake: vec![50, 0], tao_stake: vec![0, 0],
//!     last_update: vec![990, 0], block_at_registration: vec![0, 0], commit_block: None,
//!     validator_permit: vec![true, false],
//!     weights: vec![vec![(1, 65_535)], vec![]],
//!     bonds: vec![vec![], vec![]],
//! };
//! let params = Params {
//!     tempo: 99, activity_cutoff: 5_000, kappa: 32_767, bonds_penalty: 65_535, bonds_moving_average: 900_000,
//!     yuma3: true, liquid_alpha: false, alpha_low: 45_875, alpha_high: 58_982, alpha_sigmoid_steepness: 1_000,
//!     max_allowed_validators: 64, stake_threshold: 0, tao_weight: 0,
//! };
//! let outcome = run(&input, &params)?;
//! assert_eq!(outcome.validator_emission, [500_000, 0]);
//! assert_eq!(outcome.server_emission, [0, 500_000]);
//! # Ok::<(), yuma::InputError>(())
//! ```
#![no_std]

extern crate alloc;

pub mod activity;
pub mod bonds;
pub mod clip;
pub mod consensus;
pub mod dividends;
pub mod exp;
pub mod fixed;
pub mod liquid_alpha;
pub mod liquid_bonds;
pub mod masks;
pub mod matrix;
pub mod moving_average;
pub mod normalise;
pub mod penalty;
pub mod permits;
pub mod rank;
pub mod sigmoid;
pub mod split;
pub mod stake;
pub mod trust;

mod epoch;
mod error;
mod types;
mod upscale;

pub use epoch::Epoch;
pub use error::InputError;
pub use types::{Input, Outcome, Params, Rows};
pub use upscale::max_upscale;

use alloc::vec::Vec;
use fixed::Fixed;
use liquid_alpha::LiquidAlpha;
use matrix::Matrix;
use normalise::{normalise, normalise_rows};
use penalty::WeightsForBonds;
use rank::Ranks;

/// One epoch: what `input` has earned under `params`.
///
/// # Errors
/// Refuses an input whose lists differ in length, whose owner is no neuron, or of which a row names a uid twice.
pub fn run(input: &Input, params: &Params) -> Result<Outcome, InputError> {
    Ok(evaluate(input, params)?.outcome(input.emission))
}

/// The same as [`run`], in full precision and with every intermediate result.
///
/// The modules of the steps are public for tests and simulations. They trust what is checked here first: that all lists
/// are of one length and all uids are known.
///
/// # Errors
/// Those of [`run`].
pub fn evaluate(input: &Input, params: &Params) -> Result<Epoch, InputError> {
    error::check(input)?;
    let owner = input.owner_uid;

    let active = activity::active(&input.last_update, params.activity_cutoff, input.current_block);
    let totals = stake::totals(&input.alpha_stake, &input.tao_stake, params.tao_weight);
    let stake = stake::shares(&stake::above_threshold(&totals, params.stake_threshold, owner));
    let permits = permits::with_owner(input.validator_permit.clone(), owner);
    let new_permits = permits::with_owner(permits::largest(&stake, params.max_allowed_validators), owner);
    let active_stake = stake::active_shares(&stake, &active, &permits);

    let mut weights = masks::weights(input, &permits);
    normalise_rows(&mut weights);
    let consensus = consensus::consensus(&weights, &active_stake, Fixed::proportion(params.kappa));
    let validator_trust = trust::validator_trust(&weights, &consensus);
    let ranks = rank::ranks(&weights, &consensus, &active_stake);
    let trust = trust::trust(&ranks);
    let incentive = normalise(&ranks.clipped);

    let for_bonds = WeightsForBonds::new(&weights, &consensus, Fixed::proportion(params.bonds_penalty));
    let bonds = new_bonds(&for_bonds, input, params, &consensus, &ranks, &active_stake);
    let dividends = dividends(&bonds, params.yuma3, &incentive, &active_stake);
    let shares = split::shares(&incentive, &dividends, &active_stake, &stake);

    let yuma3 = params.yuma3;
    Ok(Epoch {
        active,
        new_permits,
        totals,
        stake,
        active_stake,
        weights,
        consensus,
        validator_trust,
        ranks,
        trust,
        incentive,
        bonds,
        yuma3,
        dividends,
        shares,
    })
}

/// The bonds of the variant that the subnet runs. Liquid alpha needs Yuma 3, and a consensus to measure distance from.
fn new_bonds(
    weights: &WeightsForBonds,
    input: &Input,
    params: &Params,
    consensus: &[Fixed],
    ranks: &Ranks,
    active_stake: &[Fixed],
) -> Matrix {
    let void_from = masks::bonds_void_from(input, params.tempo);
    let alpha = moving_average::fixed_alpha(params.bonds_moving_average);
    if !params.yuma3 {
        bonds::classic(weights, &weights.bought(ranks, active_stake), input, void_from, active_stake, alpha)
    } else if params.liquid_alpha && consensus.iter().any(|weight| *weight != Fixed::ZERO) {
        liquid_bonds::liquid_bonds(weights, input, void_from, consensus, LiquidAlpha::new(params))
    } else {
        bonds::yuma3(weights, input, void_from, alpha)
    }
}

fn dividends(bonds: &Matrix, yuma3: bool, incentive: &[Fixed], active_stake: &[Fixed]) -> Vec<Fixed> {
    if yuma3 {
        dividends::yuma3(bonds, &normalise::column_sums(bonds, incentive.len()), incentive, active_stake)
    } else {
        dividends::classic(bonds, incentive)
    }
}

/// The unit tests' cases: always the same.
#[cfg(test)]
fn cases(cases: u32) -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { cases, rng_seed: RngSeed::Fixed(0x79_75_6D_61), ..Config::default() }
}
