//! Measures the pallet's calls.

use crate::{Call, Config, Owner, Pallet, Pools, Positions, RipeDeposits, Round, RoundLength, Take, Takes, WAIT};
use alloc::vec::Vec;
use frame_benchmarking::{account, v2::*};
use frame_support::traits::{fungible::Mutate, Get};
use frame_system::RawOrigin;
use primitives::{AccountId, Amount, TOKEN};
use sp_runtime::traits::BlockNumberProvider;

const DEPOSIT: Amount = 10 * TOKEN;

/// A round that has so many before it that what was deposited in them is ripe.
const START: Round = 10;

fn go_to_round<T: Config>(round: Round) {
    RoundLength::<T>::put(1);
    T::Clock::set_block_number(round);
}

fn rich<T: Config>(name: &'static str) -> AccountId {
    let rich = account(name, 0, 0);
    T::Currency::mint_into(&rich, 1_000 * TOKEN).expect("the benchmarks mint less than the amount type holds");
    rich
}

fn add<T: Config>(hotkey: &AccountId, coldkey: &AccountId) {
    let origin = RawOrigin::Signed(coldkey.clone()).into();
    Pallet::<T>::add(origin, hotkey.clone(), DEPOSIT).expect("the coldkey has enough");
}

/// A hotkey where all that can wait for whoever comes next has ripened: of two rounds `coldkey` has not collected its
/// part, of two more not even the pool has taken notice.
fn ripe_pool<T: Config>(name: &'static str, coldkey: &AccountId) -> AccountId {
    let hotkey = account(name, 0, 0);
    let other = rich::<T>("other");
    Owner::<T>::insert(&hotkey, &other);
    for nominator in [coldkey, &other] {
        for _ in 0..WAIT {
            go_to_round::<T>(T::Clock::current_block_number() + 1);
            add::<T>(&hotkey, nominator);
        }
        go_to_round::<T>(T::Clock::current_block_number() + WAIT);
    }
    // A price at which nothing divides.
    Pools::<T>::mutate(&hotkey, |pool| pool.earning += 7);
    assert_eq!(uncollected::<T>(&hotkey).len(), WAIT as usize);
    hotkey
}

/// The rounds of a hotkey whose deposits somebody has still to collect.
fn uncollected<T: Config>(hotkey: &AccountId) -> Vec<Round> {
    RipeDeposits::<T>::iter_key_prefix(Pools::<T>::get(hotkey).id).collect()
}

/// That the position of the call has collected its part, and the pool has taken notice of the youngest rounds.
fn check<T: Config>(hotkey: &AccountId) {
    let oldest = T::Clock::current_block_number() - 2 * WAIT;
    let rounds = uncollected::<T>(hotkey);
    assert!(rounds.len() == WAIT as usize && rounds.iter().all(|round| *round > oldest));
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn add() {
        go_to_round::<T>(START);
        let coldkey = rich::<T>("coldkey");
        let hotkey = ripe_pool::<T>("hotkey", &coldkey);
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), hotkey.clone(), DEPOSIT);
        check::<T>(&hotkey);
    }

    #[benchmark]
    fn remove() {
        go_to_round::<T>(START);
        let coldkey = rich::<T>("coldkey");
        let hotkey = ripe_pool::<T>("hotkey", &coldkey);
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), hotkey.clone(), DEPOSIT);
        check::<T>(&hotkey);
    }

    #[benchmark]
    fn remove_all() {
        go_to_round::<T>(START);
        let coldkey = rich::<T>("coldkey");
        let hotkey = ripe_pool::<T>("hotkey", &coldkey);
        let pool = Pools::<T>::get(&hotkey).id;
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), hotkey);
        assert!(!Positions::<T>::contains_key(pool, &coldkey));
    }

    #[benchmark]
    fn move_stake() {
        go_to_round::<T>(START);
        let coldkey = rich::<T>("coldkey");
        let from = ripe_pool::<T>("from", &coldkey);
        let to = ripe_pool::<T>("to", &coldkey);
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), from.clone(), to.clone(), DEPOSIT);
        check::<T>(&to);
    }

    #[benchmark]
    fn set_take() {
        let coldkey: AccountId = account("coldkey", 0, 0);
        let hotkey: AccountId = account("hotkey", 0, 0);
        Owner::<T>::insert(&hotkey, &coldkey);
        Takes::<T>::insert(&hotkey, Take { share: 0, raised_at: Some(0) });
        T::Clock::set_block_number(T::TakeRaiseInterval::get());
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey), hotkey.clone(), T::MaxTake::get());
        assert_eq!(Takes::<T>::get(&hotkey).map(|take| take.share), Some(T::MaxTake::get()));
    }
}
