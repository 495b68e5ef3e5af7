//! Lends the stake weight of a hotkey to others, per subnet.
//!
//! A parent lends proportions of its stake to at most [`MAX_CHILDREN`] child keys, which weigh more for it; the tokens
//! stay where they are. A child's dividends are shared with its parents in proportion to what each contributed, less
//! the child's take. Both ends of a loan are stored, each with the hotkey that it concerns.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod tie;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use tie::{Tie, MAX_CHILDREN, MAX_PARENTS};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{
        tie::{self, Broken},
        Tie, WeightInfo, MAX_CHILDREN,
    };
    use alloc::vec::Vec;
    use chain_traits::{
        Dividends, HotkeyOwners, Neurons, OnHotkeySwapped, OnSubnetRemoved, Rewards, StakeOf, StakeWeight, Subnets,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{has_rested, AccountId, Amount, BlockNumber, ChildKeys, Loan, NetUid, Proportion};
    use sp_runtime::traits::BlockNumberProvider;

    /// Hotkeys of one subnet with children, parents or a take, at most: so many entries a dissolution has to clear.
    pub const MAX_TIES: u32 = 2_048;
    /// Hotkeys that one sweep forgets, at most.
    pub const MAX_SWEPT: u32 = 64;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Subnets: Subnets;
        type Hotkeys: HotkeyOwners;
        type Neurons: Neurons;
        type Stake: StakeOf;
        type Rewards: Rewards;
        /// Fewest blocks between two changes of a hotkey's children, or of its take, in one subnet.
        type ChangeInterval: Get<BlockNumber>;
        /// The least stake of a parent, in base units, so that filling a child's list of parents is not free.
        type MinParentStake: Get<Amount>;
        /// The most that a child keeps of what it earns for its parents, as a share of `u16::MAX`.
        type MaxTake: Get<Proportion>;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// By hotkey of each subnet; no entry is empty.
    #[pallet::storage]
    pub type Ties<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Blake2_128Concat, AccountId, Tie, ValueQuery>;

    /// Entries of [`Ties`] in each subnet, at most [`MAX_TIES`].
    #[pallet::storage]
    pub type Count<T> = StorageMap<_, Twox64Concat, NetUid, u32, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        ChildrenSet { netuid: NetUid, hotkey: AccountId, children: Vec<Loan> },
        TakeSet { netuid: NetUid, hotkey: AccountId, take: Proportion },
        Swept { netuid: NetUid, hotkeys: u32 },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do. The root network has no child keys.
        NoSuchSubnet,
        /// Nobody has registered this hotkey yet; check the address.
        UnknownHotkey,
        /// This hotkey belongs to another coldkey; sign with its owner's coldkey.
        HotkeyOfAnother,
        /// A hotkey has at most five children in a subnet; name fewer.
        TooManyChildren,
        /// A hotkey cannot be its own child; leave it out, what it does not lend stays with it.
        OwnChild,
        /// A child stands in the list twice; name it once with the sum of both proportions.
        DuplicateChild,
        /// This hotkey lends nothing in this subnet, so there is nothing to take back; name children to lend to, see `plexus child show`.
        NothingLent,
        /// The proportions sum to more than the whole stake; lower them.
        MoreThanAll,
        /// A child has 16 parents already; choose another one.
        TooManyParents,
        /// Children, and takes, change once in 7,200 blocks (a day) for each hotkey and subnet; taking all stake back is possible at any time.
        ChangedTooSoon,
        /// A parent needs at least 100 tokens of stake that counts; add stake, or wait for its round.
        TooLittleStake,
        /// A child's take is at most 18 %; choose a lower one.
        TakeTooHigh,
        /// This hotkey has no seat in this subnet, so it earns nothing there to take from; `plexus register` gets it one.
        NotRegistered,
        /// This subnet has as many child keys and parents as the network allows; `plexus child sweep` frees the places of those that are not in use.
        TooManyTies,
        /// A child gets a proportion of zero; leave that child out.
        ZeroProportion,
        /// Every child key and parent of this subnet is in use, or is kept until it may change again; try again in a day,
        /// or when some have taken their stake away.
        NothingToSweep,
    }

    impl<T> From<Broken> for Error<T> {
        fn from(broken: Broken) -> Self {
            match broken {
                Broken::TooMany => Self::TooManyChildren,
                Broken::Oneself => Self::OwnChild,
                Broken::Twice => Self::DuplicateChild,
                Broken::Nothing => Self::ZeroProportion,
                Broken::MoreThanAll => Self::MoreThanAll,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces the children of the sender's `hotkey` in a subnet; an empty list takes all stake back.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::heaviest_change(children.len()))]
        pub fn set_children(
            origin: OriginFor<T>,
            netuid: NetUid,
            hotkey: AccountId,
            children: Vec<Loan>,
        ) -> DispatchResultWithPostInfo {
            Self::ensure_owned(origin, netuid, &hotkey)?;
            tie::check(&hotkey, &children).map_err(Error::<T>::from)?;
            let mut parent = Ties::<T>::get(netuid, &hotkey);
            ensure!(!(parent.children.is_empty() && children.is_empty()), Error::<T>::NothingLent);
            if !children.is_empty() {
                ensure!(Self::rested(parent.children_set_at), Error::<T>::ChangedTooSoon);
                ensure!(T::Stake::stake(&hotkey) >= T::MinParentStake::get(), Error::<T>::TooLittleStake);
            }
            let mut weight = T::WeightInfo::set_children(parent.children.len() as u32, children.len() as u32);
            for old in &parent.children {
                Self::forget_parent(netuid, &old.hotkey, &hotkey)?;
            }
            for loan in &children {
                weight = weight.saturating_add(Self::add_parent(netuid, loan, &hotkey)?);
            }
            parent.children = children.clone().try_into().map_err(|_| Error::<T>::TooManyChildren)?;
            parent.children_set_at = Some(T::Clock::current_block_number());
            Self::store(netuid, &hotkey, parent)?;
            Self::deposit_event(Event::ChildrenSet { netuid, hotkey, children });
            Ok(Some(weight).into())
        }

        /// Sets what the sender keeps of what its `hotkey` earns for parents in a subnet, as a share of `u16::MAX`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_take())]
        pub fn set_take(origin: OriginFor<T>, netuid: NetUid, hotkey: AccountId, take: Proportion) -> DispatchResult {
            Self::ensure_owned(origin, netuid, &hotkey)?;
            ensure!(T::Neurons::uid_of(netuid, &hotkey).is_some(), Error::<T>::NotRegistered);
            ensure!(take <= T::MaxTake::get(), Error::<T>::TakeTooHigh);
            let mut tie = Ties::<T>::get(netuid, &hotkey);
            ensure!(Self::rested(tie.take_set_at), Error::<T>::ChangedTooSoon);
            tie.take = take;
            tie.take_set_at = Some(T::Clock::current_block_number());
            Self::store(netuid, &hotkey, tie)?;
            Self::deposit_event(Event::TakeSet { netuid, hotkey, take });
            Ok(())
        }

        /// Ends the loans of up to [`MAX_SWEPT`] hotkeys of a subnet that nobody lends to and that have no stake to lend, and
        /// forgets those that lend nothing and may do so again at once. So who fills a subnet must leave its tokens there;
        /// anybody may sweep. What is left of a hotkey's pace is forgotten only where all places are taken.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::sweep(MAX_TIES, MAX_SWEPT))]
        pub fn sweep(origin: OriginFor<T>, netuid: NetUid) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let (ties, idle) = (Count::<T>::get(netuid), Self::idle(netuid));
            ensure!(!idle.is_empty(), Error::<T>::NothingToSweep);
            let hotkeys = idle.len() as u32;
            for (hotkey, mut tie) in idle {
                for loan in core::mem::take(&mut tie.children) {
                    Self::forget_parent(netuid, &loan.hotkey, &hotkey)?;
                }
                // Else a sweep would be the way around the pace.
                let keeps_pace = !Self::may_change(&tie) && ties < MAX_TIES;
                Self::store(netuid, &hotkey, if keeps_pace { tie } else { Tie::default() })?;
            }
            Self::deposit_event(Event::Swept { netuid, hotkeys });
            Ok(Some(T::WeightInfo::sweep(ties, hotkeys)).into())
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
            for (netuid, hotkey, tie) in Ties::<T>::iter() {
                ensure!(T::Subnets::exists(netuid), "child keys in a subnet that does not exist");
                ensure!(!tie.is_empty(), "an empty tie");
                ensure!(tie::check(&hotkey, &tie.children).is_ok(), "children against the rules");
                ensure!(tie.take <= T::MaxTake::get(), "a take above the most");
                let mirrored = |at: &Loan, end: fn(&Tie) -> &[Loan]| {
                    let seen = Loan { proportion: at.proportion, hotkey: hotkey.clone() };
                    end(&Ties::<T>::get(netuid, &at.hotkey)).contains(&seen)
                };
                ensure!(tie.children.iter().all(|at| mirrored(at, |tie| &tie.parents)), "a child without its parent");
                ensure!(tie.parents.iter().all(|at| mirrored(at, |tie| &tie.children)), "a parent without its child");
            }
            for (netuid, count) in Count::<T>::iter() {
                ensure!(Ties::<T>::iter_prefix(netuid).count() == count as usize, "child keys are miscounted");
                ensure!(count > 0 && count <= MAX_TIES, "too many child keys, or a count of none");
            }
            Ok(())
        }

        /// What a hotkey lends and borrows in a subnet.
        pub fn keys_of(netuid: NetUid, hotkey: &AccountId) -> ChildKeys {
            let Tie { children, parents, take, .. } = Ties::<T>::get(netuid, hotkey);
            ChildKeys { children: children.into_inner(), parents: parents.into_inner(), take }
        }

        fn ensure_owned(origin: OriginFor<T>, netuid: NetUid, hotkey: &AccountId) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            ensure!(T::Subnets::exists(netuid), Error::<T>::NoSuchSubnet);
            let owner = T::Hotkeys::coldkey_of(hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            ensure!(owner == coldkey, Error::<T>::HotkeyOfAnother);
            Ok(())
        }

        /// Those that [`Self::sweep`] forgets, or whose loans it ends.
        fn idle(netuid: NetUid) -> Vec<(AccountId, Tie)> {
            let full = Count::<T>::get(netuid) >= MAX_TIES;
            let is_idle = |(hotkey, tie): &(AccountId, Tie)| {
                let earns = || tie.take > 0 && T::Neurons::uid_of(netuid, hotkey).is_some();
                let is_poor = || T::Stake::stake(hotkey) < T::MinParentStake::get();
                let lends = !tie.children.is_empty();
                let is_spent = || (!lends && Self::may_change(tie)) || ((lends || full) && is_poor());
                tie.parents.is_empty() && !earns() && is_spent()
            };
            Ties::<T>::iter_prefix(netuid).filter(is_idle).take(MAX_SWEPT as usize).collect()
        }

        /// Whether a hotkey may change its children and its take now.
        fn may_change(tie: &Tie) -> bool {
            Self::rested(tie.children_set_at) && Self::rested(tie.take_set_at)
        }

        fn rested(last: Option<BlockNumber>) -> bool {
            has_rested(last, T::Clock::current_block_number(), T::ChangeInterval::get())
        }

        /// Of as many new children, each with as many parents as it may have, in place of as many as there can be.
        fn heaviest_change(children: usize) -> Weight {
            let room = T::WeightInfo::make_room().saturating_mul(children as u64);
            T::WeightInfo::set_children(MAX_CHILDREN, children as u32).saturating_add(room)
        }

        /// Returns what it weighed to make room for the parent.
        fn add_parent(netuid: NetUid, loan: &Loan, parent: &AccountId) -> Result<Weight, DispatchError> {
            ensure!(T::Hotkeys::coldkey_of(&loan.hotkey).is_some(), Error::<T>::UnknownHotkey);
            let weight = Self::make_room(netuid, &loan.hotkey)?;
            let mut child = Ties::<T>::get(netuid, &loan.hotkey);
            let loan_from = Loan { proportion: loan.proportion, hotkey: parent.clone() };
            child.parents.try_push(loan_from).map_err(|_| Error::<T>::TooManyParents)?;
            Self::store(netuid, &loan.hotkey, child)?;
            Ok(weight)
        }

        /// Where a child's parents are full, ends a loan of one that no longer has a parent's stake: who fills the list must
        /// leave its tokens there. Returns what that weighed.
        pub(crate) fn make_room(netuid: NetUid, child: &AccountId) -> Result<Weight, Error<T>> {
            let parents = Ties::<T>::get(netuid, child).parents;
            if !parents.is_full() {
                return Ok(Weight::zero());
            }
            let poor = |loan: &&Loan| T::Stake::stake(&loan.hotkey) < T::MinParentStake::get();
            let leaving = parents.iter().find(poor).ok_or(Error::<T>::TooManyParents)?;
            let mut parent = Ties::<T>::get(netuid, &leaving.hotkey);
            parent.children.retain(|loan| loan.hotkey != *child);
            Self::store(netuid, &leaving.hotkey, parent)?;
            Self::forget_parent(netuid, child, &leaving.hotkey)?;
            Ok(T::WeightInfo::make_room())
        }

        fn forget_parent(netuid: NetUid, child: &AccountId, parent: &AccountId) -> Result<(), Error<T>> {
            let mut tie = Ties::<T>::get(netuid, child);
            tie.parents.retain(|loan| loan.hotkey != *parent);
            Self::store(netuid, child, tie)
        }

        fn store(netuid: NetUid, hotkey: &AccountId, tie: Tie) -> Result<(), Error<T>> {
            let count = Count::<T>::get(netuid);
            let count = match (Ties::<T>::contains_key(netuid, hotkey), tie.is_empty()) {
                (false, false) => count.checked_add(1).filter(|count| *count <= MAX_TIES),
                (true, true) => count.checked_sub(1),
                _ => Some(count),
            };
            let count = count.ok_or(Error::<T>::TooManyTies)?;
            Count::<T>::mutate_exists(netuid, |stored| *stored = Some(count).filter(|count| *count > 0));
            Ties::<T>::mutate_exists(netuid, hotkey, |stored| *stored = Some(tie).filter(|tie| !tie.is_empty()));
            Ok(())
        }
    }

    impl<T: Config> StakeWeight for Pallet<T> {
        fn stake_weight(netuid: NetUid, hotkey: &AccountId) -> Amount {
            let weights = Self::stake_weights(netuid, core::slice::from_ref(hotkey));
            weights.first().copied().unwrap_or_default()
        }

        fn stake_weights(netuid: NetUid, hotkeys: &[AccountId]) -> Vec<Amount> {
            let ties: Vec<Tie> = hotkeys.iter().map(|hotkey| Ties::<T>::get(netuid, hotkey)).collect();
            let parents = ties.iter().flat_map(|tie| tie.parents.iter().map(|loan| loan.hotkey.clone()));
            let all: Vec<AccountId> = hotkeys.iter().cloned().chain(parents).collect();
            let stakes = T::Stake::stakes(&all);
            let (own, mut lenders) = stakes.split_at_checked(hotkeys.len()).unwrap_or_default();
            let weigh = |(tie, stake): (&Tie, &Amount)| {
                let (parents, rest) = lenders.split_at_checked(tie.parents.len()).unwrap_or_default();
                lenders = rest;
                // All of it is stake that exists, so that the sum fits.
                tie.weight(*stake, parents).unwrap_or_default()
            };
            ties.iter().zip(own).map(weigh).collect()
        }

        fn payees(netuid: NetUid, hotkey: &AccountId) -> u32 {
            1 + Ties::<T>::get(netuid, hotkey).parents.len() as u32
        }
    }

    impl<T: Config> Dividends for Pallet<T> {
        fn share(netuid: NetUid, hotkey: &AccountId, amount: Amount) -> DispatchResult {
            let tie = Ties::<T>::get(netuid, hotkey);
            if tie.parents.is_empty() {
                return T::Rewards::reward_stakers(hotkey, amount);
            }
            let parents: Vec<_> = tie.parents.iter().map(|loan| loan.hotkey.clone()).collect();
            let borrowed = tie.borrowed(&T::Stake::stakes(&parents));
            let own = tie.kept(T::Stake::stake(hotkey)).ok_or(Error::<T>::MoreThanAll)?;
            let split = tie::split(amount, own, &borrowed, tie.take).ok_or(Error::<T>::MoreThanAll)?;
            for (parent, part) in parents.iter().zip(split.parents).filter(|(_, part)| *part > 0) {
                T::Rewards::reward_stakers(parent, part)?;
            }
            if split.take > 0 {
                T::Rewards::reward_owner(hotkey, split.take)?;
            }
            if split.own > 0 {
                T::Rewards::reward_stakers(hotkey, split.own)?;
            }
            Ok(())
        }
    }

    /// Both ends of each loan: what the hotkey keeps about others, and what others keep about it.
    impl<T: Config> OnHotkeySwapped for Pallet<T> {
        fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
            for netuid in T::Subnets::netuids() {
                let tie = Ties::<T>::take(netuid, old);
                if tie.is_empty() {
                    continue;
                }
                for loan in tie.children.iter().chain(&tie.parents) {
                    Ties::<T>::mutate(netuid, &loan.hotkey, |other| other.rename(old, new));
                }
                Ties::<T>::insert(netuid, new, tie);
            }
            Ok(())
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            Count::<T>::remove(netuid);
            // At most MAX_TIES, so one call removes all.
            1 + Ties::<T>::clear_prefix(netuid, MAX_TIES, None).unique
        }
    }
}
