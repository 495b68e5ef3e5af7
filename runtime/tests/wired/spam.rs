//! Blocks under a flood of the heaviest calls.

use crate::{chain::*, support::limits};
use codec::Encode;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::fungible::Mutate,
};
use frame_system::limits::BlockLength;
use pallet_weights::Call as Weights;
use plexus_runtime::{
    Balances, Executive, Nonce, Runtime, RuntimeCall, RuntimeEvent, System, TransactionPayment, UncheckedExtrinsic,
};
use primitives::{Hyperparams, Loan, NetUid, Reveal, TOKEN};
use sp_core::H256;
use sp_runtime::transaction_validity::{TransactionSource, TransactionValidity, ValidTransaction};

const FULL: &str = "ExhaustsResources";

/// Accounts that send the flood, each its share of it.
const SENDERS: u32 = 8;

fn sender(index: u32) -> String {
    format!("//Spam//{index}")
}

/// The network of the other tests, where [`SENDERS`] have more than enough to flood it.
fn create_target() {
    create_network();
    for index in 0..SENDERS {
        Balances::mint_into(&account(&sender(index)), 10_000 * TOKEN).expect("minted");
    }
    for hotkey in ["//Bob//hotkey", "//Charlie//hotkey"] {
        for index in 0..SENDERS {
            stake(&sender(index), hotkey, 100 * TOKEN).expect("staked");
        }
        next_block();
    }
    wait_for_the_round();
}

/// Calls of each kind that takes much, be it of a block's time for the fee, of its time for the weight, or of its bytes.
/// Some fail: those that do when all is done but the last, or that are large and fail at once, pay the same.
fn heavy_calls() -> Vec<(&'static str, RuntimeCall)> {
    let (bob, charlie) = (account("//Bob//hotkey"), account("//Charlie//hotkey"));
    let move_stake = pallet_stake::Call::move_stake { from: bob.clone(), to: charlie.clone(), amount: TOKEN };
    let children = (0..5).map(|child| Loan { proportion: 1, hotkey: account(&format!("//Child//{child}")) }).collect();
    let row = Reveal { uids: (0..2_048).collect(), values: vec![1; 2_048], salt: [7; 32], version: 0 };
    let long_list = (1..=1_024).map(NetUid).collect();
    let many = vec![RuntimeCall::from(move_stake.clone()); 50];
    vec![
        ("transfer", pallet_balances::Call::transfer_allow_death { dest: bob.clone().into(), value: TOKEN }.into()),
        ("stake", pallet_stake::Call::add { hotkey: bob.clone(), amount: TOKEN }.into()),
        ("move of stake", move_stake.into()),
        ("batch of moves", pallet_utility::Call::batch { calls: many.clone() }.into()),
        ("batch of moves that is undone", pallet_utility::Call::batch_all { calls: with_a_failure(many) }.into()),
        ("child keys", pallet_childkeys::Call::set_children { netuid: SUBNET, hotkey: bob.clone(), children }.into()),
        ("root seat", pallet_root::Call::register { hotkey: bob.clone() }.into()),
        ("root weights", pallet_root::Call::set_weights { netuids: long_list, values: vec![1; 1_024] }.into()),
        ("subnet", pallet_subnets::Call::create { owner_hotkey: bob }.into()),
        (
            "row",
            Weights::set_weights { netuid: SUBNET, uids: row.uids.clone(), values: vec![1; 2_048], version: 0 }.into(),
        ),
        ("reveal", Weights::reveal { netuid: SUBNET, reveals: vec![row; 10].try_into().expect("ten") }.into()),
        ("bytes", frame_system::Call::remark { remark: vec![0; 200_000] }.into()),
        ("nothing", frame_system::Call::remark { remark: vec![] }.into()),
    ]
}

fn with_a_failure(mut calls: Vec<RuntimeCall>) -> Vec<RuntimeCall> {
    let nothing = pallet_stake::Call::remove_all { hotkey: account("//Nobody") };
    calls.push(nothing.into());
    calls
}

/// Puts `call` into the open block, from all senders in turn, until it takes no more; returns how many it took.
fn fill_the_block(call: &RuntimeCall) -> u32 {
    for taken in 0.. {
        match submit(&sender(taken % SENDERS), call.clone()) {
            Err(Refused::ByThePool(why)) if why.contains(FULL) => return taken,
            Err(Refused::ByThePool(why)) => panic!("refused after {taken}: {why}"),
            _ => {}
        }
    }
    unreachable!("no block takes without end")
}

fn balances() -> u64 {
    (0..SENDERS).map(|index| balance(&sender(index)) + staked(&sender(index))).sum()
}

/// Where a block of each kind has been filled, `then` looks at it.
fn with_full_blocks(then: impl Fn(&str)) {
    for (name, call) in heavy_calls() {
        on_a_chain(|| {
            create_target();
            next_block();
            assert!(fill_the_block(&call) > 0, "{name}");
            then(name);
        });
    }
}

#[test]
fn whatever_a_block_is_filled_with_it_refuses_the_rest_and_has_room_for_what_must_be() {
    with_full_blocks(|name| {
        let normal = System::block_weight().get(DispatchClass::Normal).ref_time();
        let most = limits().get(DispatchClass::Normal).max_total.expect("normal calls are limited").ref_time();
        assert!(normal <= most, "{name}: {normal} of {most}");

        let operation: RuntimeCall = frame_system::Call::set_storage { items: vec![] }.into();
        assert_eq!(operation.get_dispatch_info().class, DispatchClass::Operational);
        as_root(operation).unwrap_or_else(|why| panic!("{name}: an operation that root needs: {why:?}"));
        assert!(System::block_weight().total().all_lte(limits().max_block), "{name}");
    });
}

#[test]
fn hooks_and_epochs_run_after_and_before_full_blocks() {
    let (_, call) = heavy_calls().swap_remove(3);
    on_a_chain(|| {
        create_target();
        let due = metagraph().next_epoch;
        while System::block_number() < due {
            fill_the_block(&call);
            next_block();
        }
        assert_eq!(metagraph().last_epoch, Some(due));
        assert!(events().iter().any(|event| matches!(event, RuntimeEvent::Yuma(pallet_yuma::Event::EpochRun { .. }))));
        assert!(fill_the_block(&call) > 0, "there is room beside an epoch");
    });
}

/// What it costs to keep everybody else's calls out of one block. A call that can be dear finds no room any more where a
/// small one still does: transfers take that.
#[test]
fn no_block_is_filled_for_less_than_a_token() {
    for (name, call) in heavy_calls() {
        on_a_chain(|| {
            create_target();
            next_block();
            let (before, issued) = (balances(), issuance());
            let taken = fill_the_block(&call);
            fill_the_block(&heavy_calls().swap_remove(0).1);
            let fees = issued - issuance();
            println!("{name:>30}: {taken:>6} calls, {:>6} thousandths of a token", fees * 1_000 / TOKEN);
            assert!(before > fees && fees > TOKEN, "{name} fills a block for {fees}");
        });
    }
}

#[test]
fn fees_rise_with_each_full_block_and_never_fall_below_what_they_were() {
    let (_, call) = heavy_calls().swap_remove(3);
    on_a_chain(|| {
        create_target();
        let least = TransactionPayment::next_fee_multiplier();
        assert_eq!(least, 1.into(), "after a quiet time");
        for _ in 0..10 {
            let before = TransactionPayment::next_fee_multiplier();
            fill_the_block(&call);
            next_block();
            assert!(TransactionPayment::next_fee_multiplier() > before);
        }
        run_to_block(System::block_number() + 100);
        assert_eq!(TransactionPayment::next_fee_multiplier(), least);
    });
}

/// What the pool of a node makes of a call.
fn offer(uri: &str, nonce: Nonce, call: impl Into<RuntimeCall>) -> TransactionValidity {
    let extrinsic: UncheckedExtrinsic = sign(uri, nonce, call.into());
    Executive::validate_transaction(TransactionSource::External, extrinsic, H256::zero())
}

fn commit(byte: u8) -> Weights<Runtime> {
    Weights::commit { netuid: SUBNET, hash: H256([byte; 32]) }
}

/// Bob's hotkey, which holds a seat with a permit and not a unit to pay with, in a subnet that hides its weights.
const VALIDATOR: &str = "//Bob//hotkey";

fn hide_weights() {
    set_params(Hyperparams { commit_reveal: true, ..params() });
}

#[test]
fn who_may_not_make_a_call_for_free_and_cannot_pay_does_not_get_into_the_pool() {
    on_a_chain(|| {
        create_target();
        hide_weights();
        assert_eq!(balance(VALIDATOR), 0);
        let nonce = System::account_nonce(account(VALIDATOR));
        offer(VALIDATOR, nonce, commit(1)).expect("it may");
        let reveal = Weights::reveal { netuid: SUBNET, reveals: Default::default() };
        assert!(offer(VALIDATOR, nonce, reveal).is_err(), "nothing to reveal");
        submit(VALIDATOR, commit(1)).expect("free");
        let again = submit(VALIDATOR, commit(2));
        assert!(matches!(&again, Err(Refused::ByThePool(why)) if why.contains("Payment")), "{again:?}");
    });
}

#[test]
fn the_pool_keeps_one_free_call_of_each_kind_and_puts_it_before_what_pays() {
    on_a_chain(|| {
        create_target();
        hide_weights();
        let nonce = System::account_nonce(account(VALIDATOR));
        let offered = |nonce, call: Weights<Runtime>| offer(VALIDATOR, nonce, call).expect("it may");
        let (first, second) = (offered(nonce, commit(1)), offered(nonce + 1u32.into(), commit(2)));
        let shared = |a: &ValidTransaction, b: &ValidTransaction| a.provides.iter().any(|tag| b.provides.contains(tag));
        assert!(shared(&first, &second), "both claim the one place");
        assert_eq!(first.priority, second.priority, "and neither drives the other out");

        let call = pallet_balances::Call::transfer_allow_death { dest: account("//Eve").into(), value: 1 };
        let paid = offer(&sender(0), System::account_nonce(account(&sender(0))), call).expect("it pays");
        assert!(first.priority > paid.priority && paid.priority > 0);
        assert!(!shared(&first, &paid));
    });
}

#[test]
fn free_calls_take_what_their_rate_limits_leave_them_and_no_more() {
    on_a_chain(|| {
        create_target();
        hide_weights();
        next_block();
        let used = || *System::block_weight().get(DispatchClass::Normal);
        let accepted = |attempt| [VALIDATOR, "//Charlie//hotkey"].map(|hotkey| submit(hotkey, commit(attempt)).is_ok());
        assert_eq!(accepted(0), [true; 2], "one for each seat");
        let before = used();
        assert!((1..100).all(|attempt| accepted(attempt) == [false; 2]));
        assert_eq!(used(), before, "what is refused takes nothing of the block");
        assert!(before.ref_time() * 100 < limits().max_block.ref_time(), "{before} for two commits");
    });
}

#[test]
fn a_block_full_of_bytes_is_as_dear_as_its_length_allows() {
    let length: BlockLength = <Runtime as frame_system::Config>::BlockLength::get();
    let most = *length.max.get(DispatchClass::Normal);
    on_a_chain(|| {
        create_target();
        next_block();
        let call: RuntimeCall = frame_system::Call::remark { remark: vec![0; 200_000] }.into();
        let taken = fill_the_block(&call);
        let bytes = sign(&sender(0), Nonce::default(), call).encoded_size() as u32;
        assert!(taken * bytes <= most && (taken + 1) * bytes > most, "{taken} of {bytes} in {most}");
    });
}
