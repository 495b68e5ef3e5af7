//! Seats in a subnet: registration by burn, uids, axons.
//!
//! A registration burns the floating price, which lowers issuance so that it can be minted again. A full subnet gives
//! the seat of the neuron that earned least to the newcomer; hooks tell the other pallets to forget the old one.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod burn;
pub use burn::{BurnPrice, HALF_LIFE};
pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use super::BurnPrice;
    use alloc::vec::Vec;
    use chain_traits::{HotkeyOwners, HyperparamsOf, LastEmissions, Neurons, OnSeatTaken, OnSubnetRemoved, Subnets};
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, Mutate},
            tokens::{Fortitude, Precision, Preservation},
        },
    };
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, Axon, AxonError, BlockNumber, Hyperparams, NetUid, Uid, MAX_UIDS};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Currency: Inspect<AccountId, Balance = Amount> + Mutate<AccountId>;
        type Subnets: Subnets;
        type Hyperparams: HyperparamsOf;
        type Hotkeys: HotkeyOwners;
        type LastEmissions: LastEmissions;
        type OnSeatTaken: OnSeatTaken;
    }

    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Seat {
        pub hotkey: AccountId,
        pub registered_at: BlockNumber,
        pub axon: Option<Served>,
    }

    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Served {
        pub axon: Axon,
        pub block: BlockNumber,
    }

    /// Registrations of one subnet in one block.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Admitted {
        pub block: BlockNumber,
        pub count: u16,
    }

    /// Uids count from 0 without gaps.
    #[pallet::storage]
    pub type Seats<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Seat>;

    #[pallet::storage]
    pub type Uids<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Blake2_128Concat, AccountId, Uid>;

    #[pallet::storage]
    pub type Count<T> = StorageMap<_, Twox64Concat, NetUid, u16, ValueQuery>;

    #[pallet::storage]
    pub type Burn<T> = StorageMap<_, Twox64Concat, NetUid, BurnPrice>;

    #[pallet::storage]
    pub type Admissions<T> = StorageMap<_, Twox64Concat, NetUid, Admitted, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Registered { netuid: NetUid, uid: Uid, hotkey: AccountId, burned: Amount, replaced: Option<AccountId> },
        AxonServed { netuid: NetUid, uid: Uid, axon: Axon },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// The subnet's owner has closed registration; ask the owner or choose another subnet.
        RegistrationClosed,
        /// This hotkey already has a seat in this subnet; one hotkey holds one uid.
        AlreadyRegistered,
        /// This hotkey has no seat in this subnet; `plexus register` gets it one.
        NotRegistered,
        /// This block took all the registrations that the subnet admits in one; send it again for the next block.
        TooManyRegistrationsThisBlock,
        /// The price rose above the maximum that you would pay; see it with `plexus subnet show` and raise `--max-burn`.
        PriceAboveMaximum,
        /// The coldkey cannot pay the registration; `plexus subnet show` tells the price, `plexus balance` what you have.
        CannotPayBurn,
        /// Every seat belongs to the subnet's owner, so none can be replaced.
        NoReplaceableSeat,
        /// The last axon announcement is too recent; wait for the subnet's serving_rate_limit to pass.
        ServedTooSoon,
        /// An axon needs a port from 1 to 65,535.
        ZeroPort,
        /// An axon needs an address that others can dial: not 0.0.0.0, :: or multicast. Give it with `--external`.
        UnusableIp,
    }

    impl<T> From<AxonError> for Error<T> {
        fn from(error: AxonError) -> Self {
            match error {
                AxonError::ZeroPort => Self::ZeroPort,
                AxonError::UnusableIp => Self::UnusableIp,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Burns the current price, at most `max_burn`, from the sender for a seat of `hotkey`.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::register_weight(MAX_UIDS))]
        pub fn register(
            origin: OriginFor<T>,
            netuid: NetUid,
            hotkey: AccountId,
            max_burn: Amount,
        ) -> DispatchResultWithPostInfo {
            let coldkey = ensure_signed(origin)?;
            ensure!(T::Subnets::exists(netuid), Error::<T>::NoSuchSubnet);
            ensure!(!Uids::<T>::contains_key(netuid, &hotkey), Error::<T>::AlreadyRegistered);
            let params = T::Hyperparams::hyperparams(netuid);
            ensure!(params.registration_allowed, Error::<T>::RegistrationClosed);
            Self::count_admission(netuid, &params)?;
            T::Hotkeys::claim(&hotkey, &coldkey)?;

            let burned = Self::burn_price(netuid, &params);
            ensure!(burned <= max_burn, Error::<T>::PriceAboveMaximum);
            T::Currency::burn_from(&coldkey, burned, Preservation::Preserve, Precision::Exact, Fortitude::Polite)
                .map_err(|_| Error::<T>::CannotPayBurn)?;
            Burn::<T>::insert(netuid, BurnPrice::after(burned, T::Clock::current_block_number()));

            let (uid, replaced) = Self::take_seat(netuid, &hotkey, &params)?;
            Self::deposit_event(Event::Registered { netuid, uid, hotkey, burned, replaced });
            Ok(Some(Self::register_weight(Count::<T>::get(netuid).into())).into())
        }

        /// Announces where the sender's hotkey serves; free for who holds a seat.
        #[pallet::call_index(1)]
        #[pallet::weight(T::DbWeight::get().reads_writes(4, 1))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, axon: &Axon| -> bool {
            Pallet::<T>::may_serve(origin.clone(), *netuid, axon).is_ok()
        })]
        pub fn serve_axon(origin: OriginFor<T>, netuid: NetUid, axon: Axon) -> DispatchResult {
            let uid = Self::may_serve(origin, netuid, &axon)?;
            let block = T::Clock::current_block_number();
            Seats::<T>::try_mutate(netuid, uid, |seat| {
                seat.as_mut().map(|seat| seat.axon = Some(Served { axon, block })).ok_or(Error::<T>::NotRegistered)
            })?;
            Self::deposit_event(Event::AxonServed { netuid, uid, axon });
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
            for netuid in T::Subnets::netuids() {
                let count = Count::<T>::get(netuid);
                ensure!(Seats::<T>::iter_prefix(netuid).count() == usize::from(count), "a seat too many or too few");
                for uid in 0..count {
                    let seat = Seats::<T>::get(netuid, uid).ok_or("uids have a gap")?;
                    ensure!(Uids::<T>::get(netuid, &seat.hotkey) == Some(uid), "uid and hotkey do not match");
                    ensure!(T::Hotkeys::coldkey_of(&seat.hotkey).is_some(), "a seated hotkey belongs to nobody");
                }
            }
            Ok(())
        }

        /// Base units that a registration burns now.
        pub fn burn_price(netuid: NetUid, params: &Hyperparams) -> Amount {
            let now = T::Clock::current_block_number();
            Burn::<T>::get(netuid).map_or(params.min_burn, |last| last.at(now, params))
        }

        /// A full subnet looks at every seat to find the one to give away.
        fn register_weight(seats: u32) -> Weight {
            T::DbWeight::get().reads_writes(u64::from(seats) + 12, 16)
        }

        fn count_admission(netuid: NetUid, params: &Hyperparams) -> Result<(), Error<T>> {
            let block = T::Clock::current_block_number();
            let admitted = Admissions::<T>::get(netuid);
            let so_far = if admitted.block == block { admitted.count } else { 0 };
            ensure!(so_far < params.max_registrations_per_block, Error::<T>::TooManyRegistrationsThisBlock);
            let count = so_far.checked_add(1).ok_or(Error::<T>::TooManyRegistrationsThisBlock)?;
            Admissions::<T>::insert(netuid, Admitted { block, count });
            Ok(())
        }

        /// The next free uid, or the seat of the neuron that deserves it least; who sat there comes second.
        fn take_seat(
            netuid: NetUid,
            hotkey: &AccountId,
            params: &Hyperparams,
        ) -> Result<(Uid, Option<AccountId>), Error<T>> {
            let count = Count::<T>::get(netuid);
            let (uid, replaced) = if count < params.max_uids {
                Count::<T>::insert(netuid, count.checked_add(1).ok_or(Error::<T>::NoReplaceableSeat)?);
                (count, None)
            } else {
                let uid = Self::least_deserving(netuid, params).ok_or(Error::<T>::NoReplaceableSeat)?;
                (uid, Self::vacate(netuid, uid))
            };
            let registered_at = T::Clock::current_block_number();
            Seats::<T>::insert(netuid, uid, Seat { hotkey: hotkey.clone(), registered_at, axon: None });
            Uids::<T>::insert(netuid, hotkey, uid);
            // A hotkey holds no balance, yet it signs: its seats are what keeps its account alive.
            frame_system::Pallet::<T>::inc_providers(hotkey);
            T::OnSeatTaken::on_seat_taken(netuid, uid);
            Ok((uid, replaced))
        }

        /// Lowest last emission among those out of immunity, else among all; ties: oldest registration, lowest uid.
        fn least_deserving(netuid: NetUid, params: &Hyperparams) -> Option<Uid> {
            let now = T::Clock::current_block_number();
            let owner_hotkey = T::Subnets::owner_hotkey(netuid);
            let emissions = T::LastEmissions::last_emissions(netuid);
            (0..)
                .zip(Self::seats(netuid))
                .filter(|(_, (hotkey, _))| Some(hotkey) != owner_hotkey.as_ref())
                .min_by_key(|(uid, (_, registered_at))| {
                    let immune = now.checked_sub(*registered_at).is_none_or(|age| age < params.immunity_period);
                    let emission = emissions.get(usize::from(*uid)).copied().unwrap_or_default();
                    (immune, emission, *registered_at, *uid)
                })
                .map(|(uid, _)| uid)
        }

        fn vacate(netuid: NetUid, uid: Uid) -> Option<AccountId> {
            let hotkey = Seats::<T>::take(netuid, uid)?.hotkey;
            Uids::<T>::remove(netuid, &hotkey);
            // Nothing else refers to a hotkey's account, so giving the reference back cannot fail.
            let _ = frame_system::Pallet::<T>::dec_providers(&hotkey);
            Some(hotkey)
        }

        fn may_serve(origin: OriginFor<T>, netuid: NetUid, axon: &Axon) -> Result<Uid, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            let uid = Uids::<T>::get(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            axon.validate().map_err(Error::<T>::from)?;
            let served = Seats::<T>::get(netuid, uid).and_then(|seat| seat.axon);
            let now = T::Clock::current_block_number();
            let limit = T::Hyperparams::hyperparams(netuid).serving_rate_limit;
            let rested = served.is_none_or(|last| now.checked_sub(last.block).is_some_and(|gone| gone >= limit));
            ensure!(rested, Error::<T>::ServedTooSoon);
            Ok(uid)
        }
    }

    impl<T: Config> Neurons for Pallet<T> {
        fn count(netuid: NetUid) -> u16 {
            Count::<T>::get(netuid)
        }

        fn uid_of(netuid: NetUid, hotkey: &AccountId) -> Option<Uid> {
            Uids::<T>::get(netuid, hotkey)
        }

        fn seats(netuid: NetUid) -> Vec<(AccountId, BlockNumber)> {
            (0..Count::<T>::get(netuid))
                .filter_map(|uid| Seats::<T>::get(netuid, uid))
                .map(|seat| (seat.hotkey, seat.registered_at))
                .collect()
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) {
            for uid in 0..Count::<T>::take(netuid) {
                Self::vacate(netuid, uid);
            }
            Burn::<T>::remove(netuid);
            Admissions::<T>::remove(netuid);
        }
    }
}
