//! Small data that a seat publishes about itself: the hash of the model that it serves, an endpoint, a key.
//!
//! The chain does not look into it. One entry a seat, replaced as a whole; it goes with the seat.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::WeightInfo;
    use alloc::vec::Vec;
    use chain_traits::{HyperparamsOf, Neurons, OnSeatTaken, OnSubnetRemoved};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{has_rested, AccountId, BlockNumber, Commitment, NetUid, Uid, MAX_COMMITMENT, MAX_UIDS};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Hyperparams: HyperparamsOf;
        type Neurons: Neurons;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Entry {
        pub block: BlockNumber,
        pub data: BoundedVec<u8, ConstU32<MAX_COMMITMENT>>,
    }

    /// By seat.
    #[pallet::storage]
    pub type Entries<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Entry>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Published { netuid: NetUid, uid: Uid, bytes: u32 },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This hotkey has no seat in this subnet; `plexus register` gets it one.
        NotRegistered,
        /// A commitment holds at most 512 bytes; publish a hash or an address of what is larger.
        TooLong,
        /// The last commitment is too recent; wait for the subnet's serving_rate_limit to pass.
        PublishedTooSoon,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces what the sender's seat says about itself; empty data takes it back. Free for who may publish now.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::publish(data.len() as u32))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, data: &Vec<u8>| -> bool {
            Pallet::<T>::may_publish(origin.clone(), *netuid, data).is_ok()
        })]
        pub fn publish(origin: OriginFor<T>, netuid: NetUid, data: Vec<u8>) -> DispatchResult {
            let uid = Self::may_publish(origin, netuid, &data)?;
            let bytes = data.len() as u32;
            let data = data.try_into().map_err(|_| Error::<T>::TooLong)?;
            Entries::<T>::insert(netuid, uid, Entry { block: T::Clock::current_block_number(), data });
            Self::deposit_event(Event::Published { netuid, uid, bytes });
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            let seated = |(netuid, uid): (NetUid, Uid)| uid < T::Neurons::count(netuid);
            ensure!(Entries::<T>::iter_keys().all(seated), "a commitment without a seat");
            Ok(())
        }

        /// What the seats of a subnet say about themselves, in uid order; those that say nothing are left out.
        pub fn of(netuid: NetUid) -> Vec<Commitment> {
            let seats = T::Neurons::seats(netuid).into_iter().zip(0..);
            let entry = |((hotkey, _), uid): ((AccountId, BlockNumber), Uid)| {
                let Entry { block, data } = Entries::<T>::get(netuid, uid)?;
                (!data.is_empty()).then(|| Commitment { uid, hotkey, block, data: data.into_inner() })
            };
            seats.filter_map(entry).collect()
        }

        /// The sender's uid, or the first rule that the call breaks.
        fn may_publish(origin: OriginFor<T>, netuid: NetUid, data: &[u8]) -> Result<Uid, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            let uid = T::Neurons::uid_of(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            ensure!(data.len() <= MAX_COMMITMENT as usize, Error::<T>::TooLong);
            let now = T::Clock::current_block_number();
            let limit = T::Hyperparams::hyperparams(netuid).serving_rate_limit;
            let last = Entries::<T>::get(netuid, uid).map(|entry| entry.block);
            ensure!(has_rested(last, now, limit), Error::<T>::PublishedTooSoon);
            Ok(uid)
        }
    }

    impl<T: Config> OnSeatTaken for Pallet<T> {
        fn on_seat_taken(netuid: NetUid, uid: Uid) {
            Entries::<T>::remove(netuid, uid);
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            // Bounded by the seats of one subnet, so one call removes all.
            Entries::<T>::clear_prefix(netuid, MAX_UIDS, None).unique
        }
    }
}
