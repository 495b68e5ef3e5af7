//! Creation and dissolution of subnets against a lock.
//!
//! Creating a subnet holds tokens on its owner's account; dissolving it gives them back and tells every other pallet
//! to clear what it kept. The price doubles at each creation and decays back over time. Where there are as many subnets
//! as the rules allow, a creation takes the place of the one that earns least.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod lock;
pub use lock::{CreationRules, LastCreation};
pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use super::{CreationRules, LastCreation};
    use alloc::vec::Vec;
    use chain_traits::{HotkeyOwners, OnSubnetCreated, OnSubnetRemoved, SubnetEmission, Subnets as SubnetsTrait};
    use frame_support::{
        pallet_prelude::*,
        traits::{
            fungible::{Inspect, MutateHold},
            tokens::Precision,
        },
    };
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, Amount, BlockNumber, NetUid, MAX_UIDS};
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
        type OnCreated: OnSubnetCreated;
        type OnRemoved: OnSubnetRemoved;
    }

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

    #[pallet::storage]
    pub type Registry<T> = StorageMap<_, Twox64Concat, NetUid, Subnet>;

    /// The keys of [`Registry`] in ascending order.
    #[pallet::storage]
    pub type NetUids<T> = StorageValue<_, BoundedVec<NetUid, ConstU32<{ CreationRules::MOST_SUBNETS }>>, ValueQuery>;

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
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// Only the subnet's owner or root may do this; sign with the owner's coldkey.
        NotOwner,
        /// The account cannot lock what a subnet costs now; `plexus subnet create --help` tells how the price falls with time.
        CannotAffordLock,
        /// Another subnet was created too short a time ago; the creation interval has to pass first.
        CreatedTooSoon,
        /// All subnets that this network allows exist, and each is younger than the immunity of a subnet; wait for one to age or to be dissolved.
        TooManySubnets,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Creates a subnet owned by the sender, holding the current lock price on the sender's account. At the limit of
        /// subnets it dissolves the one that earned least of late among those out of immunity, the oldest of equals.
        #[pallet::call_index(0)]
        #[pallet::weight(Pallet::<T>::create_weight().saturating_add(Pallet::<T>::replace_weight()))]
        pub fn create(origin: OriginFor<T>, owner_hotkey: AccountId) -> DispatchResultWithPostInfo {
            let owner = ensure_signed(origin)?;
            let now = T::Clock::current_block_number();
            let rules = Rules::<T>::get();
            let last = Last::<T>::get();
            ensure!(rules.may_create(last.as_ref(), now), Error::<T>::CreatedTooSoon);
            let (netuid, removal) = Self::find_place(&rules, now)?;
            let price = rules.price(last.as_ref(), now).ok_or(Error::<T>::CannotAffordLock)?;

            T::Hotkeys::claim(&owner_hotkey, &owner)?;
            T::Currency::hold(&HoldReason::SubnetLock.into(), &owner, price)
                .map_err(|_| Error::<T>::CannotAffordLock)?;
            Self::list(netuid)?;
            Registry::<T>::insert(
                netuid,
                Subnet { owner: owner.clone(), owner_hotkey, locked: price, created_at: now },
            );
            Last::<T>::put(LastCreation { price, block: now });
            T::OnCreated::on_subnet_created(netuid);
            Self::deposit_event(Event::Created { netuid, owner, locked: price });
            Ok(Some(Self::create_weight().saturating_add(removal)).into())
        }

        /// Removes a subnet with every trace of it and returns its lock to its owner.
        #[pallet::call_index(1)]
        #[pallet::weight(Pallet::<T>::remove_weight())]
        pub fn dissolve(origin: OriginFor<T>, netuid: NetUid) -> DispatchResultWithPostInfo {
            let sender = ensure_signed_or_root(origin)?;
            let subnet = Registry::<T>::get(netuid).ok_or(Error::<T>::NoSuchSubnet)?;
            ensure!(sender.is_none_or(|sender| sender == subnet.owner), Error::<T>::NotOwner);
            Ok(Some(Self::remove(netuid, subnet)?).into())
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
            Ok(())
        }

        /// The block from which on emission falls to a subnet.
        pub fn starts_at(netuid: NetUid) -> Option<BlockNumber> {
            Rules::<T>::get().starts_at(Registry::<T>::get(netuid)?.created_at)
        }

        fn create_weight() -> Weight {
            T::DbWeight::get().reads_writes(8, 10)
        }

        /// The most that making room can weigh.
        fn replace_weight() -> Weight {
            Self::search_weight(CreationRules::MOST_SUBNETS).saturating_add(Self::remove_weight())
        }

        /// Finding the subnet that earns least looks at all.
        fn search_weight(subnets: u32) -> Weight {
            T::DbWeight::get().reads(2 * u64::from(subnets))
        }

        /// With every trace that the largest subnet of 64 validators leaves in the other pallets: five keys a seat.
        fn remove_weight() -> Weight {
            Self::clearing_weight(5 * MAX_UIDS)
        }

        fn clearing_weight(keys: u32) -> Weight {
            let keys = u64::from(keys);
            T::DbWeight::get().reads_writes(keys + 4, keys + 4)
        }

        /// The lowest netuid above the root network's that no subnet has, or that of the subnet which makes room; what its
        /// removal weighed comes second.
        fn find_place(rules: &CreationRules, now: BlockNumber) -> Result<(NetUid, Weight), DispatchError> {
            let taken = NetUids::<T>::get();
            if taken.len() < usize::from(rules.max_subnets) {
                let free = (1..=u16::MAX).map(NetUid).find(|free| !taken.contains(free));
                return Ok((free.ok_or(Error::<T>::TooManySubnets)?, Weight::zero()));
            }
            let (netuid, subnet) = Self::least_earning(rules, now).ok_or(Error::<T>::TooManySubnets)?;
            let removal = Self::remove(netuid, subnet)?;
            Ok((netuid, removal.saturating_add(Self::search_weight(taken.len() as u32))))
        }

        /// Lowest emission of late among those out of immunity; ties: the oldest, then the lowest netuid.
        fn least_earning(rules: &CreationRules, now: BlockNumber) -> Option<(NetUid, Subnet)> {
            let all = NetUids::<T>::get().into_iter();
            all.filter_map(|netuid| Registry::<T>::get(netuid).map(|subnet| (netuid, subnet)))
                .filter(|(_, subnet)| !rules.is_immune(subnet.created_at, now))
                .min_by_key(|(netuid, subnet)| (T::Emission::emission(*netuid), subnet.created_at, *netuid))
        }

        /// Returns what that weighed.
        fn remove(netuid: NetUid, subnet: Subnet) -> Result<Weight, DispatchError> {
            T::Currency::release(&HoldReason::SubnetLock.into(), &subnet.owner, subnet.locked, Precision::Exact)?;
            Registry::<T>::remove(netuid);
            NetUids::<T>::mutate(|netuids| netuids.retain(|listed| *listed != netuid));
            let keys = T::OnRemoved::on_subnet_removed(netuid);
            Self::deposit_event(Event::Dissolved { netuid, returned: subnet.locked });
            Ok(Self::clearing_weight(keys))
        }

        fn list(netuid: NetUid) -> Result<(), Error<T>> {
            NetUids::<T>::try_mutate(|netuids| {
                let position = netuids.partition_point(|listed| *listed < netuid);
                netuids.try_insert(position, netuid).map_err(|_| Error::<T>::TooManySubnets)
            })
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
