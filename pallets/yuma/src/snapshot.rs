//! Between the chain's storage and the crate `yuma`: what goes in, what comes out.
//!
//! A snapshot reads seat, stake, child keys and weights of every neuron and the bonds of who holds a permit, for nobody
//! else has any: at most 4 keys a neuron and 1 for each of its parents, 1 a permit and [`READS_OF_A_SUBNET`]. No key is
//! read twice but the number of seats, and the stakes of parents that sit here too or lend to several.

use crate::pallet::{Bonds, Config, LastEpoch, LastScores, Scores};
use alloc::{vec, vec::Vec};
use chain_traits::{Neurons, Payout, Payroll, StakeWeight, Subnets, WeightRows};
use primitives::{AccountId, BlockNumber, Hyperparams, NetUid};

/// Number of seats, scores, last epoch, the owner's hotkey and its uid, what is pending and what of it
/// was kept, and the two that say how long stake has waited.
pub const READS_OF_A_SUBNET: u32 = 9;

/// Everything that one epoch looks at. Lists are in uid order.
pub struct Snapshot {
    pub hotkeys: Vec<AccountId>,
    /// Who kept back the weights that it had committed to.
    pub forfeits: Vec<bool>,
    pub input: yuma::Input,
}

pub fn take<T: Config>(netuid: NetUid, now: BlockNumber) -> Snapshot {
    let (hotkeys, registered_at): (Vec<_>, Vec<_>) = T::Neurons::seats(netuid).into_iter().unzip();
    let scores = LastScores::<T>::get(netuid);
    // Seats taken since the last epoch may be missing there; none of them has a permit.
    let permits = scores.iter().map(|scores| scores.validator_permit).chain(core::iter::repeat(false));
    let validator_permit: Vec<bool> = permits.take(hotkeys.len()).collect();
    let rows = T::Weights::rows(netuid);
    let forfeits = rows.iter().map(|row| row.forfeits).collect();
    let input = yuma::Input {
        current_block: now.into(),
        last_step_block: LastEpoch::<T>::get(netuid).unwrap_or_default().into(),
        owner_uid: T::Subnets::owner_hotkey(netuid).and_then(|hotkey| T::Neurons::uid_of(netuid, &hotkey)),
        emission: T::Payroll::budget(netuid),
        alpha_stake: T::Stake::stake_weights(netuid, &hotkeys),
        // All stake is of one kind here: there is no second token whose root stake would count by a weight.
        tao_stake: vec![0; hotkeys.len()],
        last_update: rows.iter().map(|row| row.set_at.into()).collect(),
        block_at_registration: registered_at.into_iter().map(u64::from).collect(),
        commit_block: Some(rows.iter().map(|row| row.committed_at.map(known_at)).collect()),
        bonds: bonds::<T>(netuid, &validator_permit),
        validator_permit,
        weights: rows.into_iter().map(|row| row.entries).collect(),
    };
    Snapshot { hotkeys, forfeits, input }
}

/// The block whose neurons a committed row means. The consensus lets a row speak of who registered in that block, but a
/// commit does not know who comes in its own.
fn known_at(committed_at: BlockNumber) -> u64 {
    u64::from(committed_at).saturating_sub(1)
}

/// The stored bonds of every seat. An epoch stores those of the permits that it gives, so that others have none.
fn bonds<T: Config>(netuid: NetUid, permits: &[bool]) -> yuma::Rows {
    let of = |uid| Bonds::<T>::get(netuid, uid).into_inner();
    (0..).zip(permits).map(|(uid, permit)| if *permit { of(uid) } else { Vec::new() }).collect()
}

pub fn params(params: &Hyperparams) -> yuma::Params {
    yuma::Params {
        tempo: params.tempo,
        activity_cutoff: params.activity_cutoff.into(),
        kappa: params.kappa,
        bonds_penalty: params.bonds_penalty,
        bonds_moving_average: params.bonds_moving_average.into(),
        yuma3: params.yuma3,
        liquid_alpha: params.liquid_alpha,
        alpha_low: params.alpha_low,
        alpha_high: params.alpha_high,
        alpha_sigmoid_steepness: params.alpha_sigmoid_steepness,
        max_allowed_validators: params.max_validators,
        stake_threshold: params.stake_threshold,
        tao_weight: 0,
    }
}

/// One seat's column of the outcome; `uid` is below the outcome's length.
pub fn scores_of(outcome: &yuma::Outcome, uid: usize) -> Scores {
    Scores {
        active: outcome.active[uid],
        validator_permit: outcome.validator_permit[uid],
        rank: outcome.rank[uid],
        trust: outcome.trust[uid],
        consensus: outcome.consensus[uid],
        incentive: outcome.incentive[uid],
        dividends: outcome.dividends[uid],
        validator_trust: outcome.validator_trust[uid],
        emission: outcome.emission[uid],
    }
}

/// Takes the dividends from those who forfeit them; they stay pending, for all who take part in the next epoch.
pub fn withhold(outcome: &mut yuma::Outcome, forfeits: &[bool]) {
    for (uid, _) in forfeits.iter().enumerate().filter(|(_, forfeits)| **forfeits) {
        outcome.dividends[uid] = 0;
        outcome.validator_emission[uid] = 0;
        outcome.emission[uid] = outcome.server_emission[uid];
    }
}

/// What each neuron is paid, in uid order.
pub fn payouts(hotkeys: Vec<AccountId>, outcome: &yuma::Outcome) -> Vec<Payout> {
    let amounts = outcome.server_emission.iter().zip(&outcome.validator_emission);
    let payout = |(hotkey, (&miner, &validator))| Payout { hotkey, miner, validator };
    hotkeys.into_iter().zip(amounts).map(payout).collect()
}
