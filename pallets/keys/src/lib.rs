//! Exchange of a key for a new one, with everything that it has.
//!
//! Nothing is kept here but who was exchanged: each pallet moves what it keeps under a key itself, told by
//! [`OnHotkeySwapped`] or [`OnColdkeySwapped`], and one that fails undoes the whole swap. A hotkey that was swapped away is
//! retired for good, so that nobody takes it up again and passes for its successor.
//!
//! The swap of a coldkey is announced, and from then on all its tokens are frozen, also those that come later: nothing
//! leaves it, its stake stays where it is, and it can pay for nothing, whoever else holds the key and by whatever proxy.
//! After a delay the new coldkey takes over, unless the old one disputes: then root decides who gets what lies there.
//!
//! [`OnHotkeySwapped`]: chain_traits::OnHotkeySwapped
//! [`OnColdkeySwapped`]: chain_traits::OnColdkeySwapped
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod rules;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use rules::SwapRules;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{SwapRules, WeightInfo};
    use chain_traits::{Coldkeys, HotkeyOwners, OnColdkeySwapped, OnHotkeySwapped, Subnets};
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{freeze::Inspect as InspectFreeze, Inspect, Mutate, MutateFreeze},
            tokens::{Fortitude, Precision, Preservation},
            Contains,
        },
    };
    use frame_system::pallet_prelude::*;
    use primitives::{
        AccountId, Amount, BlockNumber, ColdkeySwap, SuccessorObstacle, H256, MAX_HOTKEYS, MAX_SWAPPED_POSITIONS,
    };
    use sp_runtime::{traits::BlockNumberProvider, ArithmeticError};

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Currency: Inspect<AccountId, Balance = Amount>
            + Mutate<AccountId>
            + MutateFreeze<AccountId, Id = Self::RuntimeFreezeReason>;
        type RuntimeFreezeReason: From<FreezeReason>;
        type Subnets: Subnets;
        type Hotkeys: HotkeyOwners;
        /// All that keep anything under a hotkey.
        type OnHotkeySwapped: OnHotkeySwapped;
        type Coldkeys: Coldkeys;
        /// All that keep anything but free tokens under a coldkey.
        type OnColdkeySwapped: OnColdkeySwapped;
        /// The coldkeys that have proxies.
        type Proxied: Contains<AccountId>;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::composite_enum]
    pub enum FreezeReason {
        /// Another coldkey is to take over, and until then nothing leaves.
        ColdkeySwap,
    }

    #[pallet::storage]
    pub type Rules<T> = StorageValue<_, SwapRules, ValueQuery>;

    /// The hotkeys that were swapped away, each with the one that took its place then.
    #[pallet::storage]
    pub type Successors<T> = StorageMap<_, Blake2_128Concat, AccountId, AccountId>;

    /// The block in which each hotkey took the place of another one.
    #[pallet::storage]
    pub type SwappedAt<T> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

    /// By the coldkey that is to be swapped.
    #[pallet::storage]
    pub type ColdkeySwaps<T> = StorageMap<_, Blake2_128Concat, AccountId, ColdkeySwap>;

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
        HotkeySwapped {
            coldkey: AccountId,
            old: AccountId,
            new: AccountId,
        },
        /// All tokens of the coldkey are frozen, and from block `ready_at` on the one with this hash can take over.
        ColdkeySwapAnnounced {
            coldkey: AccountId,
            hash: H256,
            ready_at: BlockNumber,
        },
        /// Only root lifts the freeze now.
        ColdkeySwapDisputed {
            coldkey: AccountId,
        },
        /// By root: the coldkey stays as it was, and is free again.
        ColdkeySwapCancelled {
            coldkey: AccountId,
        },
        ColdkeySwapped {
            old: AccountId,
            new: AccountId,
        },
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
        /// The swap of this coldkey is announced already; `plexus swap coldkey status` tells when it can be finished.
        AlreadyAnnounced,
        /// This coldkey stakes on more than 512 hotkeys, too many to move at once; take stake back from some of them first.
        TooManyPositions,
        /// No swap of this coldkey is announced; `plexus swap coldkey announce` does it.
        NotAnnounced,
        /// This swap is disputed already; governance decides what becomes of the coldkey, so make your case to its members.
        Disputed,
        /// Another coldkey than this one was announced; sign with the one that was.
        OtherColdkey,
        /// The delay of this swap has not passed yet; `plexus swap coldkey status` tells the block from which on it can be finished.
        TooEarly,
        /// The new coldkey is one of the old one's hotkeys, which lies open on the disk of a server; make a new coldkey with `plexus wallet new`.
        ColdkeyIsHotkey,
        /// The new coldkey owns hotkeys, has stake, or is to be swapped itself; make a new one with `plexus wallet new`.
        ColdkeyInUse,
        /// This coldkey has proxies, who could lock its tokens away until it is swapped; take them back first, all at once with the call Proxy.remove_proxies.
        HasProxies,
    }

    impl<T> From<SuccessorObstacle> for Error<T> {
        fn from(obstacle: SuccessorObstacle) -> Self {
            match obstacle {
                SuccessorObstacle::OwnHotkey => Self::ColdkeyIsHotkey,
                SuccessorObstacle::InUse | SuccessorObstacle::Leaving => Self::ColdkeyInUse,
            }
        }
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

        /// Announces that the coldkey with this [`ColdkeySwap::hash_of`] will take the sender's place, burns the fee and
        /// freezes all that the sender has until then. There is no way back but root's.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::announce_coldkey_swap(MAX_SWAPPED_POSITIONS))]
        pub fn announce_coldkey_swap(origin: OriginFor<T>, hash: H256) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            ensure!(!ColdkeySwaps::<T>::contains_key(&coldkey), Error::<T>::AlreadyAnnounced);
            ensure!(!T::Proxied::contains(&coldkey), Error::<T>::HasProxies);
            let positions = T::Coldkeys::positions(&coldkey, MAX_SWAPPED_POSITIONS + 1);
            ensure!(positions <= MAX_SWAPPED_POSITIONS, Error::<T>::TooManyPositions);
            let rules = Rules::<T>::get();
            let now = T::Clock::current_block_number();
            let ready_at = now.checked_add(rules.coldkey_delay).ok_or(ArithmeticError::Overflow)?;
            Self::charge(&coldkey, rules.coldkey_fee)?;
            T::Currency::set_freeze(&FreezeReason::ColdkeySwap.into(), &coldkey, Amount::MAX)?;
            ColdkeySwaps::<T>::insert(&coldkey, ColdkeySwap { hash, ready_at, disputed: false });
            Self::deposit_event(Event::ColdkeySwapAnnounced { coldkey, hash, ready_at });
            Ok(())
        }

        /// Gives all that the coldkey `old` has to the sender, whom `old` announced; its fee comes back. As the
        /// new coldkey signs, nothing goes to one that nobody has.
        #[pallet::call_index(2)]
        #[pallet::weight(Pallet::<T>::swap_coldkey_weight())]
        pub fn swap_coldkey(origin: OriginFor<T>, old: AccountId) -> DispatchResultWithPostInfo {
            let new = ensure_signed(origin)?;
            let swap = ColdkeySwaps::<T>::get(&old).ok_or(Error::<T>::NotAnnounced)?;
            ensure!(!swap.disputed, Error::<T>::Disputed);
            ensure!(swap.hash == ColdkeySwap::hash_of(&new), Error::<T>::OtherColdkey);
            ensure!(T::Clock::current_block_number() >= swap.ready_at, Error::<T>::TooEarly);
            Self::hand_over(old, new)?;
            Ok(Pays::No.into())
        }

        /// Keeps the coldkey that was announced from taking the sender's place: everything stays frozen until root decides.
        /// Free of charge, because the sender can pay for nothing.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::dispute_coldkey_swap())]
        #[pallet::feeless_if(|origin: &OriginFor<T>| -> bool { Pallet::<T>::may_dispute(origin.clone()).is_ok() })]
        pub fn dispute_coldkey_swap(origin: OriginFor<T>) -> DispatchResult {
            let (coldkey, swap) = Self::may_dispute(origin)?;
            ColdkeySwaps::<T>::insert(&coldkey, ColdkeySwap { disputed: true, ..swap });
            Self::deposit_event(Event::ColdkeySwapDisputed { coldkey });
            Ok(())
        }

        /// Gives all that the coldkey has to `new` at once or, without one, lets it go on as if nothing had been announced.
        /// By root.
        #[pallet::call_index(4)]
        #[pallet::weight(Pallet::<T>::swap_coldkey_weight())]
        pub fn resolve_coldkey_swap(
            origin: OriginFor<T>,
            coldkey: AccountId,
            new: Option<AccountId>,
        ) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(ColdkeySwaps::<T>::contains_key(&coldkey), Error::<T>::NotAnnounced);
            match new {
                Some(new) => Self::hand_over(coldkey, new),
                None => {
                    Self::release(&coldkey)?;
                    Self::deposit_event(Event::ColdkeySwapCancelled { coldkey });
                    Ok(())
                }
            }
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
            let freeze = FreezeReason::ColdkeySwap.into();
            for coldkey in frame_system::Account::<T>::iter_keys() {
                let frozen = T::Currency::balance_frozen(&freeze, &coldkey) > 0;
                let announced = ColdkeySwaps::<T>::contains_key(&coldkey);
                ensure!(!frozen || announced, "a coldkey is frozen whose swap nobody announced");
            }
            for coldkey in ColdkeySwaps::<T>::iter_keys() {
                ensure!(
                    T::Currency::balance_frozen(&freeze, &coldkey) == Amount::MAX,
                    "a coldkey that is to be swapped is not frozen"
                );
                let spendable = T::Currency::reducible_balance(&coldkey, Preservation::Expendable, Fortitude::Polite);
                ensure!(spendable == 0, "a coldkey that is to be swapped can still spend");
            }
            ensure!(SwappedAt::<T>::iter_keys().all(|hotkey| known(&hotkey)), "a swap to a hotkey that nobody owns");
            Ok(())
        }

        /// By the subnets that there are, as a block would not hold the largest swap among all that there could be.
        fn swap_hotkey_weight() -> Weight {
            T::WeightInfo::swap_hotkey(T::Subnets::netuids().len() as u32)
        }

        /// Positions that were not there at the announcement are on own hotkeys, which earn.
        fn swap_coldkey_weight() -> Weight {
            let positions = MAX_HOTKEYS + MAX_SWAPPED_POSITIONS;
            T::WeightInfo::swap_coldkey(MAX_HOTKEYS, positions, T::Subnets::netuids().len() as u32)
        }

        /// Why `new` may not take the place of `old`: what it has would be mixed up with what it gets.
        pub fn successor_obstacle(old: &AccountId, new: &AccountId) -> Option<SuccessorObstacle> {
            // Anybody can name a key that is not theirs as a hotkey, so only what the owner did itself counts.
            if T::Hotkeys::coldkey_of(new).as_ref() == Some(old) {
                Some(SuccessorObstacle::OwnHotkey)
            } else if T::Coldkeys::is_used(new) {
                Some(SuccessorObstacle::InUse)
            } else if ColdkeySwaps::<T>::contains_key(new) {
                Some(SuccessorObstacle::Leaving)
            } else {
                None
            }
        }

        fn may_dispute(origin: OriginFor<T>) -> Result<(AccountId, ColdkeySwap), DispatchError> {
            let coldkey = ensure_signed(origin)?;
            let swap = ColdkeySwaps::<T>::get(&coldkey).ok_or(Error::<T>::NotAnnounced)?;
            ensure!(!swap.disputed, Error::<T>::Disputed);
            Ok((coldkey, swap))
        }

        /// Forgets the announcement and lets the coldkey spend again.
        fn release(coldkey: &AccountId) -> DispatchResult {
            ColdkeySwaps::<T>::remove(coldkey);
            T::Currency::thaw(&FreezeReason::ColdkeySwap.into(), coldkey)
        }

        fn hand_over(old: AccountId, new: AccountId) -> DispatchResult {
            if let Some(obstacle) = Self::successor_obstacle(&old, &new) {
                return Err(Error::<T>::from(obstacle).into());
            }
            Self::release(&old)?;
            // Once before, as locks go only to an account that exists; and once after, as locks keep the old one alive.
            Self::move_free_tokens(&old, &new)?;
            T::OnColdkeySwapped::on_coldkey_swapped(&old, &new)?;
            Self::move_free_tokens(&old, &new)?;
            Self::deposit_event(Event::ColdkeySwapped { old, new });
            Ok(())
        }

        fn move_free_tokens(old: &AccountId, new: &AccountId) -> DispatchResult {
            let all = T::Currency::reducible_balance(old, Preservation::Expendable, Fortitude::Polite);
            T::Currency::transfer(old, new, all, Preservation::Expendable).map(|_| ())
        }

        fn charge(coldkey: &AccountId, fee: Amount) -> Result<(), Error<T>> {
            T::Currency::burn_from(coldkey, fee, Preservation::Preserve, Precision::Exact, Fortitude::Polite)
                .map_err(|_| Error::<T>::CannotPayFee)?;
            Ok(())
        }
    }

    /// The hotkeys that nobody may take up again.
    pub struct Retired<T>(core::marker::PhantomData<T>);

    impl<T: Config> Contains<AccountId> for Retired<T> {
        fn contains(hotkey: &AccountId) -> bool {
            Successors::<T>::contains_key(hotkey)
        }
    }

    /// The coldkeys that are to be swapped.
    pub struct Leaving<T>(core::marker::PhantomData<T>);

    impl<T: Config> Contains<AccountId> for Leaving<T> {
        fn contains(coldkey: &AccountId) -> bool {
            ColdkeySwaps::<T>::contains_key(coldkey)
        }
    }
}
