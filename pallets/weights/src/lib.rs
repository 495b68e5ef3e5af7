//! What validators think of each neuron.
//!
//! One row a seat, replaced as a whole, stored scaled so that the largest entry is `u16::MAX`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod row;
pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use super::row;
    use alloc::vec::Vec;
    use chain_traits::{
        HyperparamsOf, Neurons, OnSeatTaken, OnSubnetRemoved, Permits, StakeWeight, Subnets, Upscale, WeightRows,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, BlockNumber, NetUid, Uid, WeightRow, MAX_UIDS};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Subnets: Subnets;
        type Hyperparams: HyperparamsOf;
        type Neurons: Neurons;
        type Stake: StakeWeight;
        type Permits: Permits;
        type Upscale: Upscale;
    }

    #[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Row {
        /// Block of the last setting, or of the registration while nothing was set.
        pub set_at: BlockNumber,
        pub entries: BoundedVec<(Uid, u16), ConstU32<MAX_UIDS>>,
    }

    #[pallet::storage]
    pub type Rows<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Row, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        WeightsSet { netuid: NetUid, uid: Uid },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// There must be as many values as uids, one for each.
        LengthMismatch,
        /// This hotkey has no seat in this subnet; `plexus register` gets it one.
        NotRegistered,
        /// The hotkey's stake is below the subnet's stake_threshold; add stake with `plexus stake add`.
        NotEnoughStake,
        /// The subnet asks for a newer weights_version; update your validator.
        OutdatedVersion,
        /// The last setting is too recent; wait for the subnet's weights_rate_limit to pass.
        SetTooSoon,
        /// Only the validators with most stake may set weights for others; add stake and wait for the next epoch to get a permit.
        NoPermit,
        /// A uid stands in the row twice.
        DuplicateUid,
        /// A uid in the row is not registered in this subnet; refresh the metagraph.
        UnknownUid,
        /// The row has fewer entries than the subnet's min_allowed_weights.
        TooFewWeights,
        /// An entry's share of the row is above the subnet's max_weights_limit.
        WeightTooLarge,
        /// Every value is zero, which says nothing about anybody.
        AllZero,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces the row of the sender's hotkey; free for who may set it now.
        #[pallet::call_index(0)]
        #[pallet::weight(T::DbWeight::get().reads_writes(8, 1).saturating_add(Weight::from_parts(20_000 * uids.len() as u64, 0)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, uids: &Vec<Uid>, values: &Vec<u16>, version: &u64| -> bool {
            Pallet::<T>::may_set(origin.clone(), *netuid, uids, values, *version).is_ok()
        })]
        pub fn set_weights(
            origin: OriginFor<T>,
            netuid: NetUid,
            uids: Vec<Uid>,
            values: Vec<u16>,
            version: u64,
        ) -> DispatchResult {
            let uid = Self::may_set(origin, netuid, &uids, &values, version)?;
            let entries: Vec<_> = uids.into_iter().zip(T::Upscale::upscale(&values)).collect();
            let entries = entries.try_into().map_err(|_| Error::<T>::UnknownUid)?;
            Rows::<T>::insert(netuid, uid, Row { set_at: T::Clock::current_block_number(), entries });
            Self::deposit_event(Event::WeightsSet { netuid, uid });
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
            for (netuid, uid, row) in Rows::<T>::iter() {
                let count = T::Neurons::count(netuid);
                ensure!(uid < count, "a row of weights without a seat");
                ensure!(row.entries.iter().all(|(target, _)| *target < count), "a weight for nobody");
            }
            Ok(())
        }

        /// Every row of a subnet that holds an entry, for display.
        pub fn set_rows(netuid: NetUid) -> Vec<WeightRow> {
            (0..T::Neurons::count(netuid))
                .map(|uid| (uid, Rows::<T>::get(netuid, uid)))
                .filter(|(_, row)| !row.entries.is_empty())
                .map(|(uid, row)| WeightRow { uid, set_at: row.set_at, weights: row.entries.into_inner() })
                .collect()
        }

        /// The uid whose row the sender may set with these arguments, or the first rule that they break.
        fn may_set(
            origin: OriginFor<T>,
            netuid: NetUid,
            uids: &[Uid],
            values: &[u16],
            version: u64,
        ) -> Result<Uid, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            ensure!(T::Subnets::exists(netuid), Error::<T>::NoSuchSubnet);
            ensure!(uids.len() == values.len(), Error::<T>::LengthMismatch);
            let uid = T::Neurons::uid_of(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            let params = T::Hyperparams::hyperparams(netuid);
            ensure!(T::Stake::stake_weight(netuid, &hotkey) >= params.stake_threshold, Error::<T>::NotEnoughStake);
            ensure!(version >= params.weights_version, Error::<T>::OutdatedVersion);
            ensure!(Self::rested(netuid, uid, params.weights_rate_limit), Error::<T>::SetTooSoon);
            let only_itself = uids == [uid];
            ensure!(only_itself || T::Permits::has_permit(netuid, uid), Error::<T>::NoPermit);
            ensure!(uids.iter().all(|target| *target < T::Neurons::count(netuid)), Error::<T>::UnknownUid);
            ensure!(!row::has_duplicates(uids), Error::<T>::DuplicateUid);
            ensure!(values.iter().any(|value| *value > 0), Error::<T>::AllZero);
            if !only_itself {
                ensure!(uids.len() >= usize::from(params.min_allowed_weights), Error::<T>::TooFewWeights);
                ensure!(row::within_limit(values, params.max_weights_limit), Error::<T>::WeightTooLarge);
            }
            Ok(uid)
        }

        /// A row that was never set is not subject to the rate limit.
        fn rested(netuid: NetUid, uid: Uid, limit: BlockNumber) -> bool {
            let row = Rows::<T>::get(netuid, uid);
            let now = T::Clock::current_block_number();
            row.entries.is_empty() || now.checked_sub(row.set_at).is_some_and(|gone| gone >= limit)
        }
    }

    impl<T: Config> WeightRows for Pallet<T> {
        fn rows(netuid: NetUid) -> Vec<(BlockNumber, Vec<(Uid, u16)>)> {
            (0..T::Neurons::count(netuid))
                .map(|uid| Rows::<T>::get(netuid, uid))
                .map(|row| (row.set_at, row.entries.into_inner()))
                .collect()
        }
    }

    impl<T: Config> OnSeatTaken for Pallet<T> {
        fn on_seat_taken(netuid: NetUid, uid: Uid) {
            let set_at = T::Clock::current_block_number();
            Rows::<T>::insert(netuid, uid, Row { set_at, ..Default::default() });
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) {
            // Bounded by the seats of one subnet, so one call removes all.
            let _ = Rows::<T>::clear_prefix(netuid, MAX_UIDS, None);
        }
    }
}
