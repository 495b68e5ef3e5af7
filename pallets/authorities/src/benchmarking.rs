//! Measures what the pallet and its calls do, through the pallets that the runtime gives it.

use crate::{pallet::MOST_AUTHORITIES, Authorities, Call, Changed, Config, Pallet, RotateSession, SessionLength};
use frame_benchmarking::v2::*;
use frame_support::{traits::Hooks, BoundedVec};
use frame_system::RawOrigin;
use primitives::AccountId;

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    fn give_session_keys(account: &AccountId);
}

fn authority(number: u32) -> AccountId {
    account("authority", number, 0)
}

/// The authorities with the numbers before `end`.
fn list<T: Config>(end: u32) {
    (0..MOST_AUTHORITIES).map(authority).for_each(|authority| T::BenchmarkHelper::give_session_keys(&authority));
    Authorities::<T>::put(BoundedVec::truncate_from((0..end).map(authority).collect()));
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn idle() {
        SessionLength::<T>::put(2);
        #[block]
        {
            Pallet::<T>::on_initialize(1u32.into());
        }
    }

    /// The session before this one announced another list, which comes into force now, while one more is announced.
    #[benchmark]
    fn rotate() {
        SessionLength::<T>::put(1);
        list::<T>(MOST_AUTHORITIES);
        Changed::<T>::put(true);
        T::Sessions::rotate();
        list::<T>(MOST_AUTHORITIES - 1);
        Changed::<T>::put(true);
        #[block]
        {
            Pallet::<T>::on_initialize(1u32.into());
        }
        assert!(!Changed::<T>::get());
    }

    #[benchmark]
    fn add() {
        list::<T>(MOST_AUTHORITIES - 1);
        #[extrinsic_call]
        add(RawOrigin::Root, authority(MOST_AUTHORITIES - 1));
        assert_eq!(Authorities::<T>::get().len(), MOST_AUTHORITIES as usize);
    }

    #[benchmark]
    fn remove() {
        list::<T>(MOST_AUTHORITIES);
        #[extrinsic_call]
        remove(RawOrigin::Root, authority(MOST_AUTHORITIES - 1));
        assert_eq!(Authorities::<T>::get().len(), MOST_AUTHORITIES as usize - 1);
    }
}
