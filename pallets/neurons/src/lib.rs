//! Seats in a subnet: registration by burn or by work, uids, axons.
//!
//! A registration burns the floating price, which lowers issuance so that it can be minted again, or shows a proof of
//! work, whose difficulty floats by the same law. A full subnet gives the seat of the neuron that earned least to the
//! newcomer; hooks tell the other pallets to forget the old one.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod admission;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod price;
mod quote;
mod weights;
mod work;

pub use admission::Admitted;
#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use price::{Law, Price};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{
        admission::{Admitted, Full},
        price::{Law, Price},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use chain_traits::{
        HotkeyOwners, HyperparamsOf, LastEmissions, Neurons, OnHotkeySwapped, OnSeatTaken, OnSubnetRemoved, Subnets,
    };
    use frame_support::{
        dispatch::WithPostDispatchInfo,
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, Mutate},
            tokens::{Fortitude, Precision, Preservation},
        },
    };
    use frame_system::pallet_prelude::*;
    use primitives::{
        has_rested, AccountId, Amount, Axon, AxonError, BlockNumber, Hyperparams, NetUid, Uid, H256, MAX_UIDS,
    };
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId, Hash = H256>
    {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Currency: Inspect<AccountId, Balance = Amount> + Mutate<AccountId>;
        type Subnets: Subnets;
        type Hyperparams: HyperparamsOf;
        type Hotkeys: HotkeyOwners;
        type LastEmissions: LastEmissions;
        type OnSeatTaken: OnSeatTaken;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Seat {
        pub hotkey: AccountId,
        pub registered_at: BlockNumber,
        pub axon: Option<Served>,
        pub prometheus: Option<Served>,
    }

    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Served {
        pub axon: Axon,
        pub block: BlockNumber,
    }

    /// A proof of work that has bought a seat.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Spent {
        /// The block whose hash was worked on.
        pub block: BlockNumber,
        pub seal: H256,
    }

    /// The most proofs that one subnet remembers, and so accepts, while they could be used a second time.
    pub(crate) const MOST_SPENT: u32 = 64;

    /// Uids count from 0 without gaps.
    #[pallet::storage]
    pub type Seats<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Seat>;

    #[pallet::storage]
    pub type Uids<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Blake2_128Concat, AccountId, Uid>;

    #[pallet::storage]
    pub type Count<T> = StorageMap<_, Twox64Concat, NetUid, u16, ValueQuery>;

    #[pallet::storage]
    pub type Burn<T> = StorageMap<_, Twox64Concat, NetUid, Price>;

    #[pallet::storage]
    pub type Difficulty<T> = StorageMap<_, Twox64Concat, NetUid, Price>;

    /// The latest proofs of work, so that none buys a second seat while its block is young enough.
    #[pallet::storage]
    pub type SpentWork<T> = StorageMap<_, Twox64Concat, NetUid, BoundedVec<Spent, ConstU32<MOST_SPENT>>, ValueQuery>;

    #[pallet::storage]
    pub type Admissions<T> = StorageMap<_, Twox64Concat, NetUid, Admitted, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Registered { netuid: NetUid, uid: Uid, hotkey: AccountId, burned: Amount, replaced: Option<AccountId> },
        RegisteredByWork { netuid: NetUid, uid: Uid, hotkey: AccountId, difficulty: u64, replaced: Option<AccountId> },
        AxonServed { netuid: NetUid, uid: Uid, axon: Axon },
        PrometheusServed { netuid: NetUid, uid: Uid, endpoint: Axon },
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
        /// This interval took three times the subnet's target_registrations_per_interval; `plexus subnet price` tells the block in which it ends.
        TooManyRegistrationsThisInterval,
        /// The price rose above the maximum that you would pay; see it with `plexus subnet show` and raise `--max-burn`.
        PriceAboveMaximum,
        /// The coldkey cannot pay the registration; `plexus subnet show` tells the price, `plexus balance` what you have.
        CannotPayBurn,
        /// This subnet takes no proofs of work; leave out `--pow` and pay the price instead.
        WorkNotAllowed,
        /// The proof of work is for a block that is too old or unknown here; `plexus register --pow` works for a newer one.
        StaleWork,
        /// The proof of work is not worth the present difficulty, or is for other keys; `plexus register --pow` makes a fitting one.
        WorthlessWork,
        /// This proof of work has bought a seat before; each one buys one seat, so work again.
        WorkSpent,
        /// Every seat belongs to the subnet's owner, so none can be replaced; choose another subnet.
        NoReplaceableSeat,
        /// The last announcement is too recent; wait for the subnet's serving_rate_limit to pass.
        ServedTooSoon,
        /// An endpoint needs a port; choose one from 1 to 65,535.
        ZeroPort,
        /// An endpoint needs an address that others can dial: not 0.0.0.0, :: or multicast. Give it with `--external`.
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
        /// Burns the current price, at most `max_burn`, from the sender for a seat of `hotkey`: whoever is overtaken by
        /// other registrations pays no more than that, or nothing.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register().max(T::WeightInfo::register_in_place(MAX_UIDS)))]
        pub fn register(
            origin: OriginFor<T>,
            netuid: NetUid,
            hotkey: AccountId,
            max_burn: Amount,
        ) -> DispatchResultWithPostInfo {
            let coldkey = ensure_signed(origin)?;
            let replaced = Self::buy(coldkey, netuid, hotkey, max_burn)
                .map_err(|error| error.with_weight(T::WeightInfo::register()))?;
            let seats = Count::<T>::get(netuid).into();
            Ok(Some(if replaced { T::WeightInfo::register_in_place(seats) } else { T::WeightInfo::register() }).into())
        }

        /// Announces where the sender's hotkey serves; free for who holds a seat.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::serve_axon())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, axon: &Axon| -> bool {
            Pallet::<T>::may_serve(origin.clone(), *netuid, axon, |seat| &seat.axon).is_ok()
        })]
        pub fn serve_axon(origin: OriginFor<T>, netuid: NetUid, axon: Axon) -> DispatchResult {
            let (uid, mut seat) = Self::may_serve(origin, netuid, &axon, |seat| &seat.axon)?;
            seat.axon = Some(Served { axon, block: T::Clock::current_block_number() });
            Seats::<T>::insert(netuid, uid, seat);
            Self::deposit_event(Event::AxonServed { netuid, uid, axon });
            Ok(())
        }

        /// Takes a seat for `hotkey` in exchange for work: the seal of the [`Work`] for the block `block_number` with
        /// `nonce` must be worth the current difficulty. Free of fees for whoever succeeds; like every signer, the
        /// coldkey must be an account that exists.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::register_pow().max(T::WeightInfo::register_pow_in_place(MAX_UIDS)))]
        #[pallet::feeless_if(|
            origin: &OriginFor<T>, netuid: &NetUid, hotkey: &AccountId, block_number: &BlockNumber, nonce: &u64,
        | -> bool {
            Pallet::<T>::registers_for_free(origin.clone(), *netuid, hotkey, *block_number, *nonce)
        })]
        pub fn register_pow(
            origin: OriginFor<T>,
            netuid: NetUid,
            hotkey: AccountId,
            block_number: BlockNumber,
            nonce: u64,
        ) -> DispatchResultWithPostInfo {
            let coldkey = ensure_signed(origin)?;
            let replaced = Self::work_for(coldkey, netuid, hotkey, block_number, nonce)
                .map_err(|error| error.with_weight(T::WeightInfo::register_pow()))?;
            let seats = Count::<T>::get(netuid).into();
            Ok(Some(if replaced { T::WeightInfo::register_pow_in_place(seats) } else { T::WeightInfo::register_pow() })
                .into())
        }

        /// Announces where the sender's hotkey shows its metrics, under the rules and at the pace of an axon.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::serve_prometheus())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, endpoint: &Axon| -> bool {
            Pallet::<T>::may_serve(origin.clone(), *netuid, endpoint, |seat| &seat.prometheus).is_ok()
        })]
        pub fn serve_prometheus(origin: OriginFor<T>, netuid: NetUid, endpoint: Axon) -> DispatchResult {
            let (uid, mut seat) = Self::may_serve(origin, netuid, &endpoint, |seat| &seat.prometheus)?;
            seat.prometheus = Some(Served { axon: endpoint, block: T::Clock::current_block_number() });
            Seats::<T>::insert(netuid, uid, seat);
            Self::deposit_event(Event::PrometheusServed { netuid, uid, endpoint });
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
            let subnets = T::Subnets::netuids();
            let known = |netuid: NetUid| subnets.contains(&netuid);
            ensure!(Burn::<T>::iter_keys().all(known), "a price of seats in a subnet that does not exist");
            ensure!(Difficulty::<T>::iter_keys().all(known), "a difficulty in a subnet that does not exist");
            ensure!(SpentWork::<T>::iter_keys().all(known), "spent work in a subnet that does not exist");
            ensure!(Admissions::<T>::iter_keys().all(known), "registrations in a subnet that does not exist");
            for netuid in T::Subnets::netuids() {
                let count = Count::<T>::get(netuid);
                ensure!(Seats::<T>::iter_prefix(netuid).count() == usize::from(count), "a seat too many or too few");
                for uid in 0..count {
                    let seat = Seats::<T>::get(netuid, uid).ok_or("uids have a gap")?;
                    ensure!(Uids::<T>::get(netuid, &seat.hotkey) == Some(uid), "uid and hotkey do not match");
                    ensure!(T::Hotkeys::coldkey_of(&seat.hotkey).is_some(), "a seated hotkey belongs to nobody");
                    ensure!(frame_system::Pallet::<T>::sufficients(&seat.hotkey) > 0, "a seated hotkey cannot sign");
                }
            }
            Ok(())
        }

        /// Base units that a registration burns now.
        pub fn burn_price(netuid: NetUid, params: &Hyperparams) -> Amount {
            Self::burn_price_at(netuid, params, T::Clock::current_block_number())
        }

        /// The same in the block `at`, if nobody registers before.
        pub(crate) fn burn_price_at(netuid: NetUid, params: &Hyperparams, at: BlockNumber) -> Amount {
            Law::of_burn(params).at(Burn::<T>::get(netuid).as_ref(), at)
        }

        /// Hashes that a registration by work takes now, on average.
        pub fn difficulty(netuid: NetUid, params: &Hyperparams) -> u64 {
            Self::difficulty_at(netuid, params, T::Clock::current_block_number())
        }

        /// The same in the block `at`, if nobody registers by work before.
        pub(crate) fn difficulty_at(netuid: NetUid, params: &Hyperparams, at: BlockNumber) -> u64 {
            Law::of_difficulty(params).at(Difficulty::<T>::get(netuid).as_ref(), at)
        }

        /// Gives `hotkey` a seat for the present price; returns whether another one lost it.
        fn buy(coldkey: AccountId, netuid: NetUid, hotkey: AccountId, max_burn: Amount) -> Result<bool, DispatchError> {
            let (params, admitted) = Self::may_register(netuid, &hotkey)?;
            Admissions::<T>::insert(netuid, admitted);
            T::Hotkeys::claim(&hotkey, &coldkey)?;

            let burned = Self::burn_price(netuid, &params);
            ensure!(burned <= max_burn, Error::<T>::PriceAboveMaximum);
            T::Currency::burn_from(&coldkey, burned, Preservation::Preserve, Precision::Exact, Fortitude::Polite)
                .map_err(|_| Error::<T>::CannotPayBurn)?;
            Burn::<T>::insert(netuid, Law::of_burn(&params).after(burned, T::Clock::current_block_number()));

            let (uid, replaced) = Self::take_seat(netuid, &hotkey, &params)?;
            let is_replacing = replaced.is_some();
            Self::deposit_event(Event::Registered { netuid, uid, hotkey, burned, replaced });
            Ok(is_replacing)
        }

        /// Gives `hotkey` a seat for a proof of work; returns whether another one lost it.
        fn work_for(
            coldkey: AccountId,
            netuid: NetUid,
            hotkey: AccountId,
            block_number: BlockNumber,
            nonce: u64,
        ) -> Result<bool, DispatchError> {
            let (params, admitted) = Self::may_register(netuid, &hotkey)?;
            let (difficulty, seal) = Self::check_work(netuid, &params, &hotkey, &coldkey, block_number, nonce)?;
            Admissions::<T>::insert(netuid, admitted);
            Self::spend(netuid, Spent { block: block_number, seal })?;
            T::Hotkeys::claim(&hotkey, &coldkey)?;
            let raised = Law::of_difficulty(&params).after(difficulty, T::Clock::current_block_number());
            Difficulty::<T>::insert(netuid, raised);

            let (uid, replaced) = Self::take_seat(netuid, &hotkey, &params)?;
            let is_replacing = replaced.is_some();
            Self::deposit_event(Event::RegisteredByWork { netuid, uid, hotkey, difficulty, replaced });
            Ok(is_replacing)
        }

        /// What stands before every registration: the subnet's parameters and its counts with this one.
        pub(crate) fn may_register(netuid: NetUid, hotkey: &AccountId) -> Result<(Hyperparams, Admitted), Error<T>> {
            ensure!(T::Subnets::exists(netuid), Error::<T>::NoSuchSubnet);
            ensure!(!Uids::<T>::contains_key(netuid, hotkey), Error::<T>::AlreadyRegistered);
            let params = T::Hyperparams::hyperparams(netuid);
            let admitted = Self::admit(netuid, &params, T::Clock::current_block_number())?;
            Ok((params, admitted))
        }

        /// The subnet's counts with one more registration in the block `at`.
        pub(crate) fn admit(netuid: NetUid, params: &Hyperparams, at: BlockNumber) -> Result<Admitted, Error<T>> {
            ensure!(params.registration_allowed, Error::<T>::RegistrationClosed);
            Admissions::<T>::get(netuid).one_more(at, params).map_err(|full| match full {
                Full::Block => Error::<T>::TooManyRegistrationsThisBlock,
                Full::Interval => Error::<T>::TooManyRegistrationsThisInterval,
            })
        }

        /// Where a newcomer of the block `at` would sit, and whether somebody loses that seat.
        pub(crate) fn seat_for_newcomer(
            netuid: NetUid,
            params: &Hyperparams,
            at: BlockNumber,
        ) -> Result<(Uid, bool), Error<T>> {
            let count = Count::<T>::get(netuid);
            if count < params.max_uids {
                return Ok((count, false));
            }
            let uid = Self::least_deserving(netuid, params, at).ok_or(Error::<T>::NoReplaceableSeat)?;
            Ok((uid, true))
        }

        /// The next free uid, or the seat of the neuron that deserves it least; who sat there comes second.
        fn take_seat(
            netuid: NetUid,
            hotkey: &AccountId,
            params: &Hyperparams,
        ) -> Result<(Uid, Option<AccountId>), Error<T>> {
            let registered_at = T::Clock::current_block_number();
            let (uid, is_taken) = Self::seat_for_newcomer(netuid, params, registered_at)?;
            let replaced = if is_taken {
                Self::vacate(netuid, uid)
            } else {
                Count::<T>::insert(netuid, uid.checked_add(1).ok_or(Error::<T>::NoReplaceableSeat)?);
                None
            };
            Seats::<T>::insert(
                netuid,
                uid,
                Seat { hotkey: hotkey.clone(), registered_at, axon: None, prometheus: None },
            );
            Uids::<T>::insert(netuid, hotkey, uid);
            // A hotkey holds no balance, yet it signs: its seats are what keeps its account alive.
            frame_system::Pallet::<T>::inc_sufficients(hotkey);
            T::OnSeatTaken::on_seat_taken(netuid, uid);
            Ok((uid, replaced))
        }

        /// Lowest last emission among those out of immunity, else among all; ties: oldest registration, lowest uid.
        fn least_deserving(netuid: NetUid, params: &Hyperparams, now: BlockNumber) -> Option<Uid> {
            let owner_hotkey = T::Subnets::owner_hotkey(netuid);
            let emissions = T::LastEmissions::last_emissions(netuid);
            (0..)
                .zip(Self::seats(netuid))
                .filter(|(_, (hotkey, _))| Some(hotkey) != owner_hotkey.as_ref())
                .min_by_key(|(uid, (_, registered_at))| {
                    let immune = !has_rested(Some(*registered_at), now, params.immunity_period);
                    let emission = emissions.get(usize::from(*uid)).copied().unwrap_or_default();
                    (immune, emission, *registered_at, *uid)
                })
                .map(|(uid, _)| uid)
        }

        fn vacate(netuid: NetUid, uid: Uid) -> Option<AccountId> {
            let hotkey = Seats::<T>::take(netuid, uid)?.hotkey;
            Uids::<T>::remove(netuid, &hotkey);
            frame_system::Pallet::<T>::dec_sufficients(&hotkey);
            Some(hotkey)
        }

        /// The seat of the sender, who may announce `endpoint` after what `last` finds there.
        fn may_serve(
            origin: OriginFor<T>,
            netuid: NetUid,
            endpoint: &Axon,
            last: fn(&Seat) -> &Option<Served>,
        ) -> Result<(Uid, Seat), DispatchError> {
            let hotkey = ensure_signed(origin)?;
            let uid = Uids::<T>::get(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            endpoint.validate().map_err(Error::<T>::from)?;
            let seat = Seats::<T>::get(netuid, uid).ok_or(Error::<T>::NotRegistered)?;
            let now = T::Clock::current_block_number();
            let limit = T::Hyperparams::hyperparams(netuid).serving_rate_limit;
            let last = last(&seat).as_ref().map(|served| served.block);
            ensure!(has_rested(last, now, limit), Error::<T>::ServedTooSoon);
            Ok((uid, seat))
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

    /// Seats keep their uids and what they announced: the operator restarts with the new key at the same place.
    impl<T: Config> OnHotkeySwapped for Pallet<T> {
        fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
            for netuid in T::Subnets::netuids() {
                let Some(uid) = Uids::<T>::take(netuid, old) else { continue };
                let seat = Seats::<T>::get(netuid, uid).ok_or(Error::<T>::NotRegistered)?;
                Seats::<T>::insert(netuid, uid, Seat { hotkey: new.clone(), ..seat });
                Uids::<T>::insert(netuid, new, uid);
                frame_system::Pallet::<T>::inc_sufficients(new);
                frame_system::Pallet::<T>::dec_sufficients(old);
            }
            Ok(())
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            let seats = Count::<T>::take(netuid);
            for uid in 0..seats {
                Self::vacate(netuid, uid);
            }
            Burn::<T>::remove(netuid);
            Difficulty::<T>::remove(netuid);
            SpentWork::<T>::remove(netuid);
            Admissions::<T>::remove(netuid);
            // Seat, uid and account of each hotkey, and what was removed above.
            3 * u32::from(seats) + 5
        }
    }
}
