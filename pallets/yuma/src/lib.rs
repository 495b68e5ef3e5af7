//! Runs the Yuma epoch of each subnet at its tempo.
//!
//! Glue and nothing else: it reads a snapshot through traits, calls [`yuma::run`], stores the outcome and hands the
//! shares to the payroll. An epoch that fails leaves no trace but an event and what late commits forfeited before it; its
//! emission stays pending.
//!
//! Owners choose when epochs come due, so that many may at once. No epoch begins once those before it took the time that
//! a block has for them; the others wait for the next block, in the order in which they came due.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod size;
pub mod snapshot;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{
        size::Size,
        snapshot::{self, Snapshot},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use chain_traits::{
        HyperparamsOf, LastEmissions, Neurons, OnSeatTaken, OnSubnetRemoved, Payroll, Permits, StakeWeight, Subnets,
        Upscale, WaitingEpochs, WeightRows,
    };
    use frame_support::{pallet_prelude::*, storage::with_storage_layer};
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, BlockNumber, Hyperparams, NetUid, Proportion, Uid, MAX_SUBNETS, MAX_UIDS};
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
        type Weights: WeightRows;
        type Payroll: Payroll;
        /// What the epochs of one block may weigh before the next one has to wait.
        type MaxWeight: Get<Weight>;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
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

    /// Subnets whose epoch came due in a block that had no time for it, the first one first.
    #[pallet::storage]
    pub type Postponed<T> = StorageValue<_, BoundedVec<NetUid, ConstU32<MAX_SUBNETS>>, ValueQuery>;

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
            let mut weight = T::WeightInfo::idle(netuids.len() as u32);
            let mut due = Postponed::<T>::get().into_inner();
            let waited = due.len();
            for netuid in netuids {
                let comes_due = T::Hyperparams::hyperparams(netuid).blocks_until_epoch(netuid, now) == 0;
                if comes_due && !due.contains(&netuid) {
                    // Also where the epoch has to wait: whoever let a commit pass is not to gain by that.
                    weight = weight.saturating_add(T::Weights::settle(netuid));
                    due.push(netuid);
                }
            }
            let mut run = 0;
            for netuid in &due {
                if run > 0 && weight.ref_time() > T::MaxWeight::get().ref_time() {
                    break;
                }
                weight = weight.saturating_add(Self::epoch(*netuid, &T::Hyperparams::hyperparams(*netuid), now));
                if run < waited {
                    weight = weight.saturating_add(T::Weights::release(*netuid));
                }
                run += 1;
            }
            Self::postpone(due.split_off(run));
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
            let postponed = Postponed::<T>::get();
            ensure!(
                postponed.iter().all(|netuid| T::Subnets::netuids().contains(netuid)),
                "an epoch of no subnet waits"
            );
            let twice = |(place, netuid)| postponed.iter().take(place).any(|before| before == netuid);
            ensure!(!postponed.iter().enumerate().any(twice), "an epoch waits twice");
            for (netuid, uid, row) in Bonds::<T>::iter() {
                let count = T::Neurons::count(netuid);
                ensure!(uid < count && row.iter().all(|(target, _)| *target < count), "a bond without a seat");
                ensure!(Self::has_permit(netuid, uid), "bonds without a permit");
            }
            Ok(())
        }

        fn postpone(due: Vec<NetUid>) {
            if due.is_empty() {
                Postponed::<T>::kill();
            } else {
                // No subnet is listed twice, so that all fit.
                Postponed::<T>::put(BoundedVec::truncate_from(due));
            }
        }

        /// Runs one subnet's epoch, or leaves nothing but an event that says why it could not; returns what it weighs.
        pub(crate) fn epoch(netuid: NetUid, params: &Hyperparams, now: BlockNumber) -> Weight {
            let Snapshot { hotkeys, forfeits, input } = snapshot::take::<T>(netuid, now);
            let mut size = Size::of(&input);
            let result = with_storage_layer(|| {
                let mut outcome =
                    yuma::run(&input, &snapshot::params(params)).map_err(|_| Error::<T>::InconsistentSnapshot)?;
                snapshot::withhold(&mut outcome, &forfeits);
                let payouts = snapshot::payouts(hotkeys, &outcome);
                size = Size::of(&input).with::<T>(netuid, &outcome, &payouts);
                T::Payroll::pay(netuid, &payouts)?;
                Self::store(netuid, now, &input.bonds, outcome)
            });
            Self::deposit_event(match result {
                Ok(()) => Event::EpochRun { netuid },
                Err(error) => Event::EpochFailed { netuid, error },
            });
            size.weight::<T>()
        }

        fn store(netuid: NetUid, now: BlockNumber, old_bonds: &yuma::Rows, outcome: yuma::Outcome) -> DispatchResult {
            let scores: Vec<_> = (0..outcome.active.len()).map(|uid| snapshot::scores_of(&outcome, uid)).collect();
            let scores: BoundedVec<_, _> = scores.try_into().map_err(|_| Error::<T>::InconsistentSnapshot)?;
            LastScores::<T>::insert(netuid, scores);
            for ((uid, row), old) in (0..).zip(outcome.bonds).zip(old_bonds) {
                if !row.is_empty() {
                    let row: BoundedVec<_, _> = row.try_into().map_err(|_| Error::<T>::InconsistentSnapshot)?;
                    Bonds::<T>::insert(netuid, uid, row);
                } else if !old.is_empty() {
                    Bonds::<T>::remove(netuid, uid);
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

    impl<T: Config> WaitingEpochs for Pallet<T> {
        fn waits(netuid: NetUid) -> bool {
            Postponed::<T>::get().contains(&netuid)
        }

        fn next_epoch(netuid: NetUid) -> Option<BlockNumber> {
            // The state after a block: its own epoch, if it was due, has already run, unless it waits for the next block.
            let next = T::Clock::current_block_number().checked_add(1)?;
            if Self::waits(netuid) {
                return Some(next);
            }
            next.checked_add(T::Hyperparams::hyperparams(netuid).blocks_until_epoch(netuid, next))
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
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            LastScores::<T>::remove(netuid);
            LastEpoch::<T>::remove(netuid);
            Postponed::<T>::mutate(|due| due.retain(|waiting| *waiting != netuid));
            // Bounded by the seats of one subnet, so one call removes all.
            3 + Bonds::<T>::clear_prefix(netuid, MAX_UIDS, None).unique
        }
    }
}
