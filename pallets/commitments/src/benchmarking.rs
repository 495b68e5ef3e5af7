//! Measures what the pallet's call does, through the pallets that the runtime gives it.

use crate::{Call, Config, Entries, Entry, Pallet};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{dispatch::CheckIfFeeless, traits::UnfilteredDispatchable, BoundedVec};
use frame_system::{pallet_prelude::*, RawOrigin};
use primitives::{AccountId, NetUid, MAX_COMMITMENT};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// A subnet in which this hotkey has the seat 0.
    fn create_seat(netuid: NetUid, hotkey: &AccountId);
}

const SUBNET: NetUid = NetUid(1);

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn publish(b: Linear<0, MAX_COMMITMENT>) -> Result<(), BenchmarkError> {
        let hotkey: AccountId = account("hotkey", 0, 0);
        T::BenchmarkHelper::create_seat(SUBNET, &hotkey);
        let data = BoundedVec::truncate_from(vec![1; MAX_COMMITMENT as usize]);
        Entries::<T>::insert(SUBNET, 0, Entry { block: 0, data });
        frame_system::Pallet::<T>::set_block_number(1_000u32.into());
        let data = vec![2; b as usize];
        let call = Call::<T>::publish { netuid: SUBNET, data: data.clone() };
        let origin: OriginFor<T> = RawOrigin::Signed(hotkey).into();
        #[block]
        {
            assert!(call.is_feeless(&origin));
            call.dispatch_bypass_filter(origin)?;
        }
        assert_eq!(Entries::<T>::get(SUBNET, 0).map(|entry| entry.data.into_inner()), Some(data));
        Ok(())
    }
}
