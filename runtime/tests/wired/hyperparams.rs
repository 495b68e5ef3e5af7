//! Who may change a subnet's parameters, and when.

use crate::chain::*;
use frame_support::traits::Get;
use pallet_hyperparams::Error;
use plexus_runtime::{Runtime, RuntimeCall};
use primitives::{Hyperparams, HyperparamsStatus, NetUid};

type E = Error<Runtime>;

/// Bob's subnet with parameters by root, so that nothing is locked.
fn create_bobs_subnet(tempo: u16) {
    submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") }).unwrap();
    set_params(Hyperparams { tempo, ..params() });
}

fn set(params: Hyperparams) -> Result<(), Refused> {
    submit("//Bob", pallet_hyperparams::Call::set { netuid: SUBNET, params })
}

fn status() -> HyperparamsStatus {
    plexus_runtime::hyperparams_status_of(SUBNET).expect("the subnet exists")
}

#[test]
fn an_owner_may_set_a_new_subnet_at_once() {
    on_a_chain(|| {
        submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") }).unwrap();
        assert_eq!(status(), HyperparamsStatus { frozen_until: None, locked: vec![] });
        set(Hyperparams { tempo: 20, immunity_period: 7, ..params() }).unwrap();
        assert_eq!((params().tempo, params().immunity_period), (20, 7));
    });
}

#[test]
fn an_owner_changes_each_parameter_once_in_two_tempos() {
    on_a_chain(|| {
        create_bobs_subnet(9);
        let first = metagraph().block;
        set(Hyperparams { immunity_period: 7, ..params() }).unwrap();
        assert_eq!(status().locked, [("immunity_period".into(), first + 20)]);
        assert_eq!(set(Hyperparams { immunity_period: 8, ..params() }), refusal(E::ChangedTooRecently));
        set(Hyperparams { serving_rate_limit: 9, ..params() }).expect("another parameter is free");
        set(params()).expect("what does not change needs no leave");

        run_to_block(first + 19);
        let both = Hyperparams { immunity_period: 8, min_allowed_weights: 2, ..params() };
        assert_eq!(set(both.clone()), refusal(E::ChangedTooRecently));
        assert_eq!(params().min_allowed_weights, 1, "a call is all or nothing");
        assert_eq!(status().locked, [], "in the next block both are free");
        next_block();
        set(both).unwrap();
    });
}

#[test]
fn a_shorter_tempo_does_not_unlock_what_was_changed_before() {
    on_a_chain(|| {
        create_bobs_subnet(100);
        let first = metagraph().block;
        set(Hyperparams { tempo: 1, immunity_period: 7, ..params() }).unwrap();
        run_to_block(first + 50);
        assert_eq!(set(Hyperparams { immunity_period: 8, ..params() }), refusal(E::ChangedTooRecently));
        assert_eq!(set(Hyperparams { tempo: 2, ..params() }), refusal(E::ChangedTooRecently));
        run_to_block(first + 202);
        set(Hyperparams { tempo: 2, immunity_period: 8, ..params() }).unwrap();
    });
}

#[test]
fn nothing_changes_in_the_last_blocks_before_an_epoch() {
    on_a_chain(|| {
        create_bobs_subnet(40);
        let epoch = metagraph().next_epoch;
        let change = || Hyperparams { immunity_period: 7, ..params() };
        run_to_block(epoch - 6);
        assert_eq!(status().frozen_until, None);
        next_block();
        assert_eq!(status().frozen_until, Some(epoch), "whoever asks now acts in the next block");
        next_block();
        assert_eq!(set(change()), refusal(E::FrozenBeforeEpoch));
        run_to_block(epoch - 1);
        assert_eq!(set(change()), refusal(E::FrozenBeforeEpoch));
        set(params()).expect("what does not change is not frozen");
        assert_eq!(status().frozen_until, None, "calls come after the epoch of their block");
        next_block();
        set(change()).unwrap();
    });
}

#[test]
fn an_owner_cannot_make_what_is_free_of_fees_free_of_effort() {
    let public = serde_json::json!({ "hyperparams": { "defaults": Hyperparams::default() } });
    on_a_chain_with(public, || {
        submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") }).unwrap();
        let base = params();
        for cheap in [
            Hyperparams { weights_rate_limit: 9, ..base.clone() },
            Hyperparams { serving_rate_limit: 4, ..base.clone() },
            Hyperparams { min_difficulty: 9_999_999, ..base.clone() },
        ] {
            assert_eq!(set(cheap.clone()), refusal(E::TooCheap));
        }
        set(Hyperparams { weights_rate_limit: 10, serving_rate_limit: 5, ..base.clone() }).unwrap();
        set_params(Hyperparams { weights_rate_limit: 0, serving_rate_limit: 0, min_difficulty: 1, ..base });
    });
}

/// New stake waits for a round, which no tempo may outlast.
#[test]
fn a_tempo_is_no_longer_than_new_stake_waits() {
    on_a_chain(|| {
        create_bobs_subnet(9);
        assert_eq!(set(Hyperparams { tempo: 361, ..params() }), refusal(E::TempoOutOfRange));
        let by_root = pallet_hyperparams::Call::set { netuid: SUBNET, params: Hyperparams { tempo: 361, ..params() } };
        assert_eq!(as_root(by_root), refusal(E::TempoOutOfRange));
        set(Hyperparams { tempo: 360, ..params() }).unwrap();
        assert_eq!(<pallet_stake::DefaultRoundLength as Get<u32>>::get(), 361);
    });
}

#[test]
fn root_is_bound_by_no_guard_rail() {
    on_a_chain(|| {
        create_bobs_subnet(40);
        set(Hyperparams { immunity_period: 7, ..params() }).unwrap();
        run_to_block(metagraph().next_epoch - 1);
        set_params(Hyperparams { immunity_period: 8, kappa: 30_000, max_uids: 128, ..params() });
        assert_eq!((params().immunity_period, params().kappa), (8, 30_000));
        let invalid = RuntimeCall::Hyperparams(pallet_hyperparams::Call::set {
            netuid: SUBNET,
            params: Hyperparams { tempo: 0, ..params() },
        });
        submit("//Alice", pallet_sudo::Call::sudo { call: Box::new(invalid) }).unwrap();
        assert_eq!(params().tempo, 40, "but what is invalid is invalid for root too");
    });
}

#[test]
fn each_parameter_that_is_the_networks_is_root_only() {
    on_a_chain(|| {
        create_bobs_subnet(40);
        for reserved in [
            Hyperparams { kappa: 1, ..params() },
            Hyperparams { max_uids: 255, ..params() },
            Hyperparams { max_validators: 63, ..params() },
        ] {
            assert_eq!(set(reserved), refusal(E::RootOnly));
        }
        assert_eq!(status().locked, [], "a refused change locks nothing");
    });
}

#[test]
fn the_next_subnet_of_a_netuid_inherits_no_locks() {
    on_a_chain(|| {
        create_bobs_subnet(100);
        set(Hyperparams { immunity_period: 7, ..params() }).unwrap();
        submit("//Bob", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!(plexus_runtime::hyperparams_status_of(NetUid(1)), None);
        next_block();
        submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") }).unwrap();
        assert_eq!(status().locked, []);
        set(Hyperparams { immunity_period: 8, ..params() }).unwrap();
    });
}
