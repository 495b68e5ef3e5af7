//! Measures what the pallet's calls do, through the pallets that the runtime gives it.

use crate::{Call, Config, CreationRules, NetUids, Pallet, Registry, Rules, Subnet};
use frame_benchmarking::v2::*;
use frame_support::BoundedVec;
use frame_system::RawOrigin;
use primitives::{AccountId, NetUid, SubnetIdentity, MAX_SUBNETS, MAX_UIDS};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    /// Tokens for any lock.
    fn fund(owner: &AccountId);
    fn add_emission(netuid: NetUid);
    /// Seats of which each has all that a seat can have, and full root weights for the subnet.
    fn add_seats(netuid: NetUid, seats: u32);
}

fn owner() -> AccountId {
    account("owner", 0, 0)
}

/// So many subnets on a network that allows more at any time.
fn create_many<T: Config>(subnets: u32) {
    let max_subnets = MAX_SUBNETS as u16;
    Rules::<T>::put(CreationRules { interval: 0, immunity: 0, max_subnets, ..Default::default() });
    for netuid in (1..=subnets as u16).map(NetUid) {
        let subnet = Subnet { owner: owner(), owner_hotkey: account("hotkey", 0, 0), locked: 0, created_at: 0 };
        Registry::<T>::insert(netuid, subnet);
        T::BenchmarkHelper::add_emission(netuid);
    }
    NetUids::<T>::put(BoundedVec::truncate_from((1..=subnets as u16).map(NetUid).collect()));
}

fn create_by_call<T: Config>() -> Result<(), BenchmarkError> {
    T::BenchmarkHelper::fund(&owner());
    Pallet::<T>::create(RawOrigin::Signed(owner()).into(), account("hotkey", 1, 0)).map_err(|failure| failure.error)?;
    Ok(())
}

/// The last of the most subnets that there can be.
fn create_last<T: Config>() -> Result<NetUid, BenchmarkError> {
    create_many::<T>(MAX_SUBNETS - 1);
    create_by_call::<T>()?;
    Ok(NetUid(MAX_SUBNETS as u16))
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn create(s: Linear<0, { MAX_SUBNETS - 1 }>) {
        create_many::<T>(s);
        T::BenchmarkHelper::fund(&owner());
        #[extrinsic_call]
        create(RawOrigin::Signed(owner()), account("hotkey", 1, 0));
        assert_eq!(NetUids::<T>::get().len() as u32, s + 1);
    }

    #[benchmark]
    fn least_earning(s: Linear<1, MAX_SUBNETS>) {
        create_many::<T>(s);
        let rules = Rules::<T>::get();
        let found;
        #[block]
        {
            found = Pallet::<T>::least_earning(&rules, 1);
        }
        assert!(found.is_some());
    }

    #[benchmark]
    fn dissolve(s: Linear<0, MAX_UIDS>) -> Result<(), BenchmarkError> {
        let netuid = create_last::<T>()?;
        T::BenchmarkHelper::add_seats(netuid, s);
        #[extrinsic_call]
        dissolve(RawOrigin::Signed(owner()), netuid);
        assert!(!Registry::<T>::contains_key(netuid));
        Ok(())
    }
    #[benchmark]
    fn describe() -> Result<(), BenchmarkError> {
        create_by_call::<T>()?;
        frame_system::Pallet::<T>::set_block_number(1_000u32.into());
        let [name, url, description, contact] = SubnetIdentity::MOST.map(|most| "x".repeat(most as usize));
        let identity = SubnetIdentity { name, url, description, contact };
        #[extrinsic_call]
        _(RawOrigin::Signed(owner()), NetUid(1), identity.clone());
        assert_eq!(Pallet::<T>::identity(NetUid(1)), identity);
        Ok(())
    }
}
