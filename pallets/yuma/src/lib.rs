//! Runs the Yuma epoch of each subnet at its tempo.
//!
//! Glue and nothing else: it reads a snapshot through traits, calls [`yuma::run`], stores the outcome and hands the
//! shares to the payroll. An epoch that fails leaves no trace but an event; its emission stays pending.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod snapshot;
pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use super::snapshot;
    use alloc::vec::Vec;
    use chain_traits::{
        HyperparamsOf, LastEmissions, Neurons, OnSeatTaken, OnSubnetRemoved, Payout, Payroll, Permits, StakeOf,
        Subnets, Upscale, WeightRows,
    };
    use frame_support::{pallet_prelude::*, storage::with_storage_layer};
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, BlockNumber, NetUid, Proportion, Uid, MAX_UIDS};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Subnets: Subnets;
        type Hyperparams: HyperparamsOf;
        type Neurons: Neurons;
        type Stake: StakeOf;
        type Weights: WeightRows;
        type Payroll: Payroll;
    }

    /// What the last epoch said about one seat.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Scores {
        pub active: bool,
        pub validator_permit: bool,
        pub rank: Proportion,
        pub trust: Proportion,
        pub consensus: Proportion,
        pub incentive: Proportion,
        pub dividends: Proportion,
        pub validator_trust: Proportion,
        /// Base units.
        pub emission: Amount,
    }

    /// In uid order; seats taken since the last epoch are missing at the end or hold the default.
    #[pallet::storage]
    pub type LastScores<T> = StorageMap<_, Twox64Concat, NetUid, BoundedVec<Scores, ConstU32<MAX_UIDS>>, ValueQuery>;

    #[pallet::storage]
    pub type Bonds<T> = StorageDoubleMap<
        _,
        Twox64Concat,
        NetUid,
        Twox64Concat,
        Uid,
        BoundedVec<(Uid, u16), ConstU32<MAX_UIDS>>,
        ValueQuery,
    >;

    #[pallet::storage]
    pub type LastEpoch<T> = StorageMap<_, Twox64Concat, NetUid, BlockNumber>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        EpochRun { netuid: NetUid },
        EpochFailed { netuid: NetUid, error: DispatchError },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The snapshot of this subnet contradicts itself; this is a fault of the chain, please report it.
        InconsistentSnapshot,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            let now = T::Clock::current_block_number();
            let netuids = T::Subnets::netuids();
            let mut weight = T::DbWeight::get().reads(1 + netuids.len() as u64);
            for netuid in netuids {
                if T::Hyperparams::hyperparams(netuid).blocks_until_epoch(netuid, now) == 0 {
                    weight = weight.saturating_add(Self::epoch_weight(netuid));
                    match with_storage_layer(|| Self::run_epoch(netuid, now)) {
                        Ok(()) => Self::deposit_event(Event::EpochRun { netuid }),
                        Err(error) => Self::deposit_event(Event::EpochFailed { netuid, error }),
                    }
                }
            }
            weight
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            for (netuid, scores) in LastScores::<T>::iter() {
                let count = usize::from(T::Neurons::count(netuid));
                ensure!(scores.len() <= count, "scores of seats that do not exist");
            }
            for (netuid, uid, row) in Bonds::<T>::iter() {
                let count = T::Neurons::count(netuid);
                ensure!(uid < count && row.iter().all(|(target, _)| *target < count), "a bond without a seat");
            }
            Ok(())
        }

        /// Reads and writes of one epoch: seat, stake, weights and bonds of every neuron, and a payout for each.
        fn epoch_weight(netuid: NetUid) -> Weight {
            let neurons = u64::from(T::Neurons::count(netuid));
            T::DbWeight::get().reads_writes(4 * neurons + 8, 4 * neurons + 4)
        }

        fn run_epoch(netuid: NetUid, now: BlockNumber) -> DispatchResult {
            let seats = T::Neurons::seats(netuid);
            let input = snapshot::take::<T>(netuid, now, &seats);
            let outcome = yuma::run(&input, &snapshot::params(&T::Hyperparams::hyperparams(netuid)))
                .map_err(|_| Error::<T>::InconsistentSnapshot)?;
            let payouts: Vec<_> = seats
                .into_iter()
                .zip(outcome.server_emission.iter().zip(&outcome.validator_emission))
                .map(|((hotkey, _), (miner, validator))| Payout { hotkey, miner: *miner, validator: *validator })
                .collect();
            T::Payroll::pay(netuid, &payouts)?;
            Self::store(netuid, now, outcome)
        }

        fn store(netuid: NetUid, now: BlockNumber, outcome: yuma::Outcome) -> DispatchResult {
            let scores: Vec<_> = (0..outcome.active.len()).map(|uid| snapshot::scores_of(&outcome, uid)).collect();
            let scores: BoundedVec<_, _> = scores.try_into().map_err(|_| Error::<T>::InconsistentSnapshot)?;
            LastScores::<T>::insert(netuid, scores);
            for (uid, row) in (0..).zip(outcome.bonds) {
                if row.is_empty() {
                    Bonds::<T>::remove(netuid, uid);
                } else {
                    let row: BoundedVec<_, _> = row.try_into().map_err(|_| Error::<T>::InconsistentSnapshot)?;
                    Bonds::<T>::insert(netuid, uid, row);
                }
            }
            LastEpoch::<T>::insert(netuid, now);
            Ok(())
        }

        /// The last epoch's scores of one seat; the default for a seat taken since.
        pub fn scores(netuid: NetUid) -> Vec<Scores> {
            let mut scores = LastScores::<T>::get(netuid).into_inner();
            scores.resize(usize::from(T::Neurons::count(netuid)), Scores::default());
            scores
        }
    }

    impl<T: Config> Permits for Pallet<T> {
        fn has_permit(netuid: NetUid, uid: Uid) -> bool {
            LastScores::<T>::get(netuid).get(usize::from(uid)).is_some_and(|scores| scores.validator_permit)
        }
    }

    impl<T: Config> LastEmissions for Pallet<T> {
        fn last_emissions(netuid: NetUid) -> Vec<Amount> {
            Self::scores(netuid).into_iter().map(|scores| scores.emission).collect()
        }
    }

    impl<T: Config> Upscale for Pallet<T> {
        fn upscale(values: &[u16]) -> Vec<u16> {
            yuma::max_upscale(values)
        }
    }

    impl<T: Config> OnSeatTaken for Pallet<T> {
        fn on_seat_taken(netuid: NetUid, uid: Uid) {
            LastScores::<T>::mutate(netuid, |all| {
                if let Some(scores) = all.get_mut(usize::from(uid)) {
                    *scores = Scores::default();
                }
            });
            Bonds::<T>::remove(netuid, uid);
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) {
            LastScores::<T>::remove(netuid);
            LastEpoch::<T>::remove(netuid);
            // Bounded by the seats of one subnet, so one call removes all.
            let _ = Bonds::<T>::clear_prefix(netuid, MAX_UIDS, None);
        }
    }
}
