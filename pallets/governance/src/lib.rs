//! Motions: one body proposes a call, another approves it, then it runs as root.
//!
//! A member of the Triumvirate proposes. The Senate, which are the hotkeys with the most stake on the root network, has
//! [`MotionDuration`] blocks to approve by more than half; each senator votes by the coldkey of its hotkey. Anybody may
//! close a motion that is decided or whose time has run out.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod tally;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use tally::standing;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::{standing, WeightInfo};
    use alloc::{boxed::Box, vec::Vec};
    use chain_traits::{HotkeyOwners, OnHotkeySwapped, RootMembers};
    use codec::{DecodeLimit, Encode};
    use frame_support::{
        dispatch::{DispatchClass, GetDispatchInfo, Pays, PostDispatchInfo, WithPostDispatchInfo},
        pallet_prelude::*,
        traits::Contains,
        MAX_EXTRINSIC_DEPTH,
    };
    use frame_system::pallet_prelude::*;
    use primitives::{AccountId, BlockNumber, GovernanceInfo, MotionInfo, Standing};
    use sp_runtime::traits::{BlockNumberProvider, Dispatchable};

    /// Seats of the Senate.
    pub const SENATORS: u32 = 12;
    /// Motions that may be open at once.
    pub const OPEN_MOTIONS: u32 = 10;
    /// Encoded bytes of a motion's call. What is larger is authorised by its hash.
    pub const CALL_BYTES: u32 = 4_096;
    /// Blocks for which a motion is open where the genesis names no other number: 12 hours of a public chain.
    pub const DEFAULT_DURATION: BlockNumber = 3_600;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        /// What a motion may run, as root.
        type Call: Parameter
            + Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
            + GetDispatchInfo;
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        /// Who may propose.
        type Triumvirate: Contains<AccountId>;
        /// Whose first [`SENATORS`] members approve.
        type Senate: RootMembers;
        type Hotkeys: HotkeyOwners;
        /// What a motion's call may weigh.
        type MaxCallWeight: Get<Weight>;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<<Self as Config>::Call>;
    }

    /// A call that waits for the Senate.
    #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Motion {
        pub index: u32,
        /// Who proposed it.
        pub proposer: AccountId,
        pub call: BoundedVec<u8, ConstU32<CALL_BYTES>>,
        /// The last block in which it can be voted on, and closed with success.
        pub ends: BlockNumber,
        /// Hotkeys that voted, and whether they are for it. Who lost its seat in the Senate does not count.
        pub votes: BoundedVec<(AccountId, bool), ConstU32<SENATORS>>,
    }

    impl Motion {
        /// How it stands in `block` before those who sit in the Senate.
        fn info(self, senate: &[AccountId], block: BlockNumber) -> MotionInfo {
            let counts = self.votes.into_iter().filter(|(voter, _)| senate.contains(voter));
            let (ayes, nays): (Vec<_>, Vec<_>) = counts.partition(|(_, approve)| *approve);
            let [ayes, nays] = [ayes, nays].map(|votes| votes.into_iter().map(|(voter, _)| voter).collect::<Vec<_>>());
            let standing = standing(ayes.len(), nays.len(), senate.len(), block > self.ends);
            let Motion { index, proposer, ends, call, .. } = self;
            MotionInfo { index, proposer, call: call.into_inner(), ends, ayes, nays, standing }
        }
    }

    /// Those not closed yet, oldest first.
    #[pallet::storage]
    pub type Motions<T> = StorageValue<_, BoundedVec<Motion, ConstU32<OPEN_MOTIONS>>, ValueQuery>;

    /// The index of the next motion.
    #[pallet::storage]
    pub type NextIndex<T> = StorageValue<_, u32, ValueQuery>;

    #[pallet::type_value]
    pub fn DefaultDuration() -> BlockNumber {
        DEFAULT_DURATION
    }

    /// Blocks for which a motion is open. Nothing changes it after genesis.
    #[pallet::storage]
    pub type MotionDuration<T> = StorageValue<_, BlockNumber, ValueQuery, DefaultDuration>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// In blocks; [`DEFAULT_DURATION`] when absent.
        pub motion_duration: Option<BlockNumber>,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            MotionDuration::<T>::put(self.motion_duration.unwrap_or(DEFAULT_DURATION));
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        Proposed {
            motion: u32,
            proposer: AccountId,
            ends: BlockNumber,
        },
        Voted {
            motion: u32,
            senator: AccountId,
            approve: bool,
        },
        /// The Senate approved, and this is what became of the call.
        Executed {
            motion: u32,
            result: DispatchResult,
        },
        Rejected {
            motion: u32,
        },
        Expired {
            motion: u32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Only a member of the Triumvirate proposes motions; `plexus gov show` lists them.
        NotInTriumvirate,
        /// As many motions are open as there can be; close one that is decided, or wait until one is.
        TooManyMotions,
        /// The call is too long for a motion; split it, or let the motion authorise its hash.
        CallTooLong,
        /// The call could fill most of a block; split it.
        CallTooHeavy,
        /// There is no such motion; `plexus gov show` lists the open ones.
        NoSuchMotion,
        /// Only the coldkey of one of the hotkeys in the Senate may vote for it; `plexus gov show` lists them.
        NotSenator,
        /// The time of this motion has run out; `plexus gov close` clears it away.
        MotionOver,
        /// The Senate has neither approved nor rejected this motion yet; it can be closed when it has, or after its last block.
        StillOpen,
        /// The runtime was upgraded meanwhile and no longer understands this call; propose it anew.
        CallUnreadable,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Asks the Senate to let `call` run as root. By a member of the Triumvirate.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::propose(call.encoded_size() as u32))]
        pub fn propose(origin: OriginFor<T>, call: Box<<T as Config>::Call>) -> DispatchResult {
            let proposer = ensure_signed(origin)?;
            ensure!(T::Triumvirate::contains(&proposer), Error::<T>::NotInTriumvirate);
            ensure!(call.get_dispatch_info().call_weight.all_lte(T::MaxCallWeight::get()), Error::<T>::CallTooHeavy);
            let call = call.encode().try_into().map_err(|_| Error::<T>::CallTooLong)?;
            let index = NextIndex::<T>::get();
            let next = index.checked_add(1).ok_or(Error::<T>::TooManyMotions)?;
            let now = T::Clock::current_block_number();
            let ends = now.checked_add(MotionDuration::<T>::get()).ok_or(Error::<T>::TooManyMotions)?;
            let motion = Motion { index, proposer: proposer.clone(), call, ends, votes: BoundedVec::new() };
            Motions::<T>::try_append(motion).map_err(|_| Error::<T>::TooManyMotions)?;
            NextIndex::<T>::put(next);
            Self::deposit_event(Event::Proposed { motion: index, proposer, ends });
            Ok(())
        }

        /// Votes for the senator `hotkey`, in place of its earlier vote. By the coldkey that the hotkey belongs to.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::vote())]
        pub fn vote(origin: OriginFor<T>, hotkey: AccountId, motion: u32, approve: bool) -> DispatchResult {
            let coldkey = ensure_signed(origin)?;
            let senate = Self::senate();
            let owns = T::Hotkeys::coldkey_of(&hotkey) == Some(coldkey);
            ensure!(owns && senate.contains(&hotkey), Error::<T>::NotSenator);
            let now = T::Clock::current_block_number();
            Motions::<T>::try_mutate(|motions| {
                let found = motions.iter_mut().find(|open| open.index == motion).ok_or(Error::<T>::NoSuchMotion)?;
                ensure!(now <= found.ends, Error::<T>::MotionOver);
                found.votes.retain(|(voter, _)| *voter != hotkey && senate.contains(voter));
                found.votes.try_push((hotkey.clone(), approve)).map_err(|_| Error::<T>::NotSenator)
            })?;
            Self::deposit_event(Event::Voted { motion, senator: hotkey, approve });
            Ok(())
        }

        /// Runs what the Senate approved, or clears away what it rejected or left undecided for too long.
        ///
        /// By anybody, free of charge if there is something to close. A call that fails is closed too: the event says
        /// why it failed.
        #[pallet::call_index(2)]
        #[pallet::weight((T::WeightInfo::close().saturating_add(Pallet::<T>::weight_of(*motion)), DispatchClass::Operational))]
        pub fn close(origin: OriginFor<T>, motion: u32) -> DispatchResultWithPostInfo {
            ensure_signed(origin)?;
            let ran = Self::try_close(motion).map_err(|error| error.with_weight(T::WeightInfo::close()))?;
            Ok((Some(T::WeightInfo::close() + ran), Pays::No).into())
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
            let (motions, next) = (Motions::<T>::get(), NextIndex::<T>::get());
            ensure!(motions.windows(2).all(|pair| pair[0].index < pair[1].index), "the motions are out of order");
            ensure!(motions.iter().all(|motion| motion.index < next), "a motion comes from the future");
            for Motion { votes, .. } in &motions {
                let twice = |index: usize| votes[..index].iter().any(|(voter, _)| *voter == votes[index].0);
                ensure!(!(0..votes.len()).any(twice), "a senator voted twice");
            }
            Ok(())
        }

        /// The hotkeys that approve now, the one with most stake first.
        pub fn senate() -> Vec<AccountId> {
            let mut members = T::Senate::members_by_stake();
            members.truncate(SENATORS as usize);
            members
        }

        /// The Senate and the open motions, whose proposers are `triumvirate`.
        pub fn info(triumvirate: Vec<AccountId>) -> GovernanceInfo {
            let (block, senate) = (T::Clock::current_block_number(), Self::senate());
            let motions = Motions::<T>::get().into_iter().map(|motion| motion.info(&senate, block)).collect();
            GovernanceInfo { block, triumvirate, senate, motions }
        }

        /// What the motion's call declares, so that closing it takes no more room than that.
        fn weight_of(index: u32) -> Weight {
            let motion = Motions::<T>::get().into_iter().find(|open| open.index == index);
            let call = motion.and_then(|motion| Self::decode(&motion.call).ok());
            call.map_or(Weight::zero(), |call| call.get_dispatch_info().call_weight).min(T::MaxCallWeight::get())
        }

        fn decode(call: &[u8]) -> Result<<T as Config>::Call, Error<T>> {
            <T as Config>::Call::decode_all_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut &call[..])
                .map_err(|_| Error::<T>::CallUnreadable)
        }

        /// Returns what the motion's call weighed, if it ran.
        fn try_close(index: u32) -> Result<Weight, Error<T>> {
            let found = Motions::<T>::get().into_iter().find(|open| open.index == index);
            let motion = found.ok_or(Error::<T>::NoSuchMotion)?.info(&Self::senate(), T::Clock::current_block_number());
            match motion.standing {
                Standing::Open => Err(Error::<T>::StillOpen),
                Standing::Approved => Self::execute(motion),
                Standing::Rejected => Ok(Self::drop_motion(index, Event::Rejected { motion: index })),
                Standing::Expired => Ok(Self::drop_motion(index, Event::Expired { motion: index })),
            }
        }

        /// Runs the call as root and returns what that weighed.
        fn execute(motion: MotionInfo) -> Result<Weight, Error<T>> {
            let call = Self::decode(&motion.call)?;
            let declared = call.get_dispatch_info().call_weight;
            ensure!(declared.all_lte(T::MaxCallWeight::get()), Error::<T>::CallTooHeavy);
            // Off the list before it runs, as what runs may close motions too.
            Motions::<T>::mutate(|motions| motions.retain(|open| open.index != motion.index));
            let (info, result) = match call.dispatch(frame_system::RawOrigin::Root.into()) {
                Ok(info) => (info, Ok(())),
                Err(failure) => (failure.post_info, Err(failure.error)),
            };
            Self::deposit_event(Event::Executed { motion: motion.index, result });
            Ok(info.actual_weight.unwrap_or(declared))
        }

        fn drop_motion(index: u32, event: Event<T>) -> Weight {
            Motions::<T>::mutate(|motions| motions.retain(|open| open.index != index));
            Self::deposit_event(event);
            Weight::zero()
        }
    }

    /// A senator's votes stay its own.
    impl<T: Config> OnHotkeySwapped for Pallet<T> {
        fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
            Motions::<T>::mutate(|motions| {
                let votes = motions.iter_mut().flat_map(|motion| motion.votes.iter_mut());
                votes.filter(|(voter, _)| voter == old).for_each(|(voter, _)| *voter = new.clone());
            });
            Ok(())
        }
    }
}
