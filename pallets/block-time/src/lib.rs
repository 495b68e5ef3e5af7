//! The block time as a genesis value, so that one wasm serves a public chain and a fast local one.
//!
//! Nothing changes it after genesis: aura derives slots from it, so a change would renumber them all.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use core::marker::PhantomData;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::Get;

    /// Milliseconds between two blocks of a public chain.
    pub const PUBLIC_CHAIN: u64 = 12_000;
    /// Below this a validator node cannot author in time, above it nobody would wait.
    pub const ALLOWED: core::ops::RangeInclusive<u64> = 250..=60_000;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    #[pallet::type_value]
    pub fn DefaultMilliseconds() -> u64 {
        PUBLIC_CHAIN
    }

    /// Milliseconds between two blocks.
    #[pallet::storage]
    pub type Milliseconds<T> = StorageValue<_, u64, ValueQuery, DefaultMilliseconds>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Milliseconds between two blocks, within [`ALLOWED`]; [`PUBLIC_CHAIN`] when absent.
        pub milliseconds: Option<u64>,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let milliseconds = self.milliseconds.unwrap_or(PUBLIC_CHAIN);
            assert!(ALLOWED.contains(&milliseconds), "blockTime.milliseconds must be within {ALLOWED:?}");
            Milliseconds::<T>::put(milliseconds);
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
            ensure!(ALLOWED.contains(&Milliseconds::<T>::get()), "the block time is out of range");
            Ok(())
        }
    }

    /// The slot duration.
    impl<T: Config> Get<u64> for Pallet<T> {
        fn get() -> u64 {
            Milliseconds::<T>::get()
        }
    }

    /// The least time between the timestamps of two blocks.
    pub struct MinimumPeriod<T>(PhantomData<T>);

    impl<T: Config> Get<u64> for MinimumPeriod<T> {
        fn get() -> u64 {
            Milliseconds::<T>::get() / 2
        }
    }
}
