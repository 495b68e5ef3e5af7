//! Creation and dissolution of subnets against a lock.
//!
//! Creating a subnet holds tokens on its owner's account; dissolving it gives them back and tells every other pallet
//! to clear what it kept. The price doubles at each creation and decays back over time. Where there are as many subnets
//! as the rules allow, a creation takes the place of the one that earns least.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod lock;
mod quote;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use lock::{CreationRules, LastCreation};
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{CreationRules, LastCreation, WeightInfo};
    use alloc::vec::Vec;
    use chain_traits::{
        HotkeyOwners, OnColdkeySwapped, OnHotkeySwapped, OnSubnetCreated, OnSubnetRemoved, SubnetEmission,
        Subnets as SubnetsTrait,
    };
    use frame_support::{
        dispatch::WithPostDispatchInfo,
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, MutateHold},
            tokens::{Fortitude, Precision, Restriction},
        },
    };
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, BlockNumber, NetUid, SubnetIdentity, TextError};
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Currency: Inspect<AccountId, Balance = Amount> + MutateHold<AccountId, Reason = Self::RuntimeHoldReason>;
        type RuntimeHoldReason: From<HoldReason>;
        type Hotkeys: HotkeyOwners;
        /// Decides which subnet makes room for a new one.
        type Emission: SubnetEmission;
        /// Fewest blocks between two times that an owner describes its subnet.
        type DescribeInterval: Get<BlockNumber>;
        type OnCreated: OnSubnetCreated;
        type OnRemoved: OnSubnetRemoved;
        /// The most storage keys that [`Config::OnRemoved`] clears.
        type MostKeys: Get<u32>;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// Storage keys that a seat has at most.
    const KEYS_OF_A_SEAT: u32 = 9;

    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Backs a subnet; returned when it is dissolved.
        SubnetLock,
    }

    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Subnet {
        pub owner: AccountId,
        pub owner_hotkey: AccountId,
        /// Base units held on the owner's account.
        pub locked: Amount,
        pub created_at: BlockNumber,
    }

    /// What a subnet's owner says about it.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Description {
        pub identity: SubnetIdentity,
        pub block: BlockNumber,
    }

    #[pallet::storage]
    pub type Registry<T> = StorageMap<_, Twox64Concat, NetUid, Subnet>;

    /// The keys of [`Registry`] in ascending order.
    #[pallet::storage]
    pub type NetUids<T> = StorageValue<_, BoundedVec<NetUid, ConstU32<{ CreationRules::MOST_SUBNETS }>>, ValueQuery>;

    /// Of the subnets that were ever described.
    #[pallet::storage]
    pub type Descriptions<T> = StorageMap<_, Twox64Concat, NetUid, Description>;

    #[pallet::storage]
    pub type Rules<T> = StorageValue<_, CreationRules, ValueQuery>;

    #[pallet::storage]
    pub type Last<T> = StorageValue<_, LastCreation>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub rules: CreationRules,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            self.rules.assert_valid();
            Rules::<T>::put(&self.rules);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Created { netuid: NetUid, owner: AccountId, locked: Amount },
        Dissolved { netuid: NetUid, returned: Amount },
        Described { netuid: NetUid, identity: SubnetIdentity },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// Only the subnet's owner or root may do this; sign with the owner's coldkey.
        NotOwner,
        /// The account cannot lock what a subnet costs now; `plexus subnet price` tells the price and how it falls.
        CannotAffordLock,
        /// Another subnet was created too short a time ago; `plexus subnet price` tells the block in which the next one can be.
        CreatedTooSoon,
        /// All subnets that this network allows exist, and each is younger than the immunity of a subnet; `plexus subnet price` tells when the first of them can make room.
        TooManySubnets,
        /// A text is too long; a name takes 64 bytes, a description 512, URL and contact 128 each.
        TextTooLong,
        /// A text has control characters, or some that nobody sees; leave them out.
        TextNotPlain,
        /// The subnet was described less than 100 blocks ago; wait until they have passed.
        DescribedTooSoon,
    }

    impl<T> From<TextError> for Error<T> {
        fn from(error: TextError) -> Self {
            match error {
                TextError::TooLong { .. } => Self::TextTooLong,
                TextError::NotPlain { .. } => Self::TextNotPlain,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Creates a subnet owned by the sender, holding the current lock price on the sender's account. At the limit of
        /// subnets it dissolves the one that earned least of late among those out of immunity, the oldest of equals.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::find_weight().saturating_add(Pallet::<T>::removal_weight(T::MostKeys::get())))]
        pub fn create(origin: OriginFor<T>, owner_hotkey: AccountId) -> DispatchResultWithPostInfo {
            let owner = ensure_signed(origin)?;
            let weight =
                Self::try_create(owner, owner_hotkey).map_err(|error| error.with_weight(Self::find_weight()))?;
            Ok(Some(weight).into())
        }

        /// Removes a subnet with every trace of it and returns its lock to its owner.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::removal_weight(T::MostKeys::get()))]
        pub fn dissolve(origin: OriginFor<T>, netuid: NetUid) -> DispatchResultWithPostInfo {
            let sender = ensure_signed_or_root(origin)?;
            let weight =
                Self::try_dissolve(sender, netuid).map_err(|error| error.with_weight(Self::removal_weight(0)))?;
            Ok(Some(weight).into())
        }

        /// Replaces what the owner says about a subnet as a whole; empty texts take it back. Root is bound by no pace.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::describe())]
        pub fn describe(origin: OriginFor<T>, netuid: NetUid, identity: SubnetIdentity) -> DispatchResult {
            let sender = ensure_signed_or_root(origin)?;
            let subnet = Registry::<T>::get(netuid).ok_or(Error::<T>::NoSuchSubnet)?;
            ensure!(sender.as_ref().is_none_or(|sender| *sender == subnet.owner), Error::<T>::NotOwner);
            identity.validate().map_err(Error::<T>::from)?;
            let block = T::Clock::current_block_number();
            ensure!(sender.is_none() || Self::describable_from(netuid) <= block, Error::<T>::DescribedTooSoon);
            Descriptions::<T>::insert(netuid, Description { identity: identity.clone(), block });
            Self::deposit_event(Event::Described { netuid, identity });
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
            let mut registered: Vec<_> = Registry::<T>::iter_keys().collect();
            registered.sort();
            ensure!(registered == NetUids::<T>::get().into_inner(), "the list of netuids is not that of the registry");
            ensure!(registered.len() <= Rules::<T>::get().max_subnets.into(), "more subnets than the rules allow");
            for (netuid, Description { identity, .. }) in Descriptions::<T>::iter() {
                ensure!(registered.contains(&netuid), "the description of a subnet that does not exist");
                ensure!(identity.validate().is_ok(), "a description that cannot be made");
            }
            Ok(())
        }

        /// The block from which on emission falls to a subnet.
        pub fn starts_at(netuid: NetUid) -> Option<BlockNumber> {
            Rules::<T>::get().starts_at(Registry::<T>::get(netuid)?.created_at)
        }

        /// What the owner says about a subnet; empty where it says nothing.
        pub fn identity(netuid: NetUid) -> SubnetIdentity {
            Descriptions::<T>::get(netuid).map(|description| description.identity).unwrap_or_default()
        }

        /// The first block in which the owner may describe a subnet, or describe it again.
        pub fn describable_from(netuid: NetUid) -> BlockNumber {
            let again =
                |last: Description| last.block.checked_add(T::DescribeInterval::get()).unwrap_or(BlockNumber::MAX);
            Descriptions::<T>::get(netuid).map_or(0, again)
        }

        /// The most that creating a subnet weighs besides a removal that makes room for it.
        fn find_weight() -> Weight {
            let most = CreationRules::MOST_SUBNETS;
            T::WeightInfo::create(most).saturating_add(T::WeightInfo::least_earning(most))
        }

        fn removal_weight(keys: u32) -> Weight {
            T::WeightInfo::dissolve(keys.div_ceil(KEYS_OF_A_SEAT))
        }

        /// Returns what that weighed. What can fail stands before a removal, which is most of the work.
        fn try_create(owner: AccountId, owner_hotkey: AccountId) -> Result<Weight, DispatchError> {
            let now = T::Clock::current_block_number();
            let (rules, last) = (Rules::<T>::get(), Last::<T>::get());
            ensure!(rules.may_create(last.as_ref(), now), Error::<T>::CreatedTooSoon);
            let price = rules.price(last.as_ref(), now).ok_or(Error::<T>::CannotAffordLock)?;
            T::Hotkeys::claim(&owner_hotkey, &owner)?;
            T::Currency::hold(&HoldReason::SubnetLock.into(), &owner, price)
                .map_err(|_| Error::<T>::CannotAffordLock)?;

            let (netuid, weight) = Self::find_place(&rules, now)?;
            Self::list(netuid)?;
            Registry::<T>::insert(
                netuid,
                Subnet { owner: owner.clone(), owner_hotkey, locked: price, created_at: now },
            );
            Last::<T>::put(LastCreation { price, block: now });
            T::OnCreated::on_subnet_created(netuid);
            Self::deposit_event(Event::Created { netuid, owner, locked: price });
            Ok(weight)
        }

        /// Returns what that weighed.
        fn try_dissolve(sender: Option<AccountId>, netuid: NetUid) -> Result<Weight, DispatchError> {
            let subnet = Registry::<T>::get(netuid).ok_or(Error::<T>::NoSuchSubnet)?;
            ensure!(sender.is_none_or(|sender| sender == subnet.owner), Error::<T>::NotOwner);
            Self::remove(netuid, subnet)
        }

        /// The lowest netuid above the root network's that no subnet has, or that of the subnet which makes room; what the
        /// creation there weighs comes second.
        fn find_place(rules: &CreationRules, now: BlockNumber) -> Result<(NetUid, Weight), DispatchError> {
            let subnets = NetUids::<T>::decode_len().unwrap_or(0) as u32;
            let creation = T::WeightInfo::create(subnets);
            match Self::place(rules, now)? {
                (netuid, None) => Ok((netuid, creation)),
                (netuid, Some(subnet)) => {
                    let search = T::WeightInfo::least_earning(subnets);
                    let removal = Self::remove(netuid, subnet)?;
                    Ok((netuid, creation.saturating_add(search).saturating_add(removal)))
                }
            }
        }

        /// The netuid that a subnet created in the block `at` gets, with the subnet that makes room for it.
        pub(crate) fn place(rules: &CreationRules, at: BlockNumber) -> Result<(NetUid, Option<Subnet>), Error<T>> {
            let taken = NetUids::<T>::get();
            if taken.len() < usize::from(rules.max_subnets) {
                let free = (1..=u16::MAX).map(NetUid).find(|free| taken.binary_search(free).is_err());
                return Ok((free.ok_or(Error::<T>::TooManySubnets)?, None));
            }
            let (netuid, subnet) = Self::least_earning(rules, at).ok_or(Error::<T>::TooManySubnets)?;
            Ok((netuid, Some(subnet)))
        }

        /// Lowest emission of late among those out of immunity; ties: the oldest, then the lowest netuid.
        pub(crate) fn least_earning(rules: &CreationRules, now: BlockNumber) -> Option<(NetUid, Subnet)> {
            let all = NetUids::<T>::get().into_iter();
            all.filter_map(|netuid| Registry::<T>::get(netuid).map(|subnet| (netuid, subnet)))
                .filter(|(_, subnet)| !rules.is_immune(subnet.created_at, now))
                .min_by_key(|(netuid, subnet)| (T::Emission::emission(*netuid), subnet.created_at, *netuid))
        }

        /// Returns what that weighed.
        fn remove(netuid: NetUid, subnet: Subnet) -> Result<Weight, DispatchError> {
            T::Currency::release(&HoldReason::SubnetLock.into(), &subnet.owner, subnet.locked, Precision::Exact)?;
            Registry::<T>::remove(netuid);
            Descriptions::<T>::remove(netuid);
            NetUids::<T>::mutate(|netuids| netuids.retain(|listed| *listed != netuid));
            let keys = T::OnRemoved::on_subnet_removed(netuid);
            Self::deposit_event(Event::Dissolved { netuid, returned: subnet.locked });
            Ok(Self::removal_weight(keys))
        }

        fn list(netuid: NetUid) -> Result<(), Error<T>> {
            NetUids::<T>::try_mutate(|netuids| {
                let position = netuids.partition_point(|listed| *listed < netuid);
                netuids.try_insert(position, netuid).map_err(|_| Error::<T>::TooManySubnets)
            })
        }
    }

    /// The locks stay locked.
    impl<T: Config> OnColdkeySwapped for Pallet<T> {
        fn on_coldkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
            for netuid in NetUids::<T>::get() {
                if let Some(subnet) = Registry::<T>::get(netuid).filter(|subnet| subnet.owner == *old) {
                    let (reason, locked) = (HoldReason::SubnetLock.into(), subnet.locked);
                    let (all, held) = (Precision::Exact, Restriction::OnHold);
                    T::Currency::transfer_on_hold(&reason, old, new, locked, all, held, Fortitude::Polite)?;
                    Registry::<T>::insert(netuid, Subnet { owner: new.clone(), ..subnet });
                }
            }
            Ok(())
        }
    }

    impl<T: Config> OnHotkeySwapped for Pallet<T> {
        fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
            for netuid in NetUids::<T>::get() {
                if let Some(subnet) = Registry::<T>::get(netuid).filter(|subnet| subnet.owner_hotkey == *old) {
                    Registry::<T>::insert(netuid, Subnet { owner_hotkey: new.clone(), ..subnet });
                }
            }
            Ok(())
        }
    }

    impl<T: Config> SubnetsTrait for Pallet<T> {
        fn netuids() -> Vec<NetUid> {
            NetUids::<T>::get().into_inner()
        }

        fn exists(netuid: NetUid) -> bool {
            Registry::<T>::contains_key(netuid)
        }

        fn owner(netuid: NetUid) -> Option<AccountId> {
            Registry::<T>::get(netuid).map(|subnet| subnet.owner)
        }

        fn owner_hotkey(netuid: NetUid) -> Option<AccountId> {
            Registry::<T>::get(netuid).map(|subnet| subnet.owner_hotkey)
        }

        fn started() -> Vec<NetUid> {
            let (rules, now) = (Rules::<T>::get(), T::Clock::current_block_number());
            let has_started = |netuid: &NetUid| {
                let starts_at = Registry::<T>::get(netuid).and_then(|subnet| rules.starts_at(subnet.created_at));
                starts_at.is_some_and(|block| block <= now)
            };
            NetUids::<T>::get().into_iter().filter(has_started).collect()
        }
    }
}
