//! Who stakes how much on which hotkey.
//!
//! Staked tokens lie on the pot account, so that `total issuance` counts them like all others: the pot's balance is the
//! sum of all positions (above the existential deposit that keeps the account alive), which `try_state` checks.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod shares;
pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use super::shares;
    use alloc::vec::Vec;
    use chain_traits::{HotkeyOwners, Rewards, StakeOf};
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, Mutate},
            tokens::Preservation,
        },
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, Proportion};
    use sp_runtime::traits::AccountIdConversion;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Currency: Inspect<AccountId, Balance = Amount> + Mutate<AccountId>;
        type PotId: Get<PalletId>;
        /// The least that one coldkey may keep on one hotkey, in base units.
        type MinStake: Get<Amount>;
        /// Most coldkeys that may stake on one hotkey, so that paying them out is bounded.
        type MaxNominators: Get<u32>;
        /// What a hotkey's owner keeps of the dividends before they are shared, as a share of `u16::MAX`.
        type DelegateTake: Get<Proportion>;
    }

    /// The coldkey that each known hotkey belongs to.
    #[pallet::storage]
    pub type Owner<T> = StorageMap<_, Blake2_128Concat, AccountId, AccountId>;

    /// Base units by hotkey and coldkey; no entry is zero.
    #[pallet::storage]
    pub type Positions<T> = StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, AccountId, Amount>;

    /// The same pairs by coldkey and hotkey, to list what a coldkey has.
    #[pallet::storage]
    pub type ByColdkey<T> = StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, AccountId, ()>;

    /// Sum and number of a hotkey's positions.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Total {
        pub stake: Amount,
        pub nominators: u32,
    }

    #[pallet::storage]
    pub type Totals<T> = StorageMap<_, Blake2_128Concat, AccountId, Total, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            T::Currency::mint_into(&Pallet::<T>::pot(), T::Currency::minimum_balance())
                .expect("genesis issues less than the amount type holds");
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Added { hotkey: AccountId, coldkey: AccountId, amount: Amount },
        Removed { hotkey: AccountId, coldkey: AccountId, amount: Amount },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Nobody has registered this hotkey yet, so nothing can be staked on it; check the address, or register it first.
        UnknownHotkey,
        /// This hotkey belongs to another coldkey; use a hotkey of your own wallet.
        HotkeyOfAnother,
        /// The coldkey does not have that much free; `plexus balance` tells what it has.
        NotEnoughBalance,
        /// You have less than that on this hotkey; `plexus stake show` tells how much.
        NotEnoughStake,
        /// A position must hold at least the minimum stake; add more, or remove all of it.
        BelowMinimum,
        /// This hotkey has as many nominators as the network allows; choose another one.
        TooManyNominators,
        /// The sum of stakes would pass what the amount type holds.
        Overflow,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Moves `amount` base units of the sender onto `hotkey`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::DbWeight::get().reads_writes(6, 6))]
        pub fn add(origin: OriginFor<T>, hotkey: AccountId, amount: Amount) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            ensure!(Owner::<T>::contains_key(&hotkey), Error::<T>::UnknownHotkey);
            let held = Positions::<T>::get(&hotkey, &coldkey).unwrap_or_default();
            let after = held.checked_add(amount).ok_or(Error::<T>::Overflow)?;
            ensure!(after >= T::MinStake::get(), Error::<T>::BelowMinimum);
            T::Currency::transfer(&coldkey, &Self::pot(), amount, Preservation::Preserve)
                .map_err(|_| Error::<T>::NotEnoughBalance)?;
            Self::credit(&hotkey, &coldkey, amount)?;
            Self::deposit_event(Event::Added { hotkey, coldkey, amount });
            Ok(())
        }

        /// Moves `amount` base units from `hotkey` back to the sender.
        #[pallet::call_index(1)]
        #[pallet::weight(T::DbWeight::get().reads_writes(6, 6))]
        pub fn remove(origin: OriginFor<T>, hotkey: AccountId, amount: Amount) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            let held = Positions::<T>::get(&hotkey, &coldkey).unwrap_or_default();
            let after = held.checked_sub(amount).ok_or(Error::<T>::NotEnoughStake)?;
            ensure!(after == 0 || after >= T::MinStake::get(), Error::<T>::BelowMinimum);
            Self::debit(&hotkey, &coldkey, amount, after)?;
            T::Currency::transfer(&Self::pot(), &coldkey, amount, Preservation::Preserve)?;
            Self::deposit_event(Event::Removed { hotkey, coldkey, amount });
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
            let mut sum: Amount = T::Currency::minimum_balance();
            for (hotkey, total) in Totals::<T>::iter() {
                let positions: Vec<_> = Positions::<T>::iter_prefix_values(&hotkey).collect();
                ensure!(positions.len() == total.nominators as usize, "a hotkey's nominators are miscounted");
                let stake = positions.iter().try_fold(0, |sum: Amount, held| sum.checked_add(*held));
                ensure!(stake == Some(total.stake), "a hotkey's total is not the sum of its positions");
                sum = sum.checked_add(total.stake).ok_or("stakes overflow")?;
            }
            ensure!(T::Currency::balance(&Self::pot()) == sum, "the pot does not hold the sum of all stakes");
            ensure!(Positions::<T>::iter().count() == ByColdkey::<T>::iter().count(), "the coldkey index is off");
            Ok(())
        }

        /// The account that holds all staked tokens.
        pub fn pot() -> AccountId {
            T::PotId::get().into_account_truncating()
        }

        /// Every hotkey on which `coldkey` stakes, with the amount.
        pub fn positions_of(coldkey: &AccountId) -> Vec<(AccountId, Amount)> {
            ByColdkey::<T>::iter_key_prefix(coldkey)
                .filter_map(|hotkey| Positions::<T>::get(&hotkey, coldkey).map(|amount| (hotkey, amount)))
                .collect()
        }

        /// Books `amount`, already on the pot, for `coldkey` on `hotkey`.
        fn credit(hotkey: &AccountId, coldkey: &AccountId, amount: Amount) -> DispatchResult {
            let mut total = Totals::<T>::get(hotkey);
            let held = Positions::<T>::get(hotkey, coldkey);
            if held.is_none() {
                let is_owner = Owner::<T>::get(hotkey).as_ref() == Some(coldkey);
                ensure!(is_owner || total.nominators < T::MaxNominators::get(), Error::<T>::TooManyNominators);
                total.nominators = total.nominators.checked_add(1).ok_or(Error::<T>::Overflow)?;
                ByColdkey::<T>::insert(coldkey, hotkey, ());
            }
            let after = held.unwrap_or_default().checked_add(amount).ok_or(Error::<T>::Overflow)?;
            total.stake = total.stake.checked_add(amount).ok_or(Error::<T>::Overflow)?;
            Positions::<T>::insert(hotkey, coldkey, after);
            Totals::<T>::insert(hotkey, total);
            Ok(())
        }

        fn debit(hotkey: &AccountId, coldkey: &AccountId, amount: Amount, after: Amount) -> DispatchResult {
            let mut total = Totals::<T>::get(hotkey);
            total.stake = total.stake.checked_sub(amount).ok_or(Error::<T>::NotEnoughStake)?;
            if after > 0 {
                Positions::<T>::insert(hotkey, coldkey, after);
            } else {
                Positions::<T>::remove(hotkey, coldkey);
                ByColdkey::<T>::remove(coldkey, hotkey);
                total.nominators = total.nominators.checked_sub(1).ok_or(Error::<T>::NotEnoughStake)?;
            }
            if total.nominators == 0 {
                Totals::<T>::remove(hotkey);
            } else {
                Totals::<T>::insert(hotkey, total);
            }
            Ok(())
        }

        fn receive(source: &AccountId, amount: Amount) -> DispatchResult {
            T::Currency::transfer(source, &Self::pot(), amount, Preservation::Preserve).map(|_| ())
        }
    }

    impl<T: Config> HotkeyOwners for Pallet<T> {
        fn coldkey_of(hotkey: &AccountId) -> Option<AccountId> {
            Owner::<T>::get(hotkey)
        }

        fn claim(hotkey: &AccountId, coldkey: &AccountId) -> DispatchResult {
            match Owner::<T>::get(hotkey) {
                Some(owner) => ensure!(owner == *coldkey, Error::<T>::HotkeyOfAnother),
                None => Owner::<T>::insert(hotkey, coldkey),
            }
            Ok(())
        }
    }

    impl<T: Config> StakeOf for Pallet<T> {
        fn stake(hotkey: &AccountId) -> Amount {
            Totals::<T>::get(hotkey).stake
        }
    }

    impl<T: Config> Rewards for Pallet<T> {
        fn reward_miner(source: &AccountId, hotkey: &AccountId, amount: Amount) -> DispatchResult {
            if amount == 0 {
                return Ok(());
            }
            let owner = Owner::<T>::get(hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            Self::receive(source, amount)?;
            Self::credit(hotkey, &owner, amount)
        }

        fn reward_validator(source: &AccountId, hotkey: &AccountId, amount: Amount) -> DispatchResult {
            if amount == 0 {
                return Ok(());
            }
            let owner = Owner::<T>::get(hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            Self::receive(source, amount)?;
            let positions: Vec<_> = Positions::<T>::iter_prefix(hotkey).collect();
            let total = Totals::<T>::get(hotkey).stake;
            let (shares, rest) =
                shares::split(amount, T::DelegateTake::get(), &positions, total).ok_or(Error::<T>::Overflow)?;
            for (coldkey, share) in shares.into_iter().filter(|(_, share)| *share > 0) {
                Self::credit(hotkey, &coldkey, share)?;
            }
            if rest > 0 {
                Self::credit(hotkey, &owner, rest)?;
            }
            Ok(())
        }
    }
}
