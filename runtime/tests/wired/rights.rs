use crate::{chain::*, support::transfer};
use codec::{Decode, Encode};
use frame_support::traits::{fungible::InspectHold, GetCallMetadata, InstanceFilter};
use plexus_runtime::{Balances, ProxyType, Runtime, RuntimeCall, RuntimeEvent, SafeMode, System};
use primitives::TOKEN;
use sp_core::{Hasher, H256};
use sp_runtime::{traits::BlakeTwo256, DispatchError, DispatchResult};
use std::collections::BTreeMap;
use ProxyType::{Any, Governance, NonTransfer, Owner, Registration, Staking, Weights};

const TYPES: [ProxyType; 7] = [Any, NonTransfer, Staking, Registration, Weights, Owner, Governance];

/// What a proxy other than one for everything may sign. A call that is not here is out of its reach.
const PURPOSES: &[(&str, &[ProxyType])] = &[
    ("Stake.add", &[Any, NonTransfer, Staking]),
    ("Stake.remove", &[Any, NonTransfer, Staking]),
    ("Stake.remove_all", &[Any, NonTransfer, Staking]),
    ("Stake.move_stake", &[Any, NonTransfer, Staking]),
    ("Neurons.register", &[Any, NonTransfer, Registration]),
    ("Neurons.register_pow", &[Any, NonTransfer, Registration]),
    ("Neurons.serve_axon", &[Any, NonTransfer, Registration]),
    ("Neurons.serve_prometheus", &[Any, NonTransfer, Registration]),
    ("Commitments.publish", &[Any, NonTransfer, Registration]),
    ("Root.register", &[Any, NonTransfer, Registration]),
    ("Root.set_weights", &[Any, NonTransfer, Weights]),
    ("Weights.commit", &[Any, NonTransfer, Weights]),
    ("Weights.reveal", &[Any, NonTransfer, Weights]),
    ("Weights.set_weights", &[Any, NonTransfer, Weights]),
    ("Hyperparams.set", &[Any, NonTransfer, Owner]),
    ("Subnets.describe", &[Any, NonTransfer, Owner]),
    ("Governance.propose", &[Any, NonTransfer, Governance]),
    ("Governance.vote", &[Any, NonTransfer, Governance]),
    ("Governance.close", &[Any, NonTransfer, Governance]),
    ("Utility.batch", &TYPES),
    ("Utility.batch_all", &TYPES),
    ("Utility.force_batch", &TYPES),
];

/// One of every call that the runtime has, by name: indices, and arguments that are all zeros.
pub fn every_call() -> BTreeMap<String, RuntimeCall> {
    let indices = (0..=u8::MAX).flat_map(|pallet| (0..=u8::MAX).map(move |call| [pallet, call]));
    let calls = indices.filter_map(|indices| RuntimeCall::decode(&mut &[&indices[..], &[0; 2_048]].concat()[..]).ok());
    let named = calls.map(|call| {
        let names = call.get_call_metadata();
        (format!("{}.{}", names.pallet_name, names.function_name), call)
    });
    named.collect()
}

#[test]
fn each_type_of_proxy_may_sign_exactly_its_calls() {
    let calls = every_call();
    let all = RuntimeCall::get_module_names().iter().flat_map(|pallet| {
        RuntimeCall::get_call_names(pallet).iter().map(move |function| format!("{pallet}.{function}"))
    });
    let missing: Vec<String> = all.filter(|name| !calls.contains_key(name)).collect();
    // Reports of equivocation are switched off: their proof is a type without values.
    assert_eq!(missing, ["Grandpa.report_equivocation", "Grandpa.report_equivocation_unsigned"]);
    let purposes: BTreeMap<_, _> = PURPOSES.iter().copied().collect();
    for (name, call) in &calls {
        let may: Vec<_> = TYPES.into_iter().filter(|proxy_type| proxy_type.filter(call)).collect();
        assert_eq!(may, *purposes.get(name.as_str()).unwrap_or(&&[Any][..]), "{name}");
    }
    for (name, _) in PURPOSES {
        assert!(calls.contains_key(*name), "the runtime has no {name}");
    }
}

#[test]
fn a_proxy_hands_on_no_more_than_it_has() {
    for one in TYPES {
        for other in TYPES {
            let expected = one == other || one == Any || (one == NonTransfer && other != Any);
            assert_eq!(one.is_superset(&other), expected, "{one:?} {other:?}");
        }
    }
}

fn let_bob_act_for_alice(proxy_type: ProxyType) {
    let delegate = account("//Bob").into();
    submit("//Alice", pallet_proxy::Call::add_proxy { delegate, proxy_type, delay: 0 }).unwrap();
}

/// What became of a call that Bob signed for Alice.
fn as_alice(call: impl Into<RuntimeCall>) -> DispatchResult {
    let real = account("//Alice").into();
    submit("//Bob", pallet_proxy::Call::proxy { real, force_proxy_type: None, call: Box::new(call.into()) }).unwrap();
    let mut events = events().into_iter().rev();
    let result = events.find_map(|event| match event {
        RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result }) => Some(result),
        _ => None,
    });
    result.expect("the proxy says what became of the call")
}

#[test]
fn a_staking_proxy_stakes_and_never_transfers_not_even_in_a_batch() {
    on_a_chain(|| {
        create_network();
        let_bob_act_for_alice(Staking);
        let hotkey = account("//Bob//hotkey");
        let stake = RuntimeCall::Stake(pallet_stake::Call::add { hotkey: hotkey.clone(), amount: 5 * TOKEN });
        assert_eq!(as_alice(stake.clone()), Ok(()));
        assert!(plexus_runtime::Stake::positions_of(&account("//Alice")).contains(&(hotkey, 5 * TOKEN)));

        let before = balance("//Ferdie");
        assert_eq!(as_alice(transfer("//Ferdie", TOKEN)), Err(filtered()));
        let calls = vec![stake, transfer("//Ferdie", TOKEN)];
        assert_eq!(as_alice(pallet_utility::Call::batch_all { calls }), Err(filtered()));
        assert_eq!(balance("//Ferdie"), before);
    });
}

#[test]
fn a_proxy_without_transfers_cannot_make_itself_one_with_them() {
    on_a_chain(|| {
        let_bob_act_for_alice(NonTransfer);
        let add = pallet_proxy::Call::add_proxy { delegate: account("//Bob").into(), proxy_type: Any, delay: 0 };
        assert_eq!(as_alice(add), Err(filtered()));
    });
}

#[test]
fn a_proxy_costs_a_deposit_that_comes_back() {
    on_a_chain(|| {
        let_bob_act_for_alice(Any);
        assert_eq!(as_alice(transfer("//Ferdie", TOKEN)), Ok(()));
        assert_eq!(Balances::reserved_balance(account("//Alice")), TOKEN / 20 + 45 * TOKEN / 10_000);
        submit("//Alice", pallet_proxy::Call::remove_proxies {}).unwrap();
        assert_eq!(Balances::reserved_balance(account("//Alice")), 0);
    });
}

#[test]
fn two_of_three_move_the_tokens_of_their_common_account() {
    on_a_chain(|| {
        let mut signers = ["//Alice", "//Bob", "//Charlie"].map(account).to_vec();
        signers.sort();
        let common = pallet_multisig::Pallet::<Runtime>::multi_account_id(&signers, 2);
        let fund = pallet_balances::Call::transfer_keep_alive { dest: common.clone().into(), value: 10 * TOKEN };
        submit("//Alice", fund).unwrap();
        let before = balance("//Ferdie");
        let approve = |uri: &str, maybe_timepoint| {
            let mut other_signatories = signers.clone();
            other_signatories.retain(|signer| *signer != account(uri));
            let call = Box::new(transfer("//Ferdie", TOKEN));
            let max_weight = frame_support::weights::Weight::from_parts(1_000_000_000, 10_000);
            let call =
                pallet_multisig::Call::as_multi { threshold: 2, other_signatories, maybe_timepoint, call, max_weight };
            submit(uri, call)
        };
        approve("//Bob", None).unwrap();
        assert_eq!(balance("//Ferdie"), before, "one of two is not enough");
        assert!(Balances::reserved_balance(account("//Bob")) > 0);
        let begun = pallet_multisig::Pallet::<Runtime>::timepoint();
        next_block();
        approve("//Charlie", Some(pallet_multisig::Timepoint { height: begun.height, index: begun.index - 1 }))
            .unwrap();
        assert_eq!(balance("//Ferdie"), before + TOKEN);
        assert_eq!(Balances::reserved_balance(account("//Bob")), 0);
    });
}

#[test]
fn safe_mode_stops_transfers_and_neither_epochs_nor_what_seats_owe_them() {
    on_a_chain(|| {
        create_network();
        set_weights("//Bob//hotkey", &[(2, 1), (3, 1)]).unwrap();
        run_epoch();
        as_root(pallet_safe_mode::Call::force_enter {}).unwrap();
        assert_eq!(submit("//Bob", transfer("//Ferdie", TOKEN)), refusal(filtered()));
        assert_eq!(stake("//Bob", "//Bob//hotkey", TOKEN), refusal(filtered()));
        let before = metagraph();
        let after = run_epoch();
        assert!(after.last_epoch > before.last_epoch);
        assert!(after.neurons[2].stake > before.neurons[2].stake, "the miner was paid");
        set_weights("//Bob//hotkey", &[(2, 1), (3, 2)]).expect("else a commit could not be revealed");

        as_root(pallet_safe_mode::Call::force_exit {}).unwrap();
        submit("//Bob", transfer("//Ferdie", TOKEN)).unwrap();
    });
}

#[test]
fn safe_mode_ends_by_itself_and_nobody_buys_it() {
    on_a_chain_with(serde_json::json!({ "safeMode": { "enteredUntil": 5 } }), || {
        assert_eq!(submit("//Bob", transfer("//Ferdie", TOKEN)), refusal(filtered()));
        run_to_block(7);
        submit("//Bob", transfer("//Ferdie", TOKEN)).unwrap();
        let closed = pallet_safe_mode::Error::<Runtime>::NotConfigured;
        assert_eq!(submit("//Bob", pallet_safe_mode::Call::enter {}), refusal(closed));
        assert!(!SafeMode::is_entered());
    });
}

#[test]
fn root_lets_a_call_run_at_a_later_block_and_nobody_else_does() {
    on_a_chain(|| {
        let enter = || Box::new(RuntimeCall::SafeMode(pallet_safe_mode::Call::force_enter {}));
        let when = System::block_number() + 3;
        let schedule = || pallet_scheduler::Call::schedule { when, maybe_periodic: None, priority: 0, call: enter() };
        assert_eq!(submit("//Bob", schedule()), refusal(DispatchError::BadOrigin));
        as_root(schedule()).unwrap();
        run_to_block(when - 1);
        assert!(!SafeMode::is_entered());
        next_block();
        assert!(SafeMode::is_entered());
    });
}

#[test]
fn a_preimage_holds_a_deposit_while_it_is_kept() {
    on_a_chain(|| {
        let bytes = transfer("//Ferdie", TOKEN).encode();
        let hash: H256 = BlakeTwo256::hash(&bytes);
        let length = bytes.len() as u64;
        submit("//Bob", pallet_preimage::Call::note_preimage { bytes }).unwrap();
        assert_eq!(Balances::total_balance_on_hold(&account("//Bob")), TOKEN / 20 + length * TOKEN / 10_000);
        submit("//Bob", pallet_preimage::Call::unnote_preimage { hash }).unwrap();
        assert_eq!(Balances::total_balance_on_hold(&account("//Bob")), 0);
    });
}
