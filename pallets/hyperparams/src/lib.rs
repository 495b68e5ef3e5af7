//! One validated struct of parameters for each subnet.
//!
//! A new subnet starts from the network's defaults, a genesis value. Its owner sets most parameters, root all.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use chain_traits::{HyperparamsOf, OnSubnetCreated, OnSubnetRemoved, Subnets};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, HyperparamError, Hyperparams, NetUid};

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Subnets: Subnets;
    }

    /// What a new subnet starts with.
    #[pallet::storage]
    pub type Defaults<T> = StorageValue<_, Hyperparams, ValueQuery>;

    #[pallet::storage]
    pub type Parameters<T> = StorageMap<_, Twox64Concat, NetUid, Hyperparams>;

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
        /// tempo must be at least 1 block.
        TempoTooShort,
        /// max_uids must lie between 1 and 4,096.
        MaxUidsOutOfRange,
        /// max_validators must lie between 1 and max_uids.
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
        /// commit_reveal_interval is in epochs and must lie between 1 and 100.
        CommitRevealIntervalOutOfRange,
    }

    impl<T> From<HyperparamError> for Error<T> {
        fn from(broken: HyperparamError) -> Self {
            match broken {
                HyperparamError::TempoTooShort => Self::TempoTooShort,
                HyperparamError::MaxUidsOutOfRange => Self::MaxUidsOutOfRange,
                HyperparamError::MaxValidatorsOutOfRange => Self::MaxValidatorsOutOfRange,
                HyperparamError::MinAllowedWeightsTooHigh => Self::MinAllowedWeightsTooHigh,
                HyperparamError::WeightsLimitTooLow => Self::WeightsLimitTooLow,
                HyperparamError::BurnRangeEmpty => Self::BurnRangeEmpty,
                HyperparamError::BondsMovingAverageTooHigh => Self::BondsMovingAverageTooHigh,
                HyperparamError::AlphaRangeEmpty => Self::AlphaRangeEmpty,
                HyperparamError::ActivityCutoffTooShort => Self::ActivityCutoffTooShort,
                HyperparamError::CommitRevealIntervalOutOfRange => Self::CommitRevealIntervalOutOfRange,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces a subnet's parameters as a whole.
        #[pallet::call_index(0)]
        #[pallet::weight(T::DbWeight::get().reads_writes(3, 1))]
        pub fn set(origin: OriginFor<T>, netuid: NetUid, params: Hyperparams) -> DispatchResult {
            let sender = ensure_signed_or_root(origin)?;
            let owner = T::Subnets::owner(netuid).ok_or(Error::<T>::NoSuchSubnet)?;
            if let Some(sender) = sender {
                ensure!(sender == owner, Error::<T>::NotOwner);
                ensure!(owner_may_change(&Self::hyperparams(netuid), &params), Error::<T>::RootOnly);
            }
            params.validate().map_err(Error::<T>::from)?;
            Parameters::<T>::insert(netuid, &params);
            Self::deposit_event(Event::Set { netuid, params });
            Ok(())
        }
    }

    /// Seats and the majority are the network's business: more seats cost every node, another kappa moves its security.
    fn owner_may_change(old: &Hyperparams, new: &Hyperparams) -> bool {
        let reserved = |params: &Hyperparams| (params.kappa, params.max_uids, params.max_validators);
        reserved(old) == reserved(new)
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

        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            for (netuid, params) in Parameters::<T>::iter() {
                ensure!(T::Subnets::exists(netuid), "parameters of a subnet that does not exist");
                ensure!(params.validate().is_ok(), "a subnet's parameters are not valid");
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
        fn on_subnet_removed(netuid: NetUid) {
            Parameters::<T>::remove(netuid);
        }
    }
}
