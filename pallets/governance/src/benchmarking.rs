//! Measures what the pallet's calls do, through the pallets that the runtime gives it.

use crate::{
    pallet::{CALL_BYTES, OPEN_MOTIONS},
    Call, Config, Event, Motion, Motions, NextIndex, Pallet,
};
use alloc::{boxed::Box, vec::Vec};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::BoundedVec;
use frame_system::RawOrigin;
use primitives::AccountId;

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper<Call> {
    /// A member of the Triumvirate.
    fn proposer() -> AccountId;
    /// Fills the root network with hotkeys of `coldkey`.
    fn fill_root(coldkey: &AccountId);
    /// A call that does nothing, of at most so many encoded bytes and hardly less.
    fn call(bytes: u32) -> Call;
}

fn senators() -> AccountId {
    account("senators", 0, 0)
}

/// As many motions with the longest calls, for which all of the Senate has voted but for its first member.
fn open_motions<T: Config>(count: u32) {
    T::BenchmarkHelper::fill_root(&senators());
    let votes: Vec<_> = Pallet::<T>::senate().into_iter().skip(1).map(|senator| (senator, true)).collect();
    let call = BoundedVec::truncate_from(T::BenchmarkHelper::call(CALL_BYTES).encode());
    let motion = |index| Motion {
        index,
        proposer: T::BenchmarkHelper::proposer(),
        call: call.clone(),
        ends: u32::MAX,
        votes: BoundedVec::truncate_from(votes.clone()),
    };
    Motions::<T>::put(BoundedVec::truncate_from((0..count).map(motion).collect()));
    NextIndex::<T>::put(count);
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn propose(b: Linear<8, CALL_BYTES>) {
        open_motions::<T>(OPEN_MOTIONS - 1);
        let call = Box::new(T::BenchmarkHelper::call(b));
        #[extrinsic_call]
        propose(RawOrigin::Signed(T::BenchmarkHelper::proposer()), call);
        assert_eq!(Motions::<T>::get().len(), OPEN_MOTIONS as usize);
    }

    #[benchmark]
    fn vote() {
        open_motions::<T>(OPEN_MOTIONS);
        let first = Pallet::<T>::senate().into_iter().next().expect("the root network is full");
        let (motion, approve) = (OPEN_MOTIONS - 1, true);
        #[extrinsic_call]
        vote(RawOrigin::Signed(senators()), first, motion, approve);
        assert!(Motions::<T>::get().last().is_some_and(|motion| motion.votes.is_full()));
    }

    #[benchmark]
    fn close() {
        open_motions::<T>(OPEN_MOTIONS);
        let motion = OPEN_MOTIONS - 1;
        #[extrinsic_call]
        close(RawOrigin::Signed(senators()), motion);
        let executed = Event::<T>::Executed { motion, result: Ok(()) };
        frame_system::Pallet::<T>::assert_last_event(executed.into());
    }
}
