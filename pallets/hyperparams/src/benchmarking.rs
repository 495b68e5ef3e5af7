//! Measures what the pallet's call does, through the pallets that the runtime gives it.

use crate::{Call, Changes, Config, LastChanges, Pallet, Parameters};
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use primitives::{AccountId, Hyperparams, NetUid};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// A subnet with the default parameters.
    fn create_subnet(netuid: NetUid, owner: &AccountId);
}

const SUBNET: NetUid = NetUid(1);

/// Everything that an owner may change, changed.
fn changed() -> Hyperparams {
    let old = Hyperparams::default();
    Hyperparams {
        tempo: old.tempo - 1,
        activity_cutoff: old.activity_cutoff + 1,
        immunity_period: old.immunity_period + 1,
        min_allowed_weights: old.min_allowed_weights + 1,
        max_weights_limit: old.max_weights_limit - 1,
        weights_version: old.weights_version + 1,
        weights_rate_limit: old.weights_rate_limit + 1,
        commit_reveal: !old.commit_reveal,
        commit_reveal_interval: old.commit_reveal_interval + 1,
        serving_rate_limit: old.serving_rate_limit + 1,
        stake_threshold: old.stake_threshold + 1,
        registration_allowed: !old.registration_allowed,
        max_registrations_per_block: old.max_registrations_per_block + 1,
        min_burn: old.min_burn + 1,
        max_burn: old.max_burn + 1,
        burn_half_life: old.burn_half_life + 1,
        burn_increase: old.burn_increase + 1,
        target_registrations_per_interval: old.target_registrations_per_interval + 1,
        adjustment_interval: old.adjustment_interval + 1,
        pow_allowed: !old.pow_allowed,
        min_difficulty: old.min_difficulty + 1,
        max_difficulty: old.max_difficulty + 1,
        bonds_moving_average: old.bonds_moving_average + 1,
        bonds_penalty: old.bonds_penalty - 1,
        yuma3: !old.yuma3,
        liquid_alpha: !old.liquid_alpha,
        alpha_low: old.alpha_low + 1,
        alpha_high: old.alpha_high + 1,
        alpha_sigmoid_steepness: old.alpha_sigmoid_steepness + 1,
        ..old
    }
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn set() {
        let owner: AccountId = account("owner", 0, 0);
        T::BenchmarkHelper::create_subnet(SUBNET, &owner);
        let places = Hyperparams::default().differing(&changed());
        assert_eq!(places.len(), Hyperparams::NAMES.len() - Hyperparams::ROOT_ONLY.len());
        // Locks of all that have just run out.
        LastChanges::<T>::insert(SUBNET, Changes::default().with(&places, 0, 1).expect("each has a place"));
        #[extrinsic_call]
        set(RawOrigin::Signed(owner), SUBNET, changed());
        assert_eq!(Parameters::<T>::get(SUBNET), Some(changed()));
    }
}
