//! Measures what the pallet's calls do, through the pallets that the runtime gives it.

use crate::{
    pallet::{Served, Spent, MOST_SPENT},
    Call, Config, Count, Pallet, Seat, Seats, SpentWork, Uids,
};
use chain_traits::HotkeyOwners;
use frame_benchmarking::v2::*;
use frame_support::{dispatch::CheckIfFeeless, traits::UnfilteredDispatchable, BoundedVec};
use frame_system::{pallet_prelude::*, RawOrigin};
use primitives::{AccountId, Amount, Axon, BlockNumber, Hyperparams, IpAddress, NetUid, Uid, H256, MAX_UIDS};

/// Puts into the other pallets what a benchmark finds there.
pub trait BenchmarkHelper {
    fn create_subnet(netuid: NetUid, params: Hyperparams);
    /// Tokens for any seat.
    fn fund(coldkey: &AccountId);
    /// As many seats have been paid by an epoch, the last of them least; it also left behind all that a seat can in
    /// other pallets.
    fn run_epoch(netuid: NetUid, seats: u16);
}

const SUBNET: NetUid = NetUid(1);
const NOW: BlockNumber = 1_000;
const AXON: Axon = Axon { ip: IpAddress::V6([1; 16]), port: 9, version: 1 };

fn hotkey(uid: Uid) -> AccountId {
    account("hotkey", uid.into(), 0)
}

/// Who registers, and for which hotkey.
fn newcomer<T: Config>() -> (AccountId, AccountId) {
    let coldkey = account("newcomer", 0, 0);
    T::BenchmarkHelper::fund(&coldkey);
    (coldkey, account("newcomer", 1, 0))
}

/// A subnet where any hash is worth a seat, of which so many are taken and so many exist.
fn create<T: Config>(taken: u32, seats: u32) {
    frame_system::Pallet::<T>::set_block_number(NOW.into());
    let params = Hyperparams { max_uids: seats as u16, min_difficulty: 1, ..Default::default() };
    T::BenchmarkHelper::create_subnet(SUBNET, params);
    for uid in 0..taken as u16 {
        let served = || Some(Served { axon: AXON, block: 0 });
        let seat = Seat { hotkey: hotkey(uid), registered_at: 0, axon: served(), prometheus: served() };
        Seats::<T>::insert(SUBNET, uid, seat);
        Uids::<T>::insert(SUBNET, hotkey(uid), uid);
        frame_system::Pallet::<T>::inc_sufficients(&hotkey(uid));
        T::Hotkeys::claim(&hotkey(uid), &account("coldkey", uid.into(), 0)).expect("the hotkey is free");
    }
    Count::<T>::insert(SUBNET, taken as u16);
    T::BenchmarkHelper::run_epoch(SUBNET, taken as u16);
}

/// Dispatches a call after finding out that it is free.
fn dispatch_for_free<T: Config>(call: Call<T>, signer: AccountId) -> Result<(), BenchmarkError> {
    let origin: OriginFor<T> = RawOrigin::Signed(signer).into();
    assert!(call.is_feeless(&origin));
    call.dispatch_bypass_filter(origin).map_err(|failure| failure.error)?;
    Ok(())
}

/// A registration by work, with as many proofs before it as can be.
fn work<T: Config>(hotkey: AccountId) -> Call<T> {
    let spent = |number| Spent { block: NOW - 1, seal: H256::repeat_byte(number) };
    SpentWork::<T>::insert(SUBNET, BoundedVec::truncate_from((1..MOST_SPENT as u8).map(spent).collect()));
    Call::register_pow { netuid: SUBNET, hotkey, block_number: NOW - 1, nonce: 0 }
}

#[benchmarks]
mod benches {
    use super::*;

    #[benchmark]
    fn register() {
        create::<T>(MAX_UIDS - 1, MAX_UIDS);
        let (coldkey, hotkey) = newcomer::<T>();
        #[extrinsic_call]
        register(RawOrigin::Signed(coldkey), SUBNET, hotkey.clone(), Amount::MAX);
        assert_eq!(Uids::<T>::get(SUBNET, hotkey), Some(MAX_UIDS as u16 - 1));
    }

    #[benchmark]
    fn register_in_place(n: Linear<2, MAX_UIDS>) {
        create::<T>(n, n);
        let (coldkey, hotkey) = newcomer::<T>();
        #[extrinsic_call]
        register(RawOrigin::Signed(coldkey), SUBNET, hotkey.clone(), Amount::MAX);
        assert_eq!(Uids::<T>::get(SUBNET, hotkey), Some(n as u16 - 1));
    }

    #[benchmark]
    fn register_pow() -> Result<(), BenchmarkError> {
        create::<T>(MAX_UIDS - 1, MAX_UIDS);
        let (coldkey, hotkey) = newcomer::<T>();
        let call = work::<T>(hotkey.clone());
        #[block]
        {
            dispatch_for_free(call, coldkey)?;
        }
        assert_eq!(Uids::<T>::get(SUBNET, hotkey), Some(MAX_UIDS as u16 - 1));
        Ok(())
    }

    #[benchmark]
    fn register_pow_in_place(n: Linear<2, MAX_UIDS>) -> Result<(), BenchmarkError> {
        create::<T>(n, n);
        let (coldkey, hotkey) = newcomer::<T>();
        let call = work::<T>(hotkey.clone());
        #[block]
        {
            dispatch_for_free(call, coldkey)?;
        }
        assert_eq!(Uids::<T>::get(SUBNET, hotkey), Some(n as u16 - 1));
        Ok(())
    }

    #[benchmark]
    fn serve_axon() -> Result<(), BenchmarkError> {
        create::<T>(1, MAX_UIDS);
        let call = Call::serve_axon { netuid: SUBNET, axon: AXON };
        #[block]
        {
            dispatch_for_free::<T>(call, hotkey(0))?;
        }
        let seat = Seats::<T>::get(SUBNET, 0);
        assert_eq!(seat.and_then(|seat| seat.axon).map(|served| served.block), Some(NOW));
        Ok(())
    }

    #[benchmark]
    fn serve_prometheus() -> Result<(), BenchmarkError> {
        create::<T>(1, MAX_UIDS);
        let call = Call::serve_prometheus { netuid: SUBNET, endpoint: AXON };
        #[block]
        {
            dispatch_for_free::<T>(call, hotkey(0))?;
        }
        let seat = Seats::<T>::get(SUBNET, 0);
        assert_eq!(seat.and_then(|seat| seat.prometheus).map(|served| served.block), Some(NOW));
        Ok(())
    }
}
