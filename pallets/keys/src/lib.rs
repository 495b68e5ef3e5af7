//! Exchange of a key for a new one, with everything that it has.
//!
//! Nothing is kept here but who was exchanged: each pallet moves what it keeps under a key itself, told by
//! [`OnHotkeySwapped`], and one that fails undoes the whole swap. A hotkey that was swapped away is retired for good, so
//! that nobody takes it up again and passes for its successor.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod rules;
pub use pallet::*;
pub use rules::SwapRules;

#[frame_support::pallet]
pub mod pallet {
    use super::SwapRules;
    use chain_traits::{HotkeyOwners, OnHotkeySwapped, Subnets};
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, Mutate},
            tokens::{Fortitude, Precision, Preservation},
            Contains,
        },
    };
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, BlockNumber};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Currency: Inspect<AccountId, Balance = Amount> + Mutate<AccountId>;
        type Subnets: Subnets;
        type Hotkeys: HotkeyOwners;
        /// All that keep anything under a hotkey.
        type OnHotkeySwapped: OnHotkeySwapped;
    }

    #[pallet::storage]
    pub type Rules<T> = StorageValue<_, SwapRules, ValueQuery>;

    /// The hotkeys that were swapped away, each with the one that took its place then.
    #[pallet::storage]
    pub type Successors<T> = StorageMap<_, Blake2_128Concat, AccountId, AccountId>;

    /// The block in which each hotkey took the place of another one.
    #[pallet::storage]
    pub type SwappedAt<T> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub rules: SwapRules,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Rules::<T>::put(&self.rules);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        HotkeySwapped { coldkey: AccountId, old: AccountId, new: AccountId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Nobody has registered this hotkey, or it was swapped already; check the address of the one to replace.
        UnknownHotkey,
        /// This hotkey belongs to another coldkey; sign with the coldkey that owns it.
        HotkeyOfAnother,
        /// The new hotkey is in use, its owner or stake would be mixed up; make one that is new with `plexus wallet new`.
        HotkeyInUse,
        /// The new hotkey was swapped away once and never comes back; make one that is new with `plexus wallet new`.
        HotkeyRetired,
        /// This hotkey took the place of another one too short a time ago; wait for 7,200 blocks (a day) from then on.
        SwappedTooSoon,
        /// The coldkey cannot pay what a swap burns, 0.1 tokens; `plexus balance` tells what it has.
        CannotPayFee,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Gives all that the sender's hotkey `old` has to `new`, which must never have been a hotkey, and burns the fee.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::swap_hotkey_weight())]
        pub fn swap_hotkey(origin: OriginFor<T>, old: AccountId, new: AccountId) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            let (rules, now) = (Rules::<T>::get(), T::Clock::current_block_number());
            let owner = T::Hotkeys::coldkey_of(&old).ok_or(Error::<T>::UnknownHotkey)?;
            ensure!(owner == coldkey, Error::<T>::HotkeyOfAnother);
            ensure!(T::Hotkeys::coldkey_of(&new).is_none(), Error::<T>::HotkeyInUse);
            ensure!(!Successors::<T>::contains_key(&new), Error::<T>::HotkeyRetired);
            ensure!(rules.may_swap_hotkey(SwappedAt::<T>::take(&old), now), Error::<T>::SwappedTooSoon);
            Self::charge(&coldkey, rules.hotkey_fee)?;
            T::OnHotkeySwapped::on_hotkey_swapped(&old, &new)?;
            Successors::<T>::insert(&old, &new);
            SwappedAt::<T>::insert(&new, now);
            Self::deposit_event(Event::HotkeySwapped { coldkey, old, new });
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
            let known = |hotkey: &AccountId| T::Hotkeys::coldkey_of(hotkey).is_some();
            for (old, new) in Successors::<T>::iter() {
                ensure!(!known(&old), "a retired hotkey has an owner");
                ensure!(known(&new) || Successors::<T>::contains_key(&new), "a successor that nobody owns");
            }
            ensure!(SwappedAt::<T>::iter_keys().all(|hotkey| known(&hotkey)), "a swap to a hotkey that nobody owns");
            Ok(())
        }

        /// In each subnet the hotkey may hold a seat with a commit, own the subnet, and have five children and sixteen
        /// parents: 28 keys to read and 29 to write. Beside them stand its owner, pool, take, root seat, votes and accounts.
        /// By the subnets that there are, as a block would not hold the largest swap among all 1,024 that there could be.
        fn swap_hotkey_weight() -> Weight {
            let subnets = T::Subnets::netuids().len() as u64;
            T::DbWeight::get().reads_writes(28 * subnets + 30, 29 * subnets + 24)
        }

        fn charge(coldkey: &AccountId, fee: Amount) -> Result<(), Error<T>> {
            T::Currency::burn_from(coldkey, fee, Preservation::Preserve, Precision::Exact, Fortitude::Polite)
                .map_err(|_| Error::<T>::CannotPayFee)?;
            Ok(())
        }
    }

    /// The hotkeys that nobody may take up again.
    impl<T: Config> Contains<AccountId> for Pallet<T> {
        fn contains(hotkey: &AccountId) -> bool {
            Successors::<T>::contains_key(hotkey)
        }
    }
}
