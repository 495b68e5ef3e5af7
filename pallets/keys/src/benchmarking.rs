//! Measures the pallet's calls, through the pallets that the runtime gives it.

use crate::{Call, ColdkeySwaps, Config, Pallet, Rules, Successors, SwapRules};
use frame_benchmarking::v2::*;
use frame_support::{
    dispatch::CheckIfFeeless,
    traits::{fungible::Mutate, UnfilteredDispatchable},
};
use frame_system::{pallet_prelude::*, RawOrigin};
use primitives::{AccountId, ColdkeySwap, NetUid, MAX_HOTKEYS, TOKEN};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// Makes `hotkey` one of `coldkey`'s.
    fn own(coldkey: &AccountId, hotkey: &AccountId);
    /// Gives `coldkey` a position on a hotkey.
    fn stake(coldkey: &AccountId, hotkey: &AccountId);
    /// A subnet with its lock, in which the owner's hotkey has a seat with as many open commits, children and parents as
    /// there can be.
    fn create_subnet(netuid: NetUid, coldkey: &AccountId, hotkey: &AccountId);
    /// A seat on root, whose row has as many entries as there can be, and a vote on each motion that can be open.
    fn seat_on_root(hotkey: &AccountId);
}

/// Subnets of a measured swap: far fewer than there can be, and enough to tell what each of them takes.
const SUBNETS: u32 = 32;
/// Those that were there at the announcement, and those on hotkeys of its own that were added by dividends since.
const MOST_POSITIONS: u32 = 2 * MAX_HOTKEYS;

fn old() -> AccountId {
    account("old", 0, 0)
}

fn new() -> AccountId {
    account("new", 0, 0)
}

fn coldkey<T: Config>() -> AccountId {
    let coldkey = account("coldkey", 0, 0);
    let funds = 1_000_000 * TOKEN;
    T::Currency::mint_into(&coldkey, funds).expect("the benchmarks mint less than the amount type holds");
    coldkey
}

fn stake<T: Config>(coldkey: &AccountId, positions: u32) {
    (0..positions).for_each(|index| T::BenchmarkHelper::stake(coldkey, &account("staked", index, 0)));
}

fn announce<T: Config>(coldkey: &AccountId) {
    Rules::<T>::put(SwapRules { coldkey_delay: 0, ..Default::default() });
    let (origin, hash) = (RawOrigin::Signed(coldkey.clone()), ColdkeySwap::hash_of(&new()));
    Pallet::<T>::announce_coldkey_swap(origin.into(), hash).expect("the coldkey can pay the fee");
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn swap_hotkey(s: Linear<1, SUBNETS>) {
        let coldkey = coldkey::<T>();
        T::BenchmarkHelper::own(&coldkey, &old());
        T::BenchmarkHelper::stake(&coldkey, &old());
        (1..=s as u16).for_each(|netuid| T::BenchmarkHelper::create_subnet(NetUid(netuid), &coldkey, &old()));
        T::BenchmarkHelper::seat_on_root(&old());
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey), old(), new());
        assert_eq!(Successors::<T>::get(old()), Some(new()));
    }

    #[benchmark]
    fn announce_coldkey_swap(p: Linear<0, MAX_HOTKEYS>) {
        let coldkey = coldkey::<T>();
        stake::<T>(&coldkey, p);
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey.clone()), ColdkeySwap::hash_of(&new()));
        assert!(ColdkeySwaps::<T>::contains_key(coldkey));
    }

    #[benchmark]
    fn swap_coldkey(h: Linear<1, MAX_HOTKEYS>, p: Linear<0, MOST_POSITIONS>, s: Linear<1, SUBNETS>) {
        let coldkey = coldkey::<T>();
        (0..h).for_each(|index| T::BenchmarkHelper::own(&coldkey, &account("own", index, 0)));
        (1..=s as u16)
            .for_each(|netuid| T::BenchmarkHelper::create_subnet(NetUid(netuid), &coldkey, &account("own", 0, 0)));
        announce::<T>(&coldkey);
        stake::<T>(&coldkey, p);
        #[extrinsic_call]
        _(RawOrigin::Signed(new()), coldkey.clone());
        assert!(!ColdkeySwaps::<T>::contains_key(coldkey));
    }

    #[benchmark]
    fn dispute_coldkey_swap() -> Result<(), BenchmarkError> {
        let coldkey = coldkey::<T>();
        announce::<T>(&coldkey);
        let (call, origin): (_, OriginFor<T>) =
            (Call::<T>::dispute_coldkey_swap {}, RawOrigin::Signed(coldkey.clone()).into());
        #[block]
        {
            assert!(call.is_feeless(&origin));
            call.dispatch_bypass_filter(origin)?;
        }
        assert!(ColdkeySwaps::<T>::get(coldkey).is_some_and(|swap| swap.disputed));
        Ok(())
    }
}
