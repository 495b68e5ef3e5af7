//! Measures the pallet's calls and its hook, through the pallets that the runtime gives it.

use crate::{Call, Config, Pallet, Row, Rows, Rules, Seats, Shares};
use alloc::vec::Vec;
use frame_benchmarking::{account, v2::*};
use frame_support::{
    dispatch::CheckIfFeeless,
    traits::{Hooks, UnfilteredDispatchable},
    BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use primitives::{AccountId, Amount, NetUid, RootRules, MAX_ROOT_SEATS, MAX_SUBNETS, TOKEN};
use sp_runtime::traits::BlockNumberProvider;

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    fn create_subnet(netuid: NetUid);
    /// Makes `hotkey` one of `coldkey`'s, and gives it stake that counts.
    fn stake(hotkey: &AccountId, coldkey: &AccountId, amount: Amount);
}

fn coldkey() -> AccountId {
    account("coldkey", 0, 0)
}

/// A hotkey that has the more stake, the lower its index is.
fn staked<T: Config>(index: u32) -> AccountId {
    let hotkey = account("hotkey", index, 0);
    T::BenchmarkHelper::stake(&hotkey, &coldkey(), u64::from(MAX_ROOT_SEATS + 1 - index) * TOKEN);
    hotkey
}

/// Fills so many seats; `entries` is what the rows of all have together.
fn fill<T: Config>(seats: u32, entries: u32) {
    for seat in 0..seats {
        let hotkey = staked::<T>(seat);
        frame_system::Pallet::<T>::inc_sufficients(&hotkey);
        Seats::<T>::mutate(|seats| seats.force_push(hotkey.clone()));
        let length = entries / seats + u32::from(seat < entries % seats);
        Rows::<T>::insert(&hotkey, Row { set_at: 0, entries: BoundedVec::truncate_from(row(seat, length)) });
    }
}

/// The rows of successive seats overlap, and all subnets stand in them.
fn row(seat: u32, length: u32) -> Vec<(NetUid, u16)> {
    let netuid = |place| NetUid(1 + ((seat * 16 + place) % MAX_SUBNETS) as u16);
    (0..length).map(|place| (netuid(place), 1 + (place as u16 ^ 10_007))).collect()
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn register() {
        fill::<T>(MAX_ROOT_SEATS, MAX_ROOT_SEATS * MAX_SUBNETS);
        let last = Seats::<T>::get().last().cloned();
        let newcomer: AccountId = account("newcomer", 0, 0);
        T::BenchmarkHelper::stake(&newcomer, &coldkey(), 100 * TOKEN);
        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey()), newcomer.clone());
        assert!(
            Seats::<T>::get().last() == Some(&newcomer)
                && !Seats::<T>::get().iter().any(|seat| Some(seat) == last.as_ref())
        );
    }

    #[benchmark]
    fn set_weights(n: Linear<1, { MAX_SUBNETS }>) {
        fill::<T>(MAX_ROOT_SEATS, MAX_ROOT_SEATS * MAX_SUBNETS);
        (1..=MAX_SUBNETS as u16).for_each(|netuid| T::BenchmarkHelper::create_subnet(NetUid(netuid)));
        T::Clock::set_block_number(Rules::<T>::get().weights_rate_limit);
        let hotkey: AccountId = account("hotkey", MAX_ROOT_SEATS - 1, 0);
        let (netuids, values) = row(MAX_ROOT_SEATS - 1, n).into_iter().unzip();
        let call = Call::<T>::set_weights { netuids, values };
        #[block]
        {
            let origin = RawOrigin::Signed(hotkey.clone()).into();
            assert!(call.is_feeless(&origin));
            call.dispatch_bypass_filter(origin).expect("the weights may be set");
        }
        assert_eq!(Rows::<T>::get(&hotkey).map(|row| row.entries.len()), Some(n as usize));
    }

    #[benchmark]
    fn set_rules() {
        fill::<T>(MAX_ROOT_SEATS, MAX_ROOT_SEATS * MAX_SUBNETS);
        #[extrinsic_call]
        _(RawOrigin::Root, RootRules { seats: 1, ..Default::default() });
        assert_eq!(Seats::<T>::get().len(), 1);
    }

    #[benchmark]
    fn idle() {
        Rules::<T>::put(RootRules { tempo: 2, ..Default::default() });
        T::Clock::set_block_number(1);
        #[block]
        {
            Pallet::<T>::on_initialize(BlockNumberFor::<T>::from(1u32));
        }
        assert_eq!(Shares::<T>::get().len(), 0);
    }

    /// The longest rows are those of the fewest seats.
    #[benchmark]
    fn epoch(s: Linear<32, { MAX_ROOT_SEATS }>, e: Linear<2_048, 32_768>) {
        fill::<T>(s, e);
        #[block]
        {
            Pallet::<T>::epoch();
        }
        assert!(Shares::<T>::get().len() > 512);
    }
}
