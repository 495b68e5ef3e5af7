//! Between the chain's storage and the crate `yuma`: what goes in, what comes out.

use crate::pallet::{Bonds, Config, LastEpoch, Scores};
use alloc::vec::Vec;
use chain_traits::{Neurons, Payroll, StakeOf, Subnets, WeightRows};
use primitives::{AccountId, BlockNumber, Hyperparams, NetUid};

/// Everything that one epoch looks at, read once.
pub fn take<T: Config>(netuid: NetUid, now: BlockNumber, seats: &[(AccountId, BlockNumber)]) -> yuma::Input {
    let scores = crate::Pallet::<T>::scores(netuid);
    let (last_update, weights) = T::Weights::rows(netuid).into_iter().map(|(at, row)| (u64::from(at), row)).unzip();
    yuma::Input {
        current_block: now.into(),
        last_step_block: LastEpoch::<T>::get(netuid).unwrap_or_default().into(),
        owner_uid: T::Subnets::owner_hotkey(netuid).and_then(|hotkey| T::Neurons::uid_of(netuid, &hotkey)),
        emission: T::Payroll::budget(netuid),
        alpha_stake: seats.iter().map(|(hotkey, _)| T::Stake::stake(hotkey)).collect(),
        // All stake is of one kind here: there is no second token whose root stake would count by a weight.
        tao_stake: seats.iter().map(|_| 0).collect(),
        last_update,
        block_at_registration: seats.iter().map(|(_, block)| u64::from(*block)).collect(),
        commit_block: None,
        validator_permit: scores.iter().map(|scores| scores.validator_permit).collect(),
        weights,
        bonds: (0..).take(seats.len()).map(|uid| Bonds::<T>::get(netuid, uid).into_inner()).collect::<Vec<_>>(),
    }
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
