//! A coldkey is swapped for a new one: announced, frozen, disputable, and then with all that it has.

use crate::{
    chain::*,
    reads::listen,
    renaming::{assert_same, mentions, renamed, substance, without},
    state::raw_state,
    support::transfer,
};
use chain_traits::{HotkeyOwners, Rewards};
use frame_support::{
    dispatch::GetDispatchInfo,
    traits::fungible::{Inspect, InspectHold, Mutate},
};
use pallet_keys::Error;
use plexus_runtime::{Balances, Keys, ProxyType, Runtime, RuntimeCall, Stake, System};
use primitives::{AccountId, Amount, ColdkeySuccessor, ColdkeySwap, Metagraph, NetUid, SuccessorObstacle, TOKEN};
use sp_runtime::{traits::Dispatchable, DispatchError};
use std::collections::BTreeSet;

type KeysError = Error<Runtime>;

const OLD: &str = "//Dave";
const NEW: &str = "//Dave//new";
const THIEF: &str = "//Thief";
const HOTKEY: &str = "//Dave//hotkey";
/// Blocks between announcement and end on local networks.
const DELAY: u32 = 20;

fn announce(old: &str, new: &str) -> Result<(), Refused> {
    submit(old, pallet_keys::Call::announce_coldkey_swap { hash: ColdkeySwap::hash_of(&account(new)) })
}

fn finish(old: &str, new: &str) -> Result<(), Refused> {
    submit(new, pallet_keys::Call::swap_coldkey { old: account(old) })
}

fn dispute(coldkey: &str) -> Result<(), Refused> {
    submit(coldkey, pallet_keys::Call::dispute_coldkey_swap {})
}

fn resolve(coldkey: &str, new: Option<&str>) -> Result<(), Refused> {
    as_root(pallet_keys::Call::resolve_coldkey_swap { coldkey: account(coldkey), new: new.map(account) })
}

/// A new coldkey has to sign, so it needs something for the fee.
fn fund(coldkey: &str) {
    submit("//Alice", transfer(coldkey, TOKEN)).unwrap();
}

fn successor(new: &str) -> ColdkeySuccessor {
    plexus_runtime::coldkey_successor(account(OLD), &account(new))
}

fn wait_for_the_delay() {
    run_to_block(System::block_number() + DELAY);
}

/// Everything that is Dave's under one of his coldkeys: free, staked, and locked for subnets.
fn worth(coldkey: &str) -> [Amount; 3] {
    [balance(coldkey), staked(coldkey), Balances::total_balance_on_hold(&account(coldkey))]
}

/// Gives Dave one of everything that a coldkey can have.
fn use_everything() {
    create_network();
    for hotkey in [HOTKEY, "//Dave//second"] {
        submit(OLD, pallet_subnets::Call::create { owner_hotkey: account(hotkey) }).unwrap();
    }
    stake(OLD, HOTKEY, 20 * TOKEN).unwrap();
    stake(OLD, "//Bob//hotkey", 200 * TOKEN).unwrap();
    stake("//Eve", HOTKEY, 10 * TOKEN).unwrap();
    set_weights("//Bob//hotkey", &[(2, 2), (3, 1)]).unwrap();
    run_epoch();
    stake(OLD, "//Charlie//hotkey", 30 * TOKEN).unwrap();
    fund(NEW);
}

#[test]
fn a_swap_renames_the_coldkey_wherever_it_stands_and_changes_nothing_else() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        wait_for_the_delay();
        let accounts = [("Balances", "Freezes"), ("Balances", "Holds")];
        let (before, had) = (without(substance(), &accounts), [worth(OLD), worth(NEW)]);
        let stands = ["Subnets.Registry", "Stake.Owner", "Stake.Hotkeys", "Stake.Positions", "Stake.ByColdkey"];
        assert_eq!(
            mentions(&before, &account(OLD)).into_iter().collect::<BTreeSet<_>>(),
            stands.map(Into::into).into()
        );
        finish(OLD, NEW).unwrap();
        assert_same(&without(substance(), &accounts), &renamed(&before, &account(OLD), &account(NEW)));
        assert_eq!(worth(OLD), [0; 3]);
        assert_eq!(worth(NEW), [had[0][0] + had[1][0], had[0][1], had[0][2]], "to the unit, without a fee");
        assert!(had[0][1] > 250 * TOKEN && had[0][2] >= 3_000 * TOKEN, "{had:?}");
        next_block();
        // An empty list of what the old coldkey holds, which the pallet of balances keeps.
        assert_eq!(mentions(&raw_state(), &account(OLD)), ["Balances.Holds"]);
    });
}

#[test]
fn the_new_coldkey_commands_what_was_the_old_ones() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        wait_for_the_delay();
        finish(OLD, NEW).unwrap();
        assert_eq!(Stake::coldkey_of(&account(HOTKEY)), Some(account(NEW)));
        submit(NEW, pallet_stake::Call::remove_all { hotkey: account("//Bob//hotkey") }).unwrap();
        submit(NEW, pallet_subnets::Call::dissolve { netuid: NetUid(2) }).unwrap();
        submit(NEW, pallet_keys::Call::swap_hotkey { old: account(HOTKEY), new: account("//Dave//third") }).unwrap();
        submit(NEW, transfer("//Eve", TOKEN)).unwrap();
        announce(NEW, "//Dave//newer").expect("and may be swapped again");
    });
}

/// What a network looks like some epochs after Dave may have swapped his coldkey.
fn epochs_after(swapped: bool) -> (Vec<Metagraph>, Vec<Amount>) {
    let mut seen = (Vec::new(), Vec::new());
    on_a_chain(|| {
        use_everything();
        if swapped {
            announce(OLD, NEW).unwrap();
        }
        wait_for_the_delay();
        if swapped {
            finish(OLD, NEW).unwrap();
        }
        for _ in 0..3 {
            let mut metagraph = run_epoch();
            metagraph.total_issuance = 0;
            let mine = metagraph.neurons.iter_mut().filter(|neuron| neuron.coldkey == account(NEW));
            mine.for_each(|neuron| neuron.coldkey = account(OLD));
            seen.0.push(metagraph);
            seen.1.extend(["//Alice", "//Bob", "//Charlie", "//Eve", if swapped { NEW } else { OLD }].map(staked));
        }
    });
    seen
}

#[test]
fn epochs_pay_the_same_to_the_unit_after_a_swap() {
    let (with, without) = (epochs_after(true), epochs_after(false));
    assert!(with.0[2].neurons[2].incentive > 0, "Dave's miner earns");
    assert_eq!(with, without);
}

#[test]
fn a_coldkey_that_is_to_be_swapped_pays_for_nothing() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        let unpaid = |call: RuntimeCall| assert!(matches!(submit(OLD, call), Err(Refused::ByThePool(_))));
        unpaid(transfer(THIEF, TOKEN));
        unpaid(pallet_balances::Call::transfer_all { dest: account(THIEF).into(), keep_alive: false }.into());
        unpaid(pallet_stake::Call::remove_all { hotkey: account(HOTKEY) }.into());
        unpaid(pallet_keys::Call::announce_coldkey_swap { hash: ColdkeySwap::hash_of(&account(THIEF)) }.into());
        unpaid(pallet_keys::Call::swap_hotkey { old: account(HOTKEY), new: account(THIEF) }.into());
        unpaid(pallet_subnets::Call::dissolve { netuid: NetUid(2) }.into());
        let before = balance(OLD);
        submit("//Alice", transfer(OLD, 5 * TOKEN)).unwrap();
        assert_eq!(balance(OLD), before + 5 * TOKEN, "it can still be paid");
        unpaid(transfer(THIEF, TOKEN));
    });
}

/// A proxy pays its own fees, so that it could lock away for the old coldkey what the coldkey itself cannot move.
#[test]
fn who_has_proxies_takes_them_back_before_announcing_and_gets_none_afterwards() {
    on_a_chain(|| {
        use_everything();
        let (delegate, proxy_type) = (account(THIEF), ProxyType::Any);
        let add = pallet_proxy::Call::add_proxy { delegate: delegate.into(), proxy_type, delay: 0 };
        submit(OLD, add.clone()).unwrap();
        assert_eq!(announce(OLD, NEW), refusal(KeysError::HasProxies));
        submit(OLD, pallet_proxy::Call::remove_proxies {}).unwrap();
        announce(OLD, NEW).unwrap();
        assert!(matches!(submit(OLD, add), Err(Refused::ByThePool(_))), "it can pay for nothing");
    });
}

/// What comes out of a lock meanwhile is frozen too.
#[test]
fn no_call_of_a_frozen_coldkey_gets_anything_out() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        let had = worth(OLD);
        let as_old = |call: RuntimeCall| {
            let origin = plexus_runtime::RuntimeOrigin::signed(account(OLD));
            call.dispatch(origin).map(drop).map_err(|failure| failure.error)
        };
        as_old(transfer(THIEF, TOKEN)).expect_err("frozen");
        let hash = ColdkeySwap::hash_of(&account(THIEF));
        let announced = as_old(pallet_keys::Call::announce_coldkey_swap { hash }.into());
        assert_eq!(announced, Err(KeysError::AlreadyAnnounced.into()));
        let swapped = pallet_keys::Call::swap_hotkey { old: account(HOTKEY), new: account(THIEF) };
        assert_eq!(as_old(swapped.into()), Err(KeysError::CannotPayFee.into()));
        let (from, to) = (account("//Bob//hotkey"), account("//Eve//hotkey"));
        for call in [
            pallet_stake::Call::remove_all { hotkey: from.clone() },
            pallet_stake::Call::move_stake { from, to: to.clone(), amount: TOKEN },
        ] {
            assert_eq!(as_old(call.into()), Err(pallet_stake::Error::<Runtime>::ColdkeyLeaving.into()));
        }
        as_old(pallet_stake::Call::add { hotkey: to, amount: TOKEN }.into()).expect_err("frozen");
        as_old(pallet_subnets::Call::dissolve { netuid: NetUid(2) }.into())
            .expect("spite costs nothing but the subnet");
        as_old(transfer(THIEF, TOKEN)).expect_err("what comes back from a lock is frozen too");
        assert_eq!(worth(OLD).iter().sum::<Amount>(), had.iter().sum::<Amount>());
    });
}

#[test]
fn a_thief_who_announces_is_disputed_and_gets_nothing() {
    on_a_chain(|| {
        use_everything();
        fund(THIEF);
        let had = worth(OLD);
        // The thief has the same key as Dave.
        announce(OLD, THIEF).unwrap();
        let seen = pallet_keys::ColdkeySwaps::<Runtime>::get(account(OLD)).expect("everybody sees it");
        assert_eq!((seen.ready_at, seen.disputed), (System::block_number() + DELAY, false));
        dispute(OLD).expect("free, as nothing can be paid for");
        wait_for_the_delay();
        assert_eq!(finish(OLD, THIEF), refusal(KeysError::Disputed));
        resolve(OLD, Some(NEW)).unwrap();
        assert_eq!(worth(THIEF)[1..], [0, 0]);
        assert_eq!(worth(NEW)[2], had[2]);
        assert!(worth(NEW)[1] >= had[1], "with what it earned meanwhile");
        assert!(worth(NEW)[0] >= had[0], "all that was left, and what the new key had: {:?} {had:?}", worth(NEW));
        assert_eq!(finish(OLD, THIEF), refusal(KeysError::NotAnnounced));
    });
}

#[test]
fn an_owner_who_announces_first_leaves_a_thief_nothing_but_the_dispute() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        dispute(OLD).expect("by the thief, out of spite");
        assert!(matches!(dispute(OLD), Err(Refused::ByThePool(_))), "once only");
        wait_for_the_delay();
        assert_eq!(finish(OLD, NEW), refusal(KeysError::Disputed));
        resolve(OLD, Some(NEW)).unwrap();
        assert!(worth(NEW)[0] > 100_000 * TOKEN);
    });
}

#[test]
fn root_may_let_a_coldkey_go_on_as_it_was_and_nobody_else_may() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        let call = || pallet_keys::Call::resolve_coldkey_swap { coldkey: account(OLD), new: None };
        assert_eq!(submit("//Eve", call()), refusal(DispatchError::BadOrigin));
        resolve(OLD, None).unwrap();
        submit(OLD, transfer("//Eve", TOKEN)).expect("it can spend again");
        wait_for_the_delay();
        assert_eq!(finish(OLD, NEW), refusal(KeysError::NotAnnounced));
        assert_eq!(resolve(OLD, None), refusal(KeysError::NotAnnounced));
        announce(OLD, NEW).unwrap();
    });
}

#[test]
fn only_the_announced_coldkey_takes_over_and_not_before_the_delay_has_passed() {
    on_a_chain(|| {
        use_everything();
        fund(THIEF);
        assert_eq!(finish(OLD, NEW), refusal(KeysError::NotAnnounced));
        announce(OLD, NEW).unwrap();
        run_to_block(System::block_number() + DELAY - 1);
        assert_eq!(finish(OLD, NEW), refusal(KeysError::TooEarly));
        assert_eq!(finish(OLD, THIEF), refusal(KeysError::OtherColdkey));
        next_block();
        assert_eq!(finish(OLD, THIEF), refusal(KeysError::OtherColdkey));
        finish(OLD, NEW).unwrap();
    });
}

#[test]
fn the_new_coldkey_is_none_of_the_old_ones_hotkeys_and_has_nothing_yet() {
    on_a_chain(|| {
        use_everything();
        let refused = |new: &str, error: KeysError| {
            announce(OLD, new).unwrap();
            wait_for_the_delay();
            assert_eq!(finish(OLD, new), refusal(error));
            resolve(OLD, None).unwrap();
        };
        submit("//Alice", transfer(HOTKEY, TOKEN)).unwrap();
        refused(HOTKEY, KeysError::ColdkeyIsHotkey);
        refused("//Bob", KeysError::ColdkeyInUse);
        stake("//Ferdie", HOTKEY, TOKEN).unwrap();
        refused("//Ferdie", KeysError::ColdkeyInUse);
    });
}

#[test]
fn nobody_stops_a_swap_by_naming_the_new_coldkey_as_a_hotkey() {
    on_a_chain(|| {
        use_everything();
        announce(OLD, NEW).unwrap();
        register("//Eve", NEW).unwrap();
        wait_for_the_delay();
        finish(OLD, NEW).unwrap();
        assert_eq!(worth(OLD), [0; 3]);
    });
}

#[test]
fn an_announcement_burns_its_fee() {
    on_a_chain_with(serde_json::json!({ "keys": { "rules": { "coldkeyFee": 3 * TOKEN } } }), || {
        let (before, issued) = (balance(OLD), issuance());
        announce(OLD, NEW).unwrap();
        let paid = before - balance(OLD);
        assert!((3 * TOKEN..3 * TOKEN + TOKEN / 10).contains(&paid), "{paid}");
        assert_eq!(issued - issuance(), paid);
        fund(NEW);
        assert_eq!(announce(NEW, OLD), refusal(KeysError::CannotPayFee));
    });
}

fn key(number: u32) -> AccountId {
    AccountId::new(sp_core::blake2_256(&number.to_le_bytes()))
}

/// `hotkeys` hotkeys that the coldkey owns, and stake on `positions` hotkeys of others.
fn give(coldkey: &AccountId, hotkeys: u32, positions: u32) {
    for number in 0..hotkeys {
        Stake::claim(&key(number), coldkey).unwrap();
    }
    for number in 1_000..1_000 + positions {
        Stake::claim(&key(number), &key(10_000 + number)).unwrap();
        put_stake(coldkey, &key(number));
    }
}

fn put_stake(coldkey: &AccountId, hotkey: &AccountId) {
    let origin = frame_system::RawOrigin::Signed(coldkey.clone()).into();
    Stake::add(origin, hotkey.clone(), TOKEN / 100).unwrap();
}

#[test]
fn a_coldkey_owns_512_hotkeys_and_swaps_with_stake_on_512_at_most() {
    on_a_chain(|| {
        create_subnet();
        give(&account(OLD), 512, 512);
        assert_eq!(register(OLD, HOTKEY), refusal(pallet_stake::Error::<Runtime>::TooManyHotkeys));
        Stake::claim(&key(5_000), &key(5_001)).unwrap();
        put_stake(&account(OLD), &key(5_000));
        assert_eq!(announce(OLD, NEW), refusal(KeysError::TooManyPositions));
        submit(OLD, pallet_stake::Call::remove_all { hotkey: key(5_000) }).unwrap();
        announce(OLD, NEW).unwrap();
    });
}

#[test]
fn the_declared_weight_of_a_swap_covers_the_largest_one() {
    on_a_chain(|| {
        create_subnet();
        give(&account(OLD), 512, 512);
        announce(OLD, NEW).unwrap();
        // Only what the own hotkeys earn can join while the coldkey is frozen.
        let pot = Stake::pot();
        for number in 0..512 {
            <Balances as Mutate<_>>::mint_into(&pot, TOKEN).unwrap();
            Stake::reward_owner(&key(number), TOKEN).unwrap();
        }
        wait_for_the_delay();
        <Balances as Mutate<_>>::mint_into(&account(NEW), TOKEN).unwrap();
        let call = pallet_keys::Call::<Runtime>::swap_coldkey { old: account(OLD) };
        let declared = call.get_dispatch_info().call_weight;
        let origin = frame_system::RawOrigin::Signed(account(NEW)).into();
        let started = std::time::Instant::now();
        let (done, accesses) = listen(|| Keys::swap_coldkey(origin, account(OLD)));
        done.unwrap();
        let (reads, writes) = accesses.distinct();
        println!("{reads} keys read, {writes} written, {declared} declared; native {:?}", started.elapsed());
        assert!(writes > 4 * 1_024 + 512);
        let weight = <Runtime as frame_system::Config>::DbWeight::get();
        assert!(declared.all_gte(weight.reads_writes(reads, writes)));
        assert_eq!(<Balances as Inspect<AccountId>>::total_balance(&account(OLD)), 0);
    });
}

#[test]
fn what_a_successor_needs_is_told_before_it_is_announced() {
    on_a_chain(|| {
        create_network();
        let ColdkeySuccessor { obstacle, fee, spendable } = successor(NEW);
        assert_eq!((obstacle, spendable), (None, 0));
        announce(OLD, NEW).unwrap();
        wait_for_the_delay();
        // Nothing is spendable of what keeps an account.
        crate::chain::give(NEW, fee / 10 * 9 + Balances::minimum_balance());
        assert_eq!(finish(OLD, NEW), unpaid());
        crate::chain::give(NEW, fee - fee / 10 * 9);
        assert_eq!(successor(NEW), ColdkeySuccessor { obstacle: None, fee, spendable: fee });
        finish(OLD, NEW).expect("it has what it needs");
    });
}

#[test]
fn what_stands_against_a_successor_is_told_before_it_is_announced() {
    on_a_chain(|| {
        create_network();
        let obstacle = |new| successor(new).obstacle;
        assert_eq!(obstacle(HOTKEY), Some(SuccessorObstacle::OwnHotkey));
        assert_eq!(obstacle("//Bob"), Some(SuccessorObstacle::InUse));
        assert_eq!(obstacle(THIEF), None);
        fund(THIEF);
        announce(THIEF, NEW).unwrap();
        assert_eq!(obstacle(THIEF), Some(SuccessorObstacle::Leaving));
    });
}
