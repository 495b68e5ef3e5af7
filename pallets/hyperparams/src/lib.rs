//! One validated struct of parameters for each subnet.
//!
//! A new subnet starts from the network's defaults, a genesis value. Its owner sets most parameters, root all. So that
//! nobody has to fear what an owner does from one block to the next, a parameter that an owner has changed stays as it
//! is for two tempos, and none changes in the last blocks before an epoch.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod changes;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use changes::Changes;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{Changes, WeightInfo};
    use chain_traits::{HyperparamsOf, OnSubnetCreated, OnSubnetRemoved, Subnets, WaitingEpochs};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, BlockNumber, HyperparamError, Hyperparams, HyperparamsStatus, NetUid};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Subnets: Subnets;
        type Epochs: WaitingEpochs;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// What a new subnet starts with.
    #[pallet::storage]
    pub type Defaults<T> = StorageValue<_, Hyperparams, ValueQuery>;

    #[pallet::storage]
    pub type Parameters<T> = StorageMap<_, Twox64Concat, NetUid, Hyperparams>;

    /// What owners have changed of late.
    #[pallet::storage]
    pub type LastChanges<T> = StorageMap<_, Twox64Concat, NetUid, Changes, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// What a new subnet starts with.
        pub defaults: Hyperparams,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert_eq!(self.defaults.validate(), Ok(()), "hyperparams.defaults is not valid");
            Defaults::<T>::put(&self.defaults);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Set { netuid: NetUid, params: Hyperparams },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// Only the subnet's owner or root may set its parameters; sign with the owner's coldkey.
        NotOwner,
        /// Only root may change kappa, max_uids or max_validators; leave them as `plexus subnet show` prints them.
        RootOnly,
        /// What is free of fees must take time or work: owners set weights_rate_limit and serving_rate_limit to at least a tenth of the network's defaults, tempo to at least a tenth of its weights_rate_limit, and min_difficulty to no less than its default; choose more, or ask root for less.
        TooCheap,
        /// A parameter in this call was changed less than two tempos ago; `plexus subnet show` tells which are locked and until which block.
        ChangedTooRecently,
        /// Parameters are frozen in the last blocks before an epoch; `plexus subnet show` tells the block of the epoch, so send it again then.
        FrozenBeforeEpoch,
        /// tempo must lie between 1 and 360 blocks: new stake waits for the longest of them.
        TempoOutOfRange,
        /// max_uids must lie between 1 and 2,048.
        MaxUidsOutOfRange,
        /// max_validators must lie between 1 and max_uids, and is at most 256.
        MaxValidatorsOutOfRange,
        /// min_allowed_weights must not exceed max_uids.
        MinAllowedWeightsTooHigh,
        /// max_weights_limit times min_allowed_weights must reach 65,535, or nobody could set the shortest row.
        WeightsLimitTooLow,
        /// min_burn must be positive and not exceed max_burn.
        BurnRangeEmpty,
        /// bonds_moving_average is in millionths and must not exceed 1,000,000.
        BondsMovingAverageTooHigh,
        /// alpha_low must not exceed alpha_high.
        AlphaRangeEmpty,
        /// activity_cutoff must be at least 1 block.
        ActivityCutoffTooShort,
        /// burn_half_life must be at least 1 block.
        BurnHalfLifeTooShort,
        /// burn_increase is in thousandths and must be at least 1,000, or registrations would lower the price.
        BurnIncreaseTooLow,
        /// target_registrations_per_interval must be at least 1; to close registration, set registration_allowed to false.
        TargetRegistrationsTooLow,
        /// adjustment_interval must be at least 1 block.
        AdjustmentIntervalTooShort,
        /// min_difficulty must be positive and not exceed max_difficulty.
        DifficultyRangeEmpty,
        /// commit_reveal_interval is in epochs and must lie between 1 and 100.
        CommitRevealIntervalOutOfRange,
    }

    impl<T> From<HyperparamError> for Error<T> {
        fn from(broken: HyperparamError) -> Self {
            match broken {
                HyperparamError::TempoOutOfRange => Self::TempoOutOfRange,
                HyperparamError::MaxUidsOutOfRange => Self::MaxUidsOutOfRange,
                HyperparamError::MaxValidatorsOutOfRange => Self::MaxValidatorsOutOfRange,
                HyperparamError::MinAllowedWeightsTooHigh => Self::MinAllowedWeightsTooHigh,
                HyperparamError::WeightsLimitTooLow => Self::WeightsLimitTooLow,
                HyperparamError::BurnRangeEmpty => Self::BurnRangeEmpty,
                HyperparamError::BondsMovingAverageTooHigh => Self::BondsMovingAverageTooHigh,
                HyperparamError::AlphaRangeEmpty => Self::AlphaRangeEmpty,
                HyperparamError::ActivityCutoffTooShort => Self::ActivityCutoffTooShort,
                HyperparamError::BurnHalfLifeTooShort => Self::BurnHalfLifeTooShort,
                HyperparamError::BurnIncreaseTooLow => Self::BurnIncreaseTooLow,
                HyperparamError::TargetRegistrationsTooLow => Self::TargetRegistrationsTooLow,
                HyperparamError::AdjustmentIntervalTooShort => Self::AdjustmentIntervalTooShort,
                HyperparamError::DifficultyRangeEmpty => Self::DifficultyRangeEmpty,
                HyperparamError::CommitRevealIntervalOutOfRange => Self::CommitRevealIntervalOutOfRange,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces a subnet's parameters as a whole; the owner may change those that are not locked or frozen now.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set())]
        pub fn set(origin: OriginFor<T>, netuid: NetUid, params: Hyperparams) -> DispatchResult {
            let sender = ensure_signed_or_root(origin)?;
            let owner = T::Subnets::owner(netuid).ok_or(Error::<T>::NoSuchSubnet)?;
            ensure!(sender.as_ref().is_none_or(|sender| *sender == owner), Error::<T>::NotOwner);
            params.validate().map_err(Error::<T>::from)?;
            if sender.is_some() {
                Self::change_as_owner(netuid, &params)?;
            }
            Parameters::<T>::insert(netuid, &params);
            Self::deposit_event(Event::Set { netuid, params });
            Ok(())
        }
    }

    /// Whether an owner makes a free call so cheap that the seats of a few subnets could fill blocks with it: ten times as
    /// frequent as by default at most, and never for less work.
    fn is_too_cheap(old: &Hyperparams, new: &Hyperparams, defaults: &Hyperparams) -> bool {
        let sinks = |old: u64, new: u64, least: u64| new < old && new < least;
        let pace = |default: BlockNumber| u64::from(default.div_ceil(10));
        sinks(old.weights_rate_limit.into(), new.weights_rate_limit.into(), pace(defaults.weights_rate_limit))
            || sinks(old.serving_rate_limit.into(), new.serving_rate_limit.into(), pace(defaults.serving_rate_limit))
            || sinks(old.min_difficulty, new.min_difficulty, defaults.min_difficulty)
            || sinks(old.tempo.into(), new.tempo.into(), pace(defaults.weights_rate_limit))
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// What a new subnet starts with.
        pub fn defaults() -> Hyperparams {
            Defaults::<T>::get()
        }

        /// What the owner may change in the next block: whoever asks after this one cannot act before.
        pub fn status(netuid: NetUid) -> HyperparamsStatus {
            let now = T::Clock::current_block_number();
            let next = now.checked_add(1).unwrap_or(now);
            let waits = T::Epochs::waits(netuid).then_some(next);
            let frozen_until = Self::hyperparams(netuid).frozen_until(netuid, next).or(waits);
            HyperparamsStatus { frozen_until, locked: LastChanges::<T>::get(netuid).locked(next) }
        }

        /// Books what changes, or says which guard rail forbids it.
        fn change_as_owner(netuid: NetUid, params: &Hyperparams) -> Result<(), Error<T>> {
            let (old, now) = (Self::hyperparams(netuid), T::Clock::current_block_number());
            let changed = old.differing(params);
            if changed.is_empty() {
                return Ok(());
            }
            let reserved = |place: &u8| {
                let name = Hyperparams::NAMES.get(usize::from(*place));
                name.is_some_and(|name| Hyperparams::ROOT_ONLY.contains(name))
            };
            ensure!(!changed.iter().any(reserved), Error::<T>::RootOnly);
            ensure!(!is_too_cheap(&old, params, &Self::defaults()), Error::<T>::TooCheap);
            let frozen = old.frozen_until(netuid, now).is_some() || T::Epochs::waits(netuid);
            ensure!(!frozen, Error::<T>::FrozenBeforeEpoch);
            let until = now.checked_add(old.change_interval()).ok_or(Error::<T>::ChangedTooRecently)?;
            let changes = LastChanges::<T>::get(netuid).with(&changed, now, until);
            LastChanges::<T>::insert(netuid, changes.ok_or(Error::<T>::ChangedTooRecently)?);
            Ok(())
        }

        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            for (netuid, params) in Parameters::<T>::iter() {
                ensure!(T::Subnets::exists(netuid), "parameters of a subnet that does not exist");
                ensure!(params.validate().is_ok(), "a subnet's parameters are not valid");
            }
            for (netuid, changes) in LastChanges::<T>::iter() {
                ensure!(T::Subnets::exists(netuid), "changes to a subnet that does not exist");
                ensure!(changes.is_sound(), "a parameter is locked twice, or none of that place exists");
            }
            Ok(())
        }
    }

    impl<T: Config> HyperparamsOf for Pallet<T> {
        fn hyperparams(netuid: NetUid) -> Hyperparams {
            Parameters::<T>::get(netuid).unwrap_or_else(Defaults::<T>::get)
        }
    }

    impl<T: Config> OnSubnetCreated for Pallet<T> {
        fn on_subnet_created(netuid: NetUid) {
            Parameters::<T>::insert(netuid, Defaults::<T>::get());
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            Parameters::<T>::remove(netuid);
            LastChanges::<T>::remove(netuid);
            2
        }
    }
}
