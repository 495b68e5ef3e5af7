//! Who authors and finalises blocks: a list that root keeps, and how long a session lasts.
//!
//! A change comes into force with the session after the next, when the session keys of everybody on the list have been
//! announced. The runtime hands the list to the session pallet, whose sessions begin when this pallet says so: its own hook
//! would declare that the first block of a session is full.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

/// Who keeps the sessions.
pub trait RotateSession {
    /// Ends the session that runs and begins the next one.
    fn rotate();
}

#[frame_support::pallet]
pub mod pallet {
    use super::{RotateSession, WeightInfo};
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::ValidatorRegistration};
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, BlockNumber};
    use sp_runtime::traits::{BlockNumberProvider, Get};

    /// Authorities, at most.
    pub const MOST_AUTHORITIES: u32 = 32;
    /// Blocks of a session where the genesis names no other number: one hour of a public chain.
    pub const DEFAULT_SESSION_LENGTH: BlockNumber = 300;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        /// Who has session keys.
        type Keys: ValidatorRegistration<AccountId>;
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Sessions: RotateSession;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// In the order in which they joined.
    #[pallet::storage]
    pub type Authorities<T> = StorageValue<_, BoundedVec<AccountId, ConstU32<MOST_AUTHORITIES>>, ValueQuery>;

    /// Whether the list has changed since a session was last planned.
    #[pallet::storage]
    pub type Changed<T> = StorageValue<_, bool, ValueQuery>;

    #[pallet::type_value]
    pub fn DefaultLength() -> BlockNumber {
        DEFAULT_SESSION_LENGTH
    }

    /// Blocks of a session. Nothing changes it after genesis.
    #[pallet::storage]
    pub type SessionLength<T> = StorageValue<_, BlockNumber, ValueQuery, DefaultLength>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Distinct accounts, of which each has session keys in the genesis too.
        pub authorities: Vec<AccountId>,
        /// In blocks; [`DEFAULT_SESSION_LENGTH`] when absent.
        pub session_length: Option<BlockNumber>,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let length = self.session_length.unwrap_or(DEFAULT_SESSION_LENGTH);
            assert!(length > 0, "authorities.sessionLength must be at least one block");
            SessionLength::<T>::put(length);
            let authorities = BoundedVec::try_from(self.authorities.clone());
            Authorities::<T>::put(authorities.expect("authorities.authorities must name at most 32 accounts"));
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Added { authority: AccountId },
        Removed { authority: AccountId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This account is an authority already; `plexus authority show` lists them.
        AlreadyAuthority,
        /// This account is no authority; `plexus authority show` lists them.
        NotAuthority,
        /// This account has no session keys; its operator has to run `plexus authority set-keys` first.
        NoSessionKeys,
        /// There are as many authorities as there can be; remove one first.
        TooManyAuthorities,
        /// A chain without authorities would stop; add another one first.
        LastAuthority,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Lets an account that has session keys author and finalise. By root.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::add())]
        pub fn add(origin: OriginFor<T>, authority: AccountId) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(T::Keys::is_registered(&authority), Error::<T>::NoSessionKeys);
            Authorities::<T>::try_mutate(|authorities| {
                ensure!(!authorities.contains(&authority), Error::<T>::AlreadyAuthority);
                authorities.try_push(authority.clone()).map_err(|_| Error::<T>::TooManyAuthorities)
            })?;
            Changed::<T>::put(true);
            Self::deposit_event(Event::Added { authority });
            Ok(())
        }

        /// Takes that right back. By root; the last authority stays.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::remove())]
        pub fn remove(origin: OriginFor<T>, authority: AccountId) -> DispatchResult {
            ensure_root(origin)?;
            Authorities::<T>::try_mutate(|authorities| {
                ensure!(authorities.contains(&authority), Error::<T>::NotAuthority);
                ensure!(authorities.len() > 1, Error::<T>::LastAuthority);
                authorities.retain(|listed| *listed != authority);
                Ok::<_, Error<T>>(())
            })?;
            Changed::<T>::put(true);
            Self::deposit_event(Event::Removed { authority });
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            if T::Clock::current_block_number().checked_rem(SessionLength::<T>::get()) != Some(0) {
                return T::WeightInfo::idle();
            }
            T::Sessions::rotate();
            T::WeightInfo::rotate()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            let authorities = Authorities::<T>::get();
            ensure!(!authorities.is_empty(), "there are no authorities");
            ensure!(authorities.iter().all(T::Keys::is_registered), "an authority has no session keys");
            let twice = |index: usize| authorities[..index].contains(&authorities[index]);
            ensure!(!(0..authorities.len()).any(twice), "an authority is listed twice");
            ensure!(SessionLength::<T>::get() > 0, "a session has no blocks");
            Ok(())
        }

        pub fn authorities() -> Vec<AccountId> {
            Authorities::<T>::get().into_inner()
        }

        /// The list, if it has changed since this was last asked.
        pub fn take_change() -> Option<Vec<AccountId>> {
            Changed::<T>::take().then(Self::authorities)
        }
    }

    /// How long a session lasts, in blocks.
    impl<T: Config> Get<BlockNumber> for Pallet<T> {
        fn get() -> BlockNumber {
            SessionLength::<T>::get()
        }
    }
}
