//! The root network: who has most stake decides how much of each block's emission a subnet gets.
//!
//! Seats belong to hotkeys; a full root gives the seat with least stake to whoever has more. Each root epoch turns the
//! weights of all seats into shares ([`consensus`]) by which the blocks after it mint, until the next one. When a subnet
//! goes, what was said about it goes with it and the other shares grow to the whole again, each in proportion.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod consensus;
pub mod sigmoid;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::consensus::{self, Ballot};
    use super::WeightInfo;
    use alloc::{collections::BTreeSet, vec::Vec};
    use chain_traits::{
        HotkeyOwners, OnHotkeySwapped, OnSubnetRemoved, RootMembers, Shares as SharesTrait, StakeOf, Subnets, Upscale,
    };
    use core::cmp::Reverse;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{
        has_rested, AccountId, Amount, BlockNumber, NetUid, RootRules, RootSeat, MAX_ROOT_SEATS, MAX_SUBNETS,
        WHOLE_SHARE,
    };
    use sp_runtime::traits::BlockNumberProvider;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Subnets: Subnets;
        type Hotkeys: HotkeyOwners;
        type Stake: StakeOf;
        type Upscale: Upscale;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// What one seat says, in the order in which it was set; never empty, and no weight is zero.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Row {
        pub set_at: BlockNumber,
        pub entries: BoundedVec<(NetUid, u16), ConstU32<MAX_SUBNETS>>,
    }

    #[pallet::storage]
    pub type Rules<T> = StorageValue<_, RootRules, ValueQuery>;

    /// The hotkeys that hold a seat, in the order in which they took it.
    #[pallet::storage]
    pub type Seats<T> = StorageValue<_, BoundedVec<AccountId, ConstU32<MAX_ROOT_SEATS>>, ValueQuery>;

    /// The weights of each seat that has set some.
    #[pallet::storage]
    pub type Rows<T> = StorageMap<_, Blake2_128Concat, AccountId, Row>;

    /// What the last root epoch gave to each subnet that gets anything, in netuid order; sums to `WHOLE_SHARE`.
    #[pallet::storage]
    pub type Shares<T> = StorageValue<_, BoundedVec<(NetUid, u64), ConstU32<MAX_SUBNETS>>, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        pub rules: RootRules,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(self.rules.are_valid(), "root.rules needs 1 to 64 seats and a tempo of at least 1");
            Rules::<T>::put(&self.rules);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        SeatTaken {
            hotkey: AccountId,
            replaced: Option<AccountId>,
        },
        WeightsSet {
            hotkey: AccountId,
        },
        RulesSet {
            rules: RootRules,
        },
        /// The shares were decided anew; so many subnets get anything.
        EpochRun {
            subnets: u32,
        },
        /// The last shares stay because the weights could not be counted.
        EpochFailed,
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Nobody has registered this hotkey yet; give it a seat in a subnet with `plexus register` first.
        UnknownHotkey,
        /// This hotkey belongs to another coldkey; sign with the coldkey that owns it.
        HotkeyOfAnother,
        /// This hotkey already has a root seat; set its weights with `plexus root weights`.
        AlreadySeated,
        /// Every root seat belongs to somebody with at least as much stake; `plexus root show` tells how much is needed.
        NotEnoughStake,
        /// This hotkey has no root seat; `plexus root register` gets it one if its stake suffices.
        NotSeated,
        /// The last root weights are too recent; wait for the root's weights_rate_limit to pass, see `plexus root show`.
        SetTooSoon,
        /// There must be as many values as subnets, one for each.
        LengthMismatch,
        /// A subnet in the row does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// A subnet stands in the row twice; name each one once.
        DuplicateSubnet,
        /// Every value is zero, which gives nothing to anybody; give at least one subnet a weight above zero.
        AllZero,
        /// Root needs 1 to 64 seats and a tempo of at least 1 block; choose rules within these bounds.
        InvalidRules,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Gives `hotkey`, which the sender owns, a seat: a free one, or that of the seat with least stake if it has more.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        pub fn register(origin: OriginFor<T>, hotkey: AccountId) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            let owner = T::Hotkeys::coldkey_of(&hotkey).ok_or(Error::<T>::UnknownHotkey)?;
            ensure!(owner == coldkey, Error::<T>::HotkeyOfAnother);
            let mut seats = Seats::<T>::get();
            ensure!(!seats.contains(&hotkey), Error::<T>::AlreadySeated);
            let replaced = Self::make_room(&mut seats, T::Stake::stake(&hotkey))?;
            seats.try_push(hotkey.clone()).map_err(|_| Error::<T>::NotEnoughStake)?;
            Seats::<T>::put(seats);
            // A hotkey holds no balance, yet it signs: its seats are what keeps its account alive.
            frame_system::Pallet::<T>::inc_sufficients(&hotkey);
            Self::deposit_event(Event::SeatTaken { hotkey, replaced });
            Ok(())
        }

        /// Replaces the weights of the sender's seat; free for who may set them now.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_weights(netuids.len().max(values.len()) as u32))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuids: &Vec<NetUid>, values: &Vec<u16>| -> bool {
            Pallet::<T>::may_set(origin.clone(), netuids, values).is_ok()
        })]
        pub fn set_weights(origin: OriginFor<T>, netuids: Vec<NetUid>, values: Vec<u16>) -> DispatchResult {
            let hotkey = Self::may_set(origin, &netuids, &values)?;
            let row = netuids.into_iter().zip(T::Upscale::upscale(&values));
            let entries: Vec<_> = row.filter(|(_, weight)| *weight > 0).collect();
            let entries = entries.try_into().map_err(|_| Error::<T>::NoSuchSubnet)?;
            Rows::<T>::insert(&hotkey, Row { set_at: T::Clock::current_block_number(), entries });
            Self::deposit_event(Event::WeightsSet { hotkey });
            Ok(())
        }

        /// Changes how root works; with fewer seats, those with least stake lose theirs.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_rules())]
        pub fn set_rules(origin: OriginFor<T>, rules: RootRules) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(rules.are_valid(), Error::<T>::InvalidRules);
            Seats::<T>::mutate(|seats| {
                let mut order: Vec<_> = Self::by_stake(seats);
                let staying = order.len().min(rules.seats.into());
                let leaving: BTreeSet<_> = order.split_off(staying).into_iter().map(|(hotkey, _)| hotkey).collect();
                seats.retain(|hotkey| !leaving.contains(hotkey));
                leaving.iter().for_each(Self::vacate);
            });
            Rules::<T>::put(&rules);
            Self::deposit_event(Event::RulesSet { rules });
            Ok(())
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            let idle = T::WeightInfo::idle();
            if Rules::<T>::get().is_due(T::Clock::current_block_number()) {
                idle.saturating_add(Self::epoch())
            } else {
                idle
            }
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// Checks everything that must hold between two blocks; reads the pallet's whole state.
        pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
            let (rules, seats) = (Rules::<T>::get(), Seats::<T>::get());
            ensure!(rules.are_valid(), "the root rules are not valid");
            ensure!(seats.len() <= rules.seats.into(), "more root seats than the rules allow");
            ensure!(seats.iter().collect::<BTreeSet<_>>().len() == seats.len(), "a hotkey has two root seats");
            for hotkey in &seats {
                ensure!(T::Hotkeys::coldkey_of(hotkey).is_some(), "a root hotkey belongs to nobody");
                ensure!(frame_system::Pallet::<T>::sufficients(hotkey) > 0, "a root hotkey cannot sign");
            }
            for (hotkey, row) in Rows::<T>::iter() {
                ensure!(seats.contains(&hotkey), "root weights without a seat");
                ensure!(!row.entries.is_empty(), "an empty row of root weights");
                ensure!(row.entries.iter().all(|(_, weight)| *weight > 0), "a root weight of zero");
                ensure!(row.entries.iter().all(|(netuid, _)| T::Subnets::exists(*netuid)), "a root weight for nobody");
            }
            let shares = Shares::<T>::get();
            ensure!(shares.windows(2).all(|pair| pair[0].0 < pair[1].0), "shares out of order");
            ensure!(shares.iter().all(|(netuid, _)| T::Subnets::exists(*netuid)), "a share for nobody");
            let sum = shares.iter().try_fold(0u64, |sum, (_, share)| sum.checked_add(*share));
            ensure!(shares.is_empty() || sum == Some(WHOLE_SHARE), "shares do not sum to the whole");
            Ok(())
        }

        /// Every seat with its weights, highest stake first, for display.
        pub fn seats() -> Vec<RootSeat> {
            let seat = |(hotkey, stake): (AccountId, Amount)| {
                let coldkey = T::Hotkeys::coldkey_of(&hotkey)?;
                let row = Rows::<T>::get(&hotkey);
                let set_at = row.as_ref().map(|row| row.set_at);
                let weights = row.map(|row| row.entries.into_inner()).unwrap_or_default();
                Some(RootSeat { hotkey, coldkey, stake, weights, set_at })
            };
            Self::by_stake(&Seats::<T>::get()).into_iter().filter_map(seat).collect()
        }

        /// Highest stake first; of equals, whoever has sat longer.
        fn by_stake(seats: &[AccountId]) -> Vec<(AccountId, Amount)> {
            let mut order: Vec<_> = seats.iter().cloned().zip(T::Stake::stakes(seats)).collect();
            order.sort_by_key(|(_, stake)| Reverse(*stake));
            order
        }

        /// Takes the seat with least stake away if none is free; returns who lost it. At equal stake, whoever sits stays.
        fn make_room(
            seats: &mut BoundedVec<AccountId, ConstU32<MAX_ROOT_SEATS>>,
            stake: Amount,
        ) -> Result<Option<AccountId>, Error<T>> {
            if seats.len() < Rules::<T>::get().seats.into() {
                return Ok(None);
            }
            let (lowest, least) = Self::by_stake(seats).pop().ok_or(Error::<T>::NotEnoughStake)?;
            ensure!(stake > least, Error::<T>::NotEnoughStake);
            seats.retain(|seated| *seated != lowest);
            Self::vacate(&lowest);
            Ok(Some(lowest))
        }

        /// Clears what belongs to a seat that is no longer listed.
        fn vacate(hotkey: &AccountId) {
            Rows::<T>::remove(hotkey);
            frame_system::Pallet::<T>::dec_sufficients(hotkey);
        }

        /// The hotkey whose weights the sender may set with these arguments, or the first rule that they break.
        fn may_set(origin: OriginFor<T>, netuids: &[NetUid], values: &[u16]) -> Result<AccountId, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            ensure!(Seats::<T>::get().contains(&hotkey), Error::<T>::NotSeated);
            ensure!(Self::rested(&hotkey), Error::<T>::SetTooSoon);
            ensure!(netuids.len() == values.len(), Error::<T>::LengthMismatch);
            let existing = T::Subnets::netuids();
            ensure!(netuids.iter().all(|netuid| existing.binary_search(netuid).is_ok()), Error::<T>::NoSuchSubnet);
            let mut seen = BTreeSet::new();
            ensure!(netuids.iter().all(|netuid| seen.insert(*netuid)), Error::<T>::DuplicateSubnet);
            ensure!(values.iter().any(|value| *value > 0), Error::<T>::AllZero);
            Ok(hotkey)
        }

        /// A seat that has set no weights is not subject to the rate limit.
        fn rested(hotkey: &AccountId) -> bool {
            let (now, limit) = (T::Clock::current_block_number(), Rules::<T>::get().weights_rate_limit);
            has_rested(Rows::<T>::get(hotkey).map(|row| row.set_at), now, limit)
        }

        /// Decides the shares from the stakes and weights of this moment; returns what that weighs.
        pub(crate) fn epoch() -> Weight {
            let seats = Seats::<T>::get();
            let weights = |hotkey| Rows::<T>::get(hotkey).map(|row| row.entries.into_inner()).unwrap_or_default();
            let ballot = |(hotkey, stake)| Ballot { stake, weights: weights(hotkey) };
            let ballots: Vec<_> = seats.iter().zip(T::Stake::stakes(&seats)).map(ballot).collect();
            let shares = consensus::shares(&ballots).and_then(|shares| BoundedVec::try_from(shares).ok());
            Self::deposit_event(match shares {
                Some(shares) => {
                    let subnets = shares.len() as u32;
                    Shares::<T>::put(shares);
                    Event::EpochRun { subnets }
                }
                None => Event::EpochFailed,
            });
            let entries = ballots.iter().map(|ballot| ballot.weights.len() as u32).sum();
            T::WeightInfo::epoch(ballots.len() as u32, entries)
        }

        /// Nobody's weights may fall to the next subnet that gets this netuid.
        fn forget(netuid: NetUid) {
            for hotkey in Seats::<T>::get() {
                Rows::<T>::mutate_exists(&hotkey, |row| {
                    if let Some(row) = row {
                        row.entries.retain(|(target, _)| *target != netuid);
                    }
                    row.take_if(|row| row.entries.is_empty());
                });
            }
        }
    }

    /// The seat keeps its age, which decides between equals, and its weights.
    impl<T: Config> OnHotkeySwapped for Pallet<T> {
        fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
            let mut seats = Seats::<T>::get();
            if let Some(seat) = seats.iter_mut().find(|hotkey| *hotkey == old) {
                *seat = new.clone();
                Seats::<T>::put(seats);
                Rows::<T>::swap(old, new);
                frame_system::Pallet::<T>::inc_sufficients(new);
                frame_system::Pallet::<T>::dec_sufficients(old);
            }
            Ok(())
        }
    }

    impl<T: Config> SharesTrait for Pallet<T> {
        fn shares() -> Vec<(NetUid, u64)> {
            Shares::<T>::get().into_inner()
        }
    }

    impl<T: Config> RootMembers for Pallet<T> {
        fn members_by_stake() -> Vec<AccountId> {
            let seats = Self::by_stake(&Seats::<T>::get());
            let all: u128 = seats.iter().map(|(_, stake)| u128::from(*stake)).sum();
            let has_a_say = |stake: Amount| stake > 0 && u128::from(stake) * 100 >= all;
            seats.into_iter().filter(|(_, stake)| has_a_say(*stake)).map(|(hotkey, _)| hotkey).collect()
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            Self::forget(netuid);
            Shares::<T>::mutate(|shares| {
                let others = shares.iter().filter(|(listed, _)| *listed != netuid);
                let scores: Vec<_> = others.map(|(listed, share)| (*listed, u128::from(*share))).collect();
                // No more entries than before, and none above the whole: nothing here can fail.
                let scaled = consensus::normalise(&scores).unwrap_or_default();
                *shares = BoundedVec::truncate_from(scaled);
            });
            1 + Seats::<T>::decode_len().unwrap_or_default() as u32
        }
    }
}
