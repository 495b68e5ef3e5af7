//! Measures what the pallet does in a block, through the pallets that the runtime gives it.

use crate::{Config, Pallet, Pending};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::Hooks;
use frame_system::pallet_prelude::BlockNumberFor;
use primitives::{NetUid, MAX_SUBNETS};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// A subnet that has started.
    fn create_subnet(netuid: NetUid);
    /// What each subnet gets of a block, in netuid order.
    fn set_shares(shares: Vec<(NetUid, u64)>);
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn mint(s: Linear<0, { MAX_SUBNETS }>) {
        let netuids = || (1..=s as u16).map(NetUid);
        netuids().for_each(T::BenchmarkHelper::create_subnet);
        T::BenchmarkHelper::set_shares(netuids().map(|netuid| (netuid, 1_000 + u64::from(netuid.0))).collect());
        #[block]
        {
            Pallet::<T>::on_initialize(BlockNumberFor::<T>::from(1u32));
        }
        assert!(netuids().all(|netuid| Pending::<T>::get(netuid) > 0));
    }
}
