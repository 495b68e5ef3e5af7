//! What was signed once and is sent again.

use super::*;
use frame_system::BlockHash;
use plexus_runtime::{Runtime, RuntimeCall, System, UncheckedExtrinsic};
use primitives::Hyperparams;
use sp_core::H256;
use sp_runtime::generic::Era;

const BOB: &str = "//Bob//hotkey";

fn invalid<T>(reason: &str) -> Result<T, Refused> {
    Err(Refused::ByThePool(format!("TransactionValidityError::Invalid(InvalidTransaction::{reason})")))
}

fn weights() -> RuntimeCall {
    pallet_weights::Call::set_weights { netuid: SUBNET, uids: vec![2], values: vec![1], version: 0 }.into()
}

fn pay(to: &str, value: Amount) -> RuntimeCall {
    pallet_balances::Call::transfer_allow_death { dest: account(to).into(), value }.into()
}

/// Signed with the sender's next nonce.
fn signed(uri: &str, call: RuntimeCall) -> UncheckedExtrinsic {
    sign(uri, System::account_nonce(account(uri)), call)
}

#[test]
fn a_replayed_or_forged_extrinsic_is_refused() {
    on_a_chain(|| {
        create_network();
        let once = signed(BOB, weights());
        apply(once.clone()).unwrap();
        assert_eq!(apply(once), invalid("Stale"));

        let mut forged = signed("//Charlie//hotkey", weights());
        forged.function = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
        assert_eq!(apply(forged), invalid("BadProof"));
    });
}

#[test]
fn what_was_signed_for_another_chain_is_refused() {
    on_a_chain(|| {
        let here = System::block_hash(0);
        BlockHash::<Runtime>::insert(0, H256::repeat_byte(1));
        let elsewhere = signed("//Bob", pay("//Eve", TOKEN));
        BlockHash::<Runtime>::insert(0, here);
        assert_eq!(apply(elsewhere), invalid("BadProof"));
        apply(signed("//Bob", pay("//Eve", TOKEN))).unwrap();
    });
}

#[test]
fn what_was_signed_for_a_time_is_refused_after_it() {
    on_a_chain(|| {
        run_to_block(70);
        let nonce = System::account_nonce(account("//Bob"));
        let held_back = sign_for("//Bob", nonce, Era::mortal(32, 66), pay("//Eve", TOKEN));
        run_to_block(97);
        assert_eq!(apply(held_back.clone()), Ok(()), "block 97 is the last that can hold it");
        let late = sign_for("//Bob", nonce + 1u32.into(), Era::mortal(32, 66), pay("//Eve", TOKEN));
        run_to_block(98);
        assert_eq!(apply(late), invalid("AncientBirthBlock"));
    });
}

/// An account that is emptied is removed, its nonce with it. Whoever received from it once gives it something again, and
/// sends what it had signed before.
#[test]
fn an_account_that_was_removed_and_comes_back_pays_nothing_a_second_time() {
    on_a_chain(|| {
        give("//Payer", 10 * TOKEN);
        let order = signed("//Payer", pay("//Eve", 3 * TOKEN));
        apply(order.clone()).unwrap();
        let all = pallet_balances::Call::transfer_all { dest: account("//Ferdie").into(), keep_alive: false };
        submit("//Payer", all).unwrap();
        assert!(!System::account_exists(&account("//Payer")), "it is gone");
        // In the very block, and in a later one.
        for _ in 0..2 {
            let [gained] = gains(["//Eve"], || {
                submit("//Eve", pay("//Payer", 5 * TOKEN)).unwrap();
                assert_eq!(apply(order.clone()), invalid("Stale"));
            });
            assert!(gained < -5 * i128::from(TOKEN), "the bait and a fee");
            let back = pallet_balances::Call::transfer_all { dest: account("//Ferdie").into(), keep_alive: false };
            submit("//Payer", back).unwrap();
            next_block();
        }
    });
}

/// What hotkeys sign is free, and their accounts live no longer than their seats. Bob's hotkey loses its seat, takes
/// another one, and somebody sends the weights that it had set before.
#[test]
fn weights_of_a_hotkey_that_lost_its_seat_are_not_set_again_when_it_comes_back() {
    on_a_chain(|| {
        create_network();
        let old = signed(BOB, weights());
        apply(old.clone()).unwrap();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert!(!System::account_exists(&account(BOB)), "it is gone");
        submit("//Alice", pallet_subnets::Call::create { owner_hotkey: account(ROOT) }).unwrap();
        set_params(Hyperparams { commit_reveal: false, tempo: 9, max_registrations_per_block: 8, ..params() });
        for hotkey in [BOB, "//Bob//1", "//Bob//2"] {
            register("//Bob", hotkey).unwrap();
        }
        run_epoch();
        assert!(metagraph().neurons[0].validator_permit);
        assert_eq!(apply(old), invalid("Stale"));
        assert_eq!(plexus_runtime::Weights::set_rows(SUBNET), []);
        submit(BOB, weights()).expect("what it signs now counts");
    });
}

/// More in a block than a nonce that began with the block number alone would be safe from.
#[test]
fn no_extrinsic_of_a_busy_account_is_valid_again_after_the_account_was_removed() {
    on_a_chain(|| {
        give("//Payer", 10 * TOKEN);
        let orders: Vec<_> = (0..50u32)
            .map(|n| sign("//Payer", System::account_nonce(account("//Payer")) + n.into(), pay("//Eve", 1_000)))
            .collect();
        orders.iter().for_each(|order| apply(order.clone()).unwrap());
        let all = pallet_balances::Call::transfer_all { dest: account("//Ferdie").into(), keep_alive: false };
        submit("//Payer", all).unwrap();
        give("//Payer", 10 * TOKEN);
        for order in orders {
            assert_eq!(apply(order), invalid("Stale"));
        }
    });
}

#[test]
fn a_hotkey_whose_tokens_are_held_leaves_no_account_behind_when_it_loses_its_seat() {
    on_a_chain(|| {
        create_network();
        let dave = "//Dave//hotkey";
        give(dave, 10 * TOKEN);
        submit(dave, pallet_preimage::Call::note_preimage { bytes: vec![1; 8] }).expect("a deposit is held");
        assert_eq!(System::consumers(&account(dave)), 1);
        let all = || pallet_balances::Call::transfer_all { dest: account("//Dave").into(), keep_alive: false };
        submit(dave, all()).expect("all that is free");
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        assert_eq!((System::providers(&account(dave)), System::sufficients(&account(dave))), (1, 0));
        let hash = sp_core::blake2_256(&[1; 8]).into();
        give(dave, TOKEN);
        submit(dave, pallet_preimage::Call::unnote_preimage { hash }).unwrap();
        submit(dave, all()).unwrap();
        assert!(!System::account_exists(&account(dave)));
    });
}
