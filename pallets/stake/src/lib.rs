//! Who stakes how much on which hotkey.
//!
//! Staked tokens lie on the pot account, so that `total issuance` counts them like all others: the pot's balance is the
//! sum of all pools (above the existential deposit that keeps the account alive), which `try_state` checks.
//!
//! Each hotkey has one [`Pool`] of which its nominators hold shares, so that paying them costs the same however many
//! they are. New stake waits for [`WAIT`] rounds before it earns or counts anywhere, so that nobody earns by staking
//! just before a payout; it can be taken back at any time.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod book;
mod holding;
mod pool;
mod swap;
mod weights;

pub use holding::Holding;
pub use pallet::*;
pub use pool::{Deposit, Pool, PoolId, Position, Ripe, Round, Waiting, WAIT};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{book::Book, Pool, PoolId, Position, Ripe, Round, WeightInfo};
    use alloc::vec::Vec;
    use chain_traits::{HotkeyOwners, Rewards, StakeOf};
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, Mutate},
            tokens::Preservation,
            Contains,
        },
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use primitives::{
        has_rested, mul_div, AccountId, Amount, BlockNumber, Delegate, Proportion, MAX_HOTKEYS, MAX_TEMPO,
    };
    use sp_runtime::traits::{AccountIdConversion, BlockNumberProvider};

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Currency: Inspect<AccountId, Balance = Amount> + Mutate<AccountId>;
        type PotId: Get<PalletId>;
        /// The least that one coldkey may keep on one hotkey, in base units.
        type MinStake: Get<Amount>;
        /// The most that a hotkey's owner may keep of the dividends before they are shared, and what it keeps while it
        /// has not said otherwise, as a share of `u16::MAX`.
        type MaxTake: Get<Proportion>;
        /// Fewest blocks between two times that a hotkey raises its take.
        type TakeRaiseInterval: Get<BlockNumber>;
        type WeightInfo: WeightInfo;
        /// Hotkeys that were swapped for others, which nobody claims again.
        type Retired: Contains<AccountId>;
        /// Coldkeys that are to be swapped, whose stake stays where it is until then.
        type Leaving: Contains<AccountId>;
    }

    /// The coldkey that each known hotkey belongs to.
    #[pallet::storage]
    pub type Owner<T> = StorageMap<_, Blake2_128Concat, AccountId, AccountId>;

    /// The hotkeys of each coldkey, in the order in which it claimed them.
    #[pallet::storage]
    pub type Hotkeys<T> =
        StorageMap<_, Blake2_128Concat, AccountId, BoundedVec<AccountId, ConstU32<MAX_HOTKEYS>>, ValueQuery>;

    /// By hotkey.
    #[pallet::storage]
    pub type Pools<T> = StorageMap<_, Blake2_128Concat, AccountId, Pool, ValueQuery>;

    /// The hotkey of each pool that somebody has a position in.
    #[pallet::storage]
    pub type HotkeyOf<T> = StorageMap<_, Twox64Concat, PoolId, AccountId>;

    /// The pool that was opened last.
    #[pallet::storage]
    pub type LastPool<T> = StorageValue<_, PoolId, ValueQuery>;

    /// By pool and coldkey; no entry is empty.
    #[pallet::storage]
    pub type Positions<T> = StorageDoubleMap<_, Twox64Concat, PoolId, Blake2_128Concat, AccountId, Position>;

    /// The same pairs by coldkey and pool, to list what a coldkey has.
    #[pallet::storage]
    pub type ByColdkey<T> = StorageDoubleMap<_, Blake2_128Concat, AccountId, Twox64Concat, PoolId, ()>;

    /// By pool and round; an entry lives until the last position has collected its part.
    #[pallet::storage]
    pub type RipeDeposits<T> = StorageDoubleMap<_, Twox64Concat, PoolId, Twox64Concat, Round, Ripe>;

    /// What a hotkey's owner keeps of its dividends.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Take {
        /// As a share of `u16::MAX`.
        pub share: Proportion,
        pub raised_at: Option<BlockNumber>,
    }

    /// By hotkey, for those whose owner has chosen.
    #[pallet::storage]
    pub type Takes<T> = StorageMap<_, Blake2_128Concat, AccountId, Take>;

    #[pallet::type_value]
    pub fn DefaultRoundLength() -> BlockNumber {
        BlockNumber::from(MAX_TEMPO) + 1
    }

    /// Blocks in a round; set at genesis.
    #[pallet::storage]
    pub type RoundLength<T> = StorageValue<_, BlockNumber, ValueQuery, DefaultRoundLength>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Blocks in a round, at least 1: new stake earns and counts from the second round after it on. When absent it is
        /// 361: what lies between two epochs at the longest tempo.
        pub round_length: Option<BlockNumber>,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let length = self.round_length.unwrap_or_else(DefaultRoundLength::get);
            assert!(length > 0, "stake.roundLength must be at least one block");
            RoundLength::<T>::put(length);
            T::Currency::mint_into(&Pallet::<T>::pot(), T::Currency::minimum_balance())
                .expect("genesis issues less than the amount type holds");
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Added { hotkey: AccountId, coldkey: AccountId, amount: Amount },
        Removed { hotkey: AccountId, coldkey: AccountId, amount: Amount },
        Moved { from: AccountId, to: AccountId, coldkey: AccountId, amount: Amount },
        TakeSet { hotkey: AccountId, take: Proportion },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Nobody has registered this hotkey yet, so nothing can be staked on it; check the address, or register it first.
        UnknownHotkey,
        /// This hotkey belongs to another coldkey; use a hotkey of your own wallet.
        HotkeyOfAnother,
        /// This hotkey was swapped for another one and never comes back; make a new hotkey with `plexus wallet new`.
        HotkeyRetired,
        /// One coldkey owns 512 hotkeys at most; use another coldkey for this one.
        TooManyHotkeys,
        /// This coldkey is to be swapped, and its stake stays where it is until then; see `plexus swap coldkey status`.
        ColdkeyLeaving,
        /// The coldkey does not have that much free; `plexus balance` tells what it has.
        NotEnoughBalance,
        /// You have less than that on this hotkey; `plexus stake show` tells how much.
        NotEnoughStake,
        /// A position must hold at least the minimum stake; add more, or remove all of it.
        BelowMinimum,
        /// Stake cannot be moved from a hotkey to itself; name another hotkey.
        SameHotkey,
        /// A take is at most 18 %; choose a lower one.
        TakeTooHigh,
        /// A take may be raised once in 216,000 blocks (30 days); lowering it is possible at any time.
        TakeRaisedTooSoon,
        /// The sum of stakes would pass what the amount type holds; this is a fault of the chain, please report it.
        Overflow,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Moves `amount` base units of the sender onto `hotkey`, where they wait for their round.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::add())]
        pub fn add(origin: OriginFor<T>, hotkey: AccountId, amount: Amount) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            ensure!(amount > 0, Error::<T>::BelowMinimum);
            T::Currency::transfer(&coldkey, &Self::pot(), amount, Preservation::Preserve)
                .map_err(|_| Error::<T>::NotEnoughBalance)?;
            Self::deposit(&hotkey, &coldkey, amount)?;
            Self::deposit_event(Event::Added { hotkey, coldkey, amount });
            Ok(())
        }

        /// Moves `amount` base units from `hotkey` back to the sender; first those that still wait.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::remove())]
        pub fn remove(origin: OriginFor<T>, hotkey: AccountId, amount: Amount) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            ensure!(amount > 0, Error::<T>::BelowMinimum);
            Self::withdraw(&hotkey, &coldkey, Some(amount))?;
            Self::release(hotkey, coldkey, amount)
        }

        /// Moves all that the sender has on `hotkey` back to the sender.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::remove_all())]
        pub fn remove_all(origin: OriginFor<T>, hotkey: AccountId) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            let amount = Self::withdraw(&hotkey, &coldkey, None)?;
            ensure!(amount > 0, Error::<T>::NotEnoughStake);
            Self::release(hotkey, coldkey, amount)
        }

        /// Moves `amount` base units of the sender from one hotkey to another, where they wait for their round.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::move_stake())]
        pub fn move_stake(origin: OriginFor<T>, from: AccountId, to: AccountId, amount: Amount) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            ensure!(from != to, Error::<T>::SameHotkey);
            ensure!(amount > 0, Error::<T>::BelowMinimum);
            Self::withdraw(&from, &coldkey, Some(amount))?;
            Self::deposit(&to, &coldkey, amount)?;
            Self::deposit_event(Event::Moved { from, to, coldkey, amount });
            Ok(())
        }

        /// Sets what the sender keeps of its hotkey's dividends, as a share of `u16::MAX`, from the next payout on.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::set_take())]
        pub fn set_take(origin: OriginFor<T>, hotkey: AccountId, take: Proportion) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            let owner = Owner::<T>::get(&hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            ensure!(owner == coldkey, Error::<T>::HotkeyOfAnother);
            ensure!(take <= T::MaxTake::get(), Error::<T>::TakeTooHigh);
            let mut raised_at = Takes::<T>::get(&hotkey).and_then(|old| old.raised_at);
            if take > Self::take(&hotkey) {
                let now = T::Clock::current_block_number();
                ensure!(has_rested(raised_at, now, T::TakeRaiseInterval::get()), Error::<T>::TakeRaisedTooSoon);
                raised_at = Some(now);
            }
            Takes::<T>::insert(&hotkey, Take { share: take, raised_at });
            Self::deposit_event(Event::TakeSet { hotkey, take });
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
            let (mut sum, mut pools) = (T::Currency::minimum_balance(), 0);
            for (hotkey, pool) in Pools::<T>::iter() {
                ensure!(Owner::<T>::contains_key(&hotkey), "stake on a hotkey of nobody");
                ensure!(HotkeyOf::<T>::get(pool.id) == Some(hotkey), "a pool under another hotkey's name");
                Self::check_pool(&pool)?;
                pools += 1;
                sum = pool.total().and_then(|total| sum.checked_add(total)).ok_or("stakes overflow")?;
            }
            Self::check_owners()?;
            ensure!(T::Currency::balance(&Self::pot()) == sum, "the pot does not hold the sum of all stakes");
            ensure!(HotkeyOf::<T>::iter().count() == pools, "a name of a pool that does not exist");
            ensure!(HotkeyOf::<T>::iter_keys().all(|id| id <= LastPool::<T>::get()), "a pool from the future");
            let known = |id: PoolId| HotkeyOf::<T>::contains_key(id);
            ensure!(Positions::<T>::iter_keys().all(|(id, _)| known(id)), "a position in no pool");
            ensure!(RipeDeposits::<T>::iter_keys().all(|(id, _)| known(id)), "a ripe deposit in no pool");
            ensure!(
                ByColdkey::<T>::iter_keys().all(|(who, id)| Positions::<T>::contains_key(id, who)),
                "an index of nothing"
            );
            ensure!(Positions::<T>::iter().count() == ByColdkey::<T>::iter().count(), "the coldkey index is off");
            ensure!(Takes::<T>::iter_keys().all(Owner::<T>::contains_key), "a take of nobody");
            ensure!(Takes::<T>::iter_values().all(|take| take.share <= T::MaxTake::get()), "a take above the most");
            Ok(())
        }

        fn check_owners() -> Result<(), sp_runtime::TryRuntimeError> {
            let mut owned = 0;
            for (coldkey, hotkeys) in Hotkeys::<T>::iter() {
                let owns = |hotkey: &AccountId| Owner::<T>::get(hotkey).as_ref() == Some(&coldkey);
                ensure!(hotkeys.iter().all(owns), "a hotkey is listed for a coldkey that does not own it");
                ensure!(!hotkeys.is_empty(), "an empty list of hotkeys");
                owned += hotkeys.len();
            }
            ensure!(Owner::<T>::iter().count() == owned, "a hotkey is listed twice, or not at all");
            ensure!(
                !Owner::<T>::iter_keys().any(|hotkey| T::Retired::contains(&hotkey)),
                "a retired hotkey has an owner"
            );
            Ok(())
        }

        fn check_pool(pool: &Pool) -> Result<(), sp_runtime::TryRuntimeError> {
            let (mut shares, mut waiting, mut nominators) = (0u128, 0, 0);
            for position in Positions::<T>::iter_prefix_values(pool.id) {
                shares = shares.checked_add(position.shares).ok_or("shares overflow")?;
                let waits = position.waiting.sum().ok_or("what waits overflows")?;
                waiting = waits.checked_add(waiting).ok_or("what waits overflows")?;
                nominators += 1;
            }
            let mut deposited = pool.waiting.sum().ok_or("what waits overflows")?;
            for ripe in RipeDeposits::<T>::iter_prefix_values(pool.id) {
                shares = shares.checked_add(ripe.shares).ok_or("shares overflow")?;
                deposited = deposited.checked_add(ripe.amount).ok_or("what waits overflows")?;
            }
            ensure!(shares == pool.shares, "a pool's shares are not those of its positions");
            ensure!(waiting == deposited, "what waits for a pool is not what its positions wait for");
            ensure!(nominators == pool.nominators, "a hotkey's nominators are miscounted");
            ensure!(pool.shares > 0 || pool.earning == 0, "a pool earns for nobody");
            Ok(())
        }

        /// The account that holds all staked tokens.
        pub fn pot() -> AccountId {
            T::PotId::get().into_account_truncating()
        }

        /// The round that the current block belongs to.
        pub fn round() -> Round {
            T::Clock::current_block_number().checked_div(RoundLength::<T>::get()).unwrap_or_default()
        }

        /// Every hotkey on which `coldkey` stakes, with the amount, in base units.
        pub fn positions_of(coldkey: &AccountId) -> Vec<(AccountId, Amount)> {
            let amount = |hotkey: &AccountId| Book::load::<T>(hotkey, coldkey).and_then(|book| book.value::<T>());
            ByColdkey::<T>::iter_key_prefix(coldkey)
                .filter_map(HotkeyOf::<T>::get)
                .filter_map(|hotkey| amount(&hotkey).ok().map(|amount| (hotkey, amount)))
                .collect()
        }

        /// Every hotkey that somebody stakes on, the one with most stake first.
        pub fn delegates() -> Vec<Delegate> {
            let delegate = |(hotkey, pool): (AccountId, Pool)| {
                Some(Delegate {
                    owner: Owner::<T>::get(&hotkey)?,
                    // Identities are another pallet's.
                    name: Default::default(),
                    take: Self::take(&hotkey),
                    stake: pool.total()?,
                    nominators: pool.nominators,
                    hotkey,
                })
            };
            let mut delegates: Vec<_> = Pools::<T>::iter().filter_map(delegate).collect();
            delegates.sort_by(|a, b| b.stake.cmp(&a.stake).then_with(|| a.hotkey.cmp(&b.hotkey)));
            delegates
        }

        /// What the owner of a hotkey keeps of its dividends, as a share of `u16::MAX`.
        pub fn take(hotkey: &AccountId) -> Proportion {
            Takes::<T>::get(hotkey).map_or(T::MaxTake::get(), |take| take.share)
        }

        /// Names the pool of a hotkey that gets its first stake.
        pub(crate) fn open_pool(hotkey: &AccountId) -> Result<PoolId, Error<T>> {
            let id = LastPool::<T>::get().checked_add(1).ok_or(Error::<T>::Overflow)?;
            LastPool::<T>::put(id);
            HotkeyOf::<T>::insert(id, hotkey);
            Ok(id)
        }

        /// Books `amount`, already on the pot, for `coldkey` on `hotkey`.
        fn deposit(hotkey: &AccountId, coldkey: &AccountId, amount: Amount) -> Result<(), Error<T>> {
            ensure!(Owner::<T>::contains_key(hotkey), Error::<T>::UnknownHotkey);
            ensure!(!T::Leaving::contains(coldkey), Error::<T>::ColdkeyLeaving);
            let mut book = Book::load::<T>(hotkey, coldkey)?;
            book.deposit::<T>(amount)?;
            ensure!(book.value::<T>()? >= T::MinStake::get(), Error::<T>::BelowMinimum);
            book.store::<T>()
        }

        /// Takes `amount`, or all, out of the books; it stays on the pot. Returns what it took.
        fn withdraw(hotkey: &AccountId, coldkey: &AccountId, amount: Option<Amount>) -> Result<Amount, Error<T>> {
            ensure!(!T::Leaving::contains(coldkey), Error::<T>::ColdkeyLeaving);
            let mut book = Book::load::<T>(hotkey, coldkey)?;
            let amount = amount.map_or_else(|| book.value::<T>(), Ok)?;
            book.withdraw::<T>(amount)?;
            let left = book.value::<T>()?;
            ensure!(left == 0 || left >= T::MinStake::get(), Error::<T>::BelowMinimum);
            book.store::<T>()?;
            Ok(amount)
        }

        fn release(hotkey: AccountId, coldkey: AccountId, amount: Amount) -> DispatchResult {
            T::Currency::transfer(&Self::pot(), &coldkey, amount, Preservation::Preserve)?;
            Self::deposit_event(Event::Removed { hotkey, coldkey, amount });
            Ok(())
        }
    }

    impl<T: Config> HotkeyOwners for Pallet<T> {
        fn coldkey_of(hotkey: &AccountId) -> Option<AccountId> {
            Owner::<T>::get(hotkey)
        }

        fn may_claim(hotkey: &AccountId, coldkey: &AccountId) -> DispatchResult {
            if let Some(owner) = Owner::<T>::get(hotkey) {
                ensure!(owner == *coldkey, Error::<T>::HotkeyOfAnother);
                return Ok(());
            }
            ensure!(!T::Retired::contains(hotkey), Error::<T>::HotkeyRetired);
            let owned = Hotkeys::<T>::decode_len(coldkey).unwrap_or_default();
            ensure!(owned < MAX_HOTKEYS as usize, Error::<T>::TooManyHotkeys);
            Ok(())
        }

        fn claim(hotkey: &AccountId, coldkey: &AccountId) -> DispatchResult {
            Self::may_claim(hotkey, coldkey)?;
            if !Owner::<T>::contains_key(hotkey) {
                Hotkeys::<T>::try_append(coldkey, hotkey).map_err(|_| Error::<T>::TooManyHotkeys)?;
                Owner::<T>::insert(hotkey, coldkey);
            }
            Ok(())
        }
    }

    impl<T: Config> StakeOf for Pallet<T> {
        fn stake(hotkey: &AccountId) -> Amount {
            // Staked tokens exist, so that their sum fits.
            Pools::<T>::get(hotkey).counted(Self::round()).unwrap_or_default()
        }

        fn stakes(hotkeys: &[AccountId]) -> Vec<Amount> {
            let round = Self::round();
            hotkeys.iter().map(|hotkey| Pools::<T>::get(hotkey).counted(round).unwrap_or_default()).collect()
        }
    }

    impl<T: Config> Rewards for Pallet<T> {
        fn receive(source: &AccountId, amount: Amount) -> DispatchResult {
            T::Currency::transfer(source, &Self::pot(), amount, Preservation::Preserve).map(|_| ())
        }

        fn reward_owner(hotkey: &AccountId, amount: Amount) -> DispatchResult {
            let owner = Owner::<T>::get(hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            let mut book = Book::load::<T>(hotkey, &owner)?;
            book.earn::<T>(amount)?;
            Ok(book.store::<T>()?)
        }

        fn reward_stakers(hotkey: &AccountId, amount: Amount) -> DispatchResult {
            let owner = Owner::<T>::get(hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            let mut book = Book::load::<T>(hotkey, &owner)?;
            let take =
                mul_div(amount, Self::take(hotkey).into(), Proportion::MAX.into()).ok_or(Error::<T>::Overflow)?;
            let shared = amount.checked_sub(take).ok_or(Error::<T>::Overflow)?;
            let unshared = book.pool.pay(shared).ok_or(Error::<T>::Overflow)?;
            book.earn::<T>(take.checked_add(unshared).ok_or(Error::<T>::Overflow)?)?;
            Ok(book.store::<T>()?)
        }
    }
}
