//! State and blocks that strangers fill.

use super::*;
use crate::{state::all_keys, storage::prefix};
use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use pallet_childkeys::{Count, Error, Ties, MAX_TIES};
use plexus_runtime::{ProxyType, Runtime, RuntimeCall, SessionKeys, System};
use primitives::{Axon, Hyperparams, IpAddress, Loan};

/// The least that a key in the chain's state costs whoever makes it grow, in base units: 0.0001 tokens, burned, staked or
/// held.
const LEAST: Amount = 100_000;

/// What a call of Eve's adds to the state, and what each key of it costs her.
fn price_of_a_key(what: &str, call: impl Into<RuntimeCall>) -> (usize, Amount) {
    submit("//Eve", frame_system::Call::remark { remark: Vec::new() }).expect("what each block writes is there");
    let (keys, spent) = (all_keys().len(), balance("//Eve"));
    submit("//Eve", call).unwrap_or_else(|refused| panic!("{what}: {refused:?}"));
    let (added, spent) = (all_keys().len() - keys, spent - balance("//Eve"));
    println!("{what}: {added} keys, each for {} base units", spent / added.max(1) as Amount);
    (added, spent / added.max(1) as Amount)
}

/// Everything by which a stranger makes the state grow.
#[test]
fn each_key_that_a_stranger_adds_to_the_state_costs_it_more_than_the_least() {
    on_a_chain(|| {
        create_network();
        next_block();
        let own = || account("//Eve//hotkey");
        stake_and_wait("//Eve", "//Eve//hotkey", 200 * TOKEN);
        let register =
            pallet_neurons::Call::register { netuid: SUBNET, hotkey: account("//Eve//new"), max_burn: TOKEN };
        let children = vec![Loan { proportion: 1, hotkey: account("//Dave//hotkey") }];
        let proxy =
            pallet_proxy::Call::add_proxy { delegate: account("//New").into(), proxy_type: ProxyType::Any, delay: 0 };
        let approval = pallet_multisig::Call::approve_as_multi {
            threshold: 2,
            other_signatories: vec![account("//Dave")],
            maybe_timepoint: None,
            call_hash: [1; 32],
            max_weight: Default::default(),
        };
        let session = pallet_session::Call::set_keys {
            keys: SessionKeys {
                aura: sp_core::sr25519::Public::default().into(),
                grandpa: sp_core::ed25519::Public::default().into(),
            },
            proof: Vec::new(),
        };
        let calls: [(&str, RuntimeCall); 11] = [
            (
                "an account",
                pallet_balances::Call::transfer_keep_alive { dest: account("//New").into(), value: 500 }.into(),
            ),
            (
                "a nomination",
                pallet_stake::Call::add { hotkey: account("//Bob//hotkey"), amount: TOKEN / 1_000 }.into(),
            ),
            ("a seat", register.into()),
            ("a take", pallet_stake::Call::set_take { hotkey: own(), take: 1 }.into()),
            ("children", pallet_childkeys::Call::set_children { netuid: SUBNET, hotkey: own(), children }.into()),
            ("a subnet", pallet_subnets::Call::create { owner_hotkey: account("//Eve//other") }.into()),
            ("a preimage", pallet_preimage::Call::note_preimage { bytes: vec![1] }.into()),
            ("a proxy", proxy.into()),
            ("a pure proxy", pallet_proxy::Call::create_pure { proxy_type: ProxyType::Any, delay: 0, index: 0 }.into()),
            ("a multisig", approval.into()),
            ("session keys", session.into()),
        ];
        for (what, call) in calls {
            let (added, price) = price_of_a_key(what, call);
            assert!(added > 0, "{what} adds nothing: is it still to be listed?");
            assert!(price > LEAST, "{what} costs {price} a key");
        }
    });
}

/// What is free: a seat's own keys, of which there are as many as kinds of calls.
#[test]
fn what_seats_write_for_free_is_bounded_by_their_number() {
    on_a_chain(|| {
        create_network();
        set_params(Hyperparams { commit_reveal: true, ..params() });
        let free = |round: u32| {
            let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1 + round as u16, version: 1 };
            for call in [
                RuntimeCall::from(pallet_neurons::Call::serve_axon { netuid: SUBNET, axon }),
                pallet_neurons::Call::serve_prometheus { netuid: SUBNET, endpoint: axon }.into(),
                pallet_commitments::Call::publish { netuid: SUBNET, data: vec![round as u8; 512] }.into(),
                pallet_weights::Call::commit { netuid: SUBNET, hash: Default::default() }.into(),
            ] {
                submit("//Bob//hotkey", call).expect("free");
            }
            next_block();
            let block_hashes = prefix(("System", "BlockHash"));
            all_keys().into_iter().filter(|key| !key.starts_with(&block_hashes)).count()
        };
        let before = free(0);
        for round in 1..20 {
            run_to_block(System::block_number() + 6);
            assert!(free(round) <= before);
        }
        assert_eq!(balance("//Bob//hotkey"), 0);
    });
}

/// A free call that the safe mode refused would cost nothing, and nothing would limit how often it is sent.
#[test]
fn what_is_free_is_as_limited_in_safe_mode_as_before() {
    on_a_chain(|| {
        create_network();
        set_params(Hyperparams { commit_reveal: true, ..params() });
        submit("//Bob", pallet_root::Call::register { hotkey: account("//Bob//hotkey") }).unwrap();
        as_root(pallet_safe_mode::Call::force_enter {}).unwrap();
        let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1, version: 1 };
        let free: [RuntimeCall; 5] = [
            pallet_neurons::Call::serve_axon { netuid: SUBNET, axon }.into(),
            pallet_neurons::Call::serve_prometheus { netuid: SUBNET, endpoint: axon }.into(),
            pallet_commitments::Call::publish { netuid: SUBNET, data: vec![1] }.into(),
            pallet_weights::Call::commit { netuid: SUBNET, hash: Default::default() }.into(),
            pallet_root::Call::set_weights { netuids: vec![SUBNET], values: vec![1] }.into(),
        ];
        set_root_rules(primitives::RootRules { weights_rate_limit: 5, ..plexus_runtime::root_info().rules });
        for call in free {
            submit("//Bob//hotkey", call.clone()).expect("free");
            assert_eq!(submit("//Bob//hotkey", call), unpaid(), "but not at once again");
        }
    });
}

/// A parent with 100 tokens and its five children take six of 2,048 places. Whoever fills them and takes its stake away
/// loses them to the first that sweeps.
#[test]
fn whoever_fills_a_subnets_child_keys_keeps_others_out_only_while_its_stake_stays() {
    on_a_chain(|| {
        let parents: Vec<String> = (0..4).map(|n| format!("//Charlie//{n}")).collect();
        create_market(&[("//Bob", 200)], &["//Dave"]);
        for parent in &parents {
            register("//Charlie", parent).unwrap();
            stake("//Charlie", parent, 100 * TOKEN).unwrap();
        }
        wait_for_the_round();
        let lend = |coldkey: &str, parent: &str, children: &[&str]| {
            let children: Vec<_> = children.iter().map(|child| (1, *child)).collect();
            support::lend(SUBNET, coldkey, parent, &children)
        };
        for (parent, child) in parents.iter().zip(parents.iter().cycle().skip(1)) {
            lend("//Charlie", parent, &[child, "//Dave//hotkey"]).unwrap();
        }
        lend("//Charlie", &parents[0], &[]).expect("a time stays behind");
        let filled = Count::<Runtime>::get(SUBNET);
        let sweep = || submit("//Bob", pallet_childkeys::Call::sweep { netuid: SUBNET });
        // As if there were as many of the kind as places.
        Count::<Runtime>::insert(SUBNET, MAX_TIES);
        assert_eq!(lend("//Bob", "//Bob//hotkey", &["//Dave//hotkey"]), refusal(Error::<Runtime>::TooManyTies));
        assert_eq!(sweep(), refusal(Error::<Runtime>::NothingToSweep), "all of them hold 100 tokens");
        for parent in &parents {
            submit("//Charlie", pallet_stake::Call::remove_all { hotkey: account(parent) }).unwrap();
        }
        while sweep().is_ok() {}
        lend("//Bob", "//Bob//hotkey", &["//Dave//hotkey"]).unwrap();
        Count::<Runtime>::mutate(SUBNET, |count| *count = *count + filled - MAX_TIES);
        assert_eq!(
            Ties::<Runtime>::iter_prefix(SUBNET).count(),
            5,
            "of three parents the pace is left where there is room"
        );
        System::set_block_number(System::block_number() + 7_200);
        sweep().unwrap();
        System::set_block_number(System::block_number() - 7_200);
        assert_eq!(Ties::<Runtime>::iter_prefix(SUBNET).count(), 2, "those of Bob and of Dave are left");
        assert_eq!(MAX_TIES / 6 * 100, 34_100, "tokens that filling all places holds");
    });
}

/// The owner of a subnet whose seats are all its own sends what is free as often as it may.
#[test]
fn a_hostile_subnet_fills_a_small_part_of_the_blocks_with_free_calls() {
    let defaults = Hyperparams::default();
    let (weights, serving) = (defaults.weights_rate_limit.div_ceil(10), defaults.serving_rate_limit.div_ceil(10));
    on_a_chain(|| {
        let weight = |call: RuntimeCall| call.get_dispatch_info().total_weight().ref_time();
        let limits = support::limits();
        let calls = limits.get(DispatchClass::Normal);
        let (base, room) = (calls.base_extrinsic.ref_time(), calls.max_total.expect("it is bounded").ref_time());
        let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1, version: 1 };
        let netuid = SUBNET;
        let row: Vec<u16> = (0..256).collect();
        let served = 3 * (base + weight(pallet_neurons::Call::serve_axon { netuid, axon }.into()));
        let judged = base
            + weight(pallet_weights::Call::set_weights { netuid, uids: row.clone(), values: row, version: 0 }.into());
        let in_a_block = 256 * served / u64::from(serving) + 256 * judged / u64::from(weights);
        let per_mille = in_a_block * 1_000 / room;
        println!("{per_mille} of a thousand parts of what a block has for calls");
        assert!((25..=40).contains(&per_mille), "{per_mille} per mille, and 31 are documented");
    });
}
