//! What validators think of each neuron.
//!
//! One row a seat, replaced as a whole, stored scaled so that the largest entry is `u16::MAX`.
//!
//! Where the subnet's `commit_reveal` is on, a row is hidden until it counts. A validator commits to its hash, and shows
//! the row `commit_reveal_interval` epochs later, anywhere between two epochs; the second of them is the first that reads
//! it. Whoever copies what it sees copies the past.
//!
//! - Commits are revealed in the order in which they were made, so that committing to many rows offers no choice among
//!   them: only the last one of a window ever counts.
//! - A commit that is not revealed in its window forfeits the row: it is emptied, and its validator earns no dividends
//!   until it shows another. So what was committed is shown, or costs an epoch's dividends.
//! - A commit keeps the window and the rules for rows of the moment in which it was made. No change of a parameter can
//!   make it impossible to reveal.
//! - An epoch that waits for a block with time for it reads the rows as they were when it came due; what replaces them
//!   meanwhile rests until it has run.
//! - A row means the neurons that sat there when it was committed: an epoch gives nothing of it to a newcomer.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod queue;
mod row;
mod status;
mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use queue::{Commit, Queue};
pub use row::Terms;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::queue::{Commit, Queue, RevealError};
    use super::row::{self, RowError, Terms};
    use super::weights::WeightInfo;
    use alloc::{collections::BTreeMap, vec::Vec};
    use chain_traits::{
        HyperparamsOf, Neurons, OnHotkeySwapped, OnSeatTaken, OnSubnetRemoved, Permits, SeatWeights, StakeWeight,
        Subnets, Upscale, WaitingEpochs, WeightRows,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use primitives::{
        AccountId, BlockNumber, NetUid, Reveal, Uid, WeightRow, WeightsObstacle, MAX_OPEN_COMMITS, MAX_UIDS,
    };
    use sp_core::H256;
    use sp_runtime::{traits::BlockNumberProvider, ArithmeticError};

    /// What may be revealed at once.
    pub type Reveals = BoundedVec<Reveal, ConstU32<MAX_OPEN_COMMITS>>;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, AccountId = AccountId> {
        type Clock: BlockNumberProvider<BlockNumber = BlockNumber>;
        type Subnets: Subnets;
        type Hyperparams: HyperparamsOf;
        type Neurons: Neurons;
        type Stake: StakeWeight;
        type Permits: Permits;
        type Epochs: WaitingEpochs;
        type Upscale: Upscale;
        type WeightInfo: WeightInfo;
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// How a row came to be.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub enum Basis {
        /// Set openly, or never.
        #[default]
        Open,
        /// Revealed; what it says was said in this block.
        Committed(BlockNumber),
        /// Emptied, as a commit was not revealed.
        Forfeited,
    }

    #[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Row {
        /// Block of the last setting or reveal, or of the registration while there was none.
        pub set_at: BlockNumber,
        pub basis: Basis,
        pub entries: BoundedVec<(Uid, u16), ConstU32<MAX_UIDS>>,
    }

    #[pallet::storage]
    pub type Rows<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Row, ValueQuery>;

    /// Where the subnet's epoch waits: the rows that were replaced since it came due, as they were then.
    #[pallet::storage]
    pub type Overtaken<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Row>;

    /// Of every seat that has ever committed.
    #[pallet::storage]
    pub type Commits<T> = StorageDoubleMap<_, Twox64Concat, NetUid, Twox64Concat, Uid, Queue, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        WeightsSet {
            netuid: NetUid,
            uid: Uid,
        },
        /// The row can be revealed in the blocks from `reveal_from` to `reveal_until`.
        WeightsCommitted {
            netuid: NetUid,
            uid: Uid,
            hash: H256,
            reveal_from: BlockNumber,
            reveal_until: BlockNumber,
        },
        /// The row that was committed last of `revealed` ones is the seat's row now.
        WeightsRevealed {
            netuid: NetUid,
            uid: Uid,
            committed_at: BlockNumber,
            revealed: u32,
        },
        /// A commit was not revealed in time, or its hotkey was swapped for another one; where the subnet still hides weights,
        /// that emptied the seat's row.
        CommitExpired {
            netuid: NetUid,
            uid: Uid,
            hash: H256,
            committed_at: BlockNumber,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// This subnet does not exist; `plexus subnet list` shows those that do.
        NoSuchSubnet,
        /// There must be as many values as uids, one for each.
        LengthMismatch,
        /// This hotkey has no seat in this subnet; `plexus register` gets it one.
        NotRegistered,
        /// The hotkey's stake is below the subnet's stake_threshold; add stake with `plexus stake add` and wait for its round.
        NotEnoughStake,
        /// The subnet asks for a newer weights_version; update your validator.
        OutdatedVersion,
        /// The last setting or commit is too recent; wait for the subnet's weights_rate_limit to pass.
        SetTooSoon,
        /// Only the validators with most stake may set weights for others; add stake and wait for the next epoch to get a permit.
        NoPermit,
        /// A uid stands in the row twice; name each one once.
        DuplicateUid,
        /// A uid in the row is not registered in this subnet; refresh the metagraph.
        UnknownUid,
        /// The row has fewer entries than the subnet's min_allowed_weights; weight more neurons, see `plexus subnet show`.
        TooFewWeights,
        /// An entry's share of the row is above the subnet's max_weights_limit; spread the weights, see `plexus subnet show`.
        WeightTooLarge,
        /// Every value is zero, which says nothing about anybody; give at least one neuron a weight above zero.
        AllZero,
        /// This subnet hides weights until they count: call `commit`, then `reveal`. `plexus-validator` does both by itself; `plexus weights status` shows how far it is.
        CommitInstead,
        /// This subnet takes weights openly, as its commit_reveal is off; set them with `plexus weights set`.
        SetInstead,
        /// Ten commits wait to be revealed, the most that may; `plexus weights status` shows when the oldest can be.
        TooManyOpenCommits,
        /// There is nothing to reveal in this call; name at least one row.
        NothingToReveal,
        /// No open commit of this hotkey has the hash of this row, salt and version; `plexus weights status` shows those that are open.
        NoSuchCommit,
        /// An older commit must be revealed first; reveal them in one call, oldest first.
        RevealOutOfOrder,
        /// This commit cannot be revealed yet; `plexus weights status` shows from which block on.
        RevealTooEarly,
        /// The time to reveal this commit is over; commit again.
        RevealTooLate,
    }

    impl<T> From<RowError> for Error<T> {
        fn from(error: RowError) -> Self {
            match error {
                RowError::LengthMismatch => Self::LengthMismatch,
                RowError::OutdatedVersion => Self::OutdatedVersion,
                RowError::UnknownUid => Self::UnknownUid,
                RowError::DuplicateUid => Self::DuplicateUid,
                RowError::AllZero => Self::AllZero,
                RowError::TooFewWeights => Self::TooFewWeights,
                RowError::WeightTooLarge => Self::WeightTooLarge,
            }
        }
    }

    impl<T> From<RevealError> for Error<T> {
        fn from(error: RevealError) -> Self {
            match error {
                RevealError::NoSuchCommit => Self::NoSuchCommit,
                RevealError::OutOfOrder => Self::RevealOutOfOrder,
                RevealError::TooEarly => Self::RevealTooEarly,
            }
        }
    }

    impl<T> From<WeightsObstacle> for Error<T> {
        fn from(obstacle: WeightsObstacle) -> Self {
            match obstacle {
                WeightsObstacle::NotRegistered => Self::NotRegistered,
                WeightsObstacle::NotEnoughStake { .. } => Self::NotEnoughStake,
                WeightsObstacle::TooSoon { .. } => Self::SetTooSoon,
                WeightsObstacle::NoPermit { .. } => Self::NoPermit,
                WeightsObstacle::TooManyOpenCommits { .. } => Self::TooManyOpenCommits,
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replaces the row of the sender's hotkey; free for who may set it now.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_weights(length(uids, values)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, uids: &Vec<Uid>, values: &Vec<u16>, version: &u64| -> bool {
            Pallet::<T>::may_set(origin.clone(), *netuid, uids, values, *version).is_ok()
        })]
        pub fn set_weights(
            origin: OriginFor<T>,
            netuid: NetUid,
            uids: Vec<Uid>,
            values: Vec<u16>,
            version: u64,
        ) -> DispatchResult {
            let uid = Self::may_set(origin, netuid, &uids, &values, version)?;
            // What was committed while weights were hidden is overtaken by what is said openly now.
            Commits::<T>::remove(netuid, uid);
            Self::store(netuid, uid, Basis::Open, uids, &values)?;
            Self::deposit_event(Event::WeightsSet { netuid, uid });
            Ok(())
        }

        /// Promises a row by its hash, [`Reveal::hash`]; free for who may commit now.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::commit())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, _: &H256| -> bool {
            Pallet::<T>::may_commit(origin.clone(), *netuid).is_ok()
        })]
        pub fn commit(origin: OriginFor<T>, netuid: NetUid, hash: H256) -> DispatchResult {
            let uid = Self::may_commit(origin, netuid)?;
            let params = T::Hyperparams::hyperparams(netuid);
            let committed_at = T::Clock::current_block_number();
            let window = params.reveal_window(netuid, committed_at).ok_or(ArithmeticError::Overflow)?;
            let mut queue = Commits::<T>::get(netuid, uid);
            Self::expire(netuid, uid, &mut queue, params.commit_reveal);
            let terms = Terms::from(&params);
            let commit = Commit { hash, committed_at, reveal_from: window.0, reveal_until: window.1, terms };
            queue.push(commit).map_err(|_| Error::<T>::TooManyOpenCommits)?;
            if let Some(&Commit { reveal_from, reveal_until, .. }) = queue.open.last() {
                Self::deposit_event(Event::WeightsCommitted { netuid, uid, hash, reveal_from, reveal_until });
            }
            Commits::<T>::insert(netuid, uid, queue);
            Ok(())
        }

        /// Shows committed rows, oldest first; the last of them replaces the row of the sender's hotkey. Free for who may
        /// reveal them now.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::reveal(reveals.len() as u32, entries(reveals)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, netuid: &NetUid, reveals: &Reveals| -> bool {
            Pallet::<T>::may_reveal(origin.clone(), *netuid, reveals).is_ok()
        })]
        pub fn reveal(origin: OriginFor<T>, netuid: NetUid, reveals: Reveals) -> DispatchResult {
            let Accepted { uid, committed_at, queue, late } = Self::may_reveal(origin, netuid, &reveals)?;
            let revealed = reveals.len() as u32;
            // What these forfeit is the row that is replaced here.
            Self::announce_expired(netuid, uid, late);
            Commits::<T>::insert(netuid, uid, queue);
            let Reveal { uids, values, .. } = reveals.into_iter().next_back().ok_or(Error::<T>::NothingToReveal)?;
            Self::store(netuid, uid, Basis::Committed(committed_at), uids, &values)?;
            Self::deposit_event(Event::WeightsRevealed { netuid, uid, committed_at, revealed });
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
            for (netuid, uid, row) in Rows::<T>::iter() {
                let count = T::Neurons::count(netuid);
                ensure!(uid < count, "a row of weights without a seat");
                ensure!(row.entries.iter().all(|(target, _)| *target < count), "a weight for nobody");
                ensure!(row.basis != Basis::Forfeited || row.entries.is_empty(), "a forfeited row that still counts");
            }
            for (netuid, uid, row) in Overtaken::<T>::iter() {
                let count = T::Neurons::count(netuid);
                ensure!(T::Epochs::waits(netuid), "a row is kept for an epoch that does not wait");
                ensure!(uid < count && row.entries.iter().all(|(target, _)| *target < count), "a row of or for nobody");
                ensure!(row.basis != Basis::Forfeited || row.entries.is_empty(), "a forfeited row that would count");
            }
            for (netuid, uid, queue) in Commits::<T>::iter() {
                ensure!(uid < T::Neurons::count(netuid), "a commit without a seat");
                ensure!(queue.is_sound(), "commits that cannot be revealed in their order");
            }
            Ok(())
        }

        /// Every row of a subnet that holds an entry, for display.
        pub fn set_rows(netuid: NetUid) -> Vec<WeightRow> {
            (0..T::Neurons::count(netuid))
                .map(|uid| (uid, Rows::<T>::get(netuid, uid)))
                .filter(|(_, row)| !row.entries.is_empty())
                .map(|(uid, row)| WeightRow { uid, set_at: row.set_at, weights: row.entries.into_inner() })
                .collect()
        }

        /// The uid whose row the sender may set with these arguments, or the first rule that they break.
        fn may_set(
            origin: OriginFor<T>,
            netuid: NetUid,
            uids: &[Uid],
            values: &[u16],
            version: u64,
        ) -> Result<Uid, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            ensure!(T::Subnets::exists(netuid), Error::<T>::NoSuchSubnet);
            let params = T::Hyperparams::hyperparams(netuid);
            ensure!(!params.commit_reveal, Error::<T>::CommitInstead);
            let uid = T::Neurons::uid_of(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            match Self::obstacle(netuid, uid, &hotkey, &params, T::Clock::current_block_number()) {
                Some(WeightsObstacle::NoPermit { .. }) if uids == [uid] => {}
                Some(obstacle) => return Err(Error::<T>::from(obstacle).into()),
                None => {}
            }
            let seats = T::Neurons::count(netuid);
            row::check(uid, seats, uids, values, version, &Terms::from(&params)).map_err(Error::<T>::from)?;
            Ok(uid)
        }

        /// The uid for which the sender may commit, or the first rule that stands against it.
        fn may_commit(origin: OriginFor<T>, netuid: NetUid) -> Result<Uid, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            ensure!(T::Subnets::exists(netuid), Error::<T>::NoSuchSubnet);
            let params = T::Hyperparams::hyperparams(netuid);
            ensure!(params.commit_reveal, Error::<T>::SetInstead);
            let uid = T::Neurons::uid_of(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            match Self::obstacle(netuid, uid, &hotkey, &params, T::Clock::current_block_number()) {
                Some(obstacle) => Err(Error::<T>::from(obstacle).into()),
                None => Ok(uid),
            }
        }

        /// What revealing these rows leads to, or the first rule that they break. Stake, permit and version were asked for
        /// when they were committed.
        fn may_reveal(origin: OriginFor<T>, netuid: NetUid, reveals: &[Reveal]) -> Result<Accepted, DispatchError> {
            let hotkey = ensure_signed(origin)?;
            let uid = T::Neurons::uid_of(netuid, &hotkey).ok_or(Error::<T>::NotRegistered)?;
            let (seats, now) = (T::Neurons::count(netuid), T::Clock::current_block_number());
            let mut queue = Commits::<T>::get(netuid, uid);
            let late = queue.expire(now);
            let mut committed_at = Err(Error::<T>::NothingToReveal);
            for reveal in reveals {
                let hash = reveal.hash(&hotkey, netuid);
                ensure!(late.iter().all(|commit| commit.hash != hash), Error::<T>::RevealTooLate);
                let commit = queue.take(hash, now).map_err(Error::<T>::from)?;
                let Reveal { uids, values, version, .. } = reveal;
                row::check(uid, seats, uids, values, *version, &commit.terms).map_err(Error::<T>::from)?;
                committed_at = Ok(commit.committed_at);
            }
            Ok(Accepted { uid, committed_at: committed_at?, queue, late })
        }

        fn store(netuid: NetUid, uid: Uid, basis: Basis, uids: Vec<Uid>, values: &[u16]) -> DispatchResult {
            let entries: Vec<_> = uids.into_iter().zip(T::Upscale::upscale(values)).collect();
            let entries = entries.try_into().map_err(|_| Error::<T>::UnknownUid)?;
            Self::replace(netuid, uid, Row { set_at: T::Clock::current_block_number(), basis, entries });
            Ok(())
        }

        /// Puts a row in the place of another, which an epoch that waits goes on reading.
        fn replace(netuid: NetUid, uid: Uid, row: Row) {
            if T::Epochs::waits(netuid) && !Overtaken::<T>::contains_key(netuid, uid) {
                Overtaken::<T>::insert(netuid, uid, Rows::<T>::get(netuid, uid));
            }
            Rows::<T>::insert(netuid, uid, row);
        }

        /// Drops the commits whose window has passed; returns how many. Where that `costs`, the seat's row goes too.
        fn expire(netuid: NetUid, uid: Uid, queue: &mut Queue, costs: bool) -> usize {
            let late = queue.expire(T::Clock::current_block_number());
            Self::forfeit(netuid, uid, late, costs)
        }

        /// The same for commits that have left their queue already.
        fn forfeit(netuid: NetUid, uid: Uid, late: Vec<Commit>, costs: bool) -> usize {
            let count = late.len();
            if costs && count > 0 {
                let set_at = Rows::<T>::get(netuid, uid).set_at;
                Self::replace(netuid, uid, Row { set_at, basis: Basis::Forfeited, entries: BoundedVec::new() });
            }
            Self::announce_expired(netuid, uid, late);
            count
        }

        fn announce_expired(netuid: NetUid, uid: Uid, late: Vec<Commit>) {
            for Commit { hash, committed_at, .. } in late {
                Self::deposit_event(Event::CommitExpired { netuid, uid, hash, committed_at });
            }
        }
    }

    /// A reveal that keeps all rules.
    struct Accepted {
        uid: Uid,
        /// When the row that counts was committed.
        committed_at: BlockNumber,
        /// What is open after it.
        queue: Queue,
        /// What was not revealed in time.
        late: Vec<Commit>,
    }

    /// Entries of what may be no row at all, as nobody has looked at it yet.
    fn length(uids: &[Uid], values: &[u16]) -> u32 {
        uids.len().max(values.len()) as u32
    }

    fn entries(reveals: &Reveals) -> u32 {
        reveals.iter().map(|reveal| length(&reveal.uids, &reveal.values)).sum()
    }

    impl<T: Config> WeightRows for Pallet<T> {
        /// Drops what was not revealed before the epoch that would have been the first to read it.
        fn settle(netuid: NetUid) -> Weight {
            let costs = T::Hyperparams::hyperparams(netuid).commit_reveal;
            let (mut seats, mut expired) = (0, 0);
            for (uid, mut queue) in Commits::<T>::iter_prefix(netuid).collect::<Vec<_>>() {
                seats += 1;
                if Self::expire(netuid, uid, &mut queue, costs) > 0 {
                    expired += 1;
                    Commits::<T>::insert(netuid, uid, queue);
                }
            }
            T::WeightInfo::settle(seats, expired)
        }

        fn rows(netuid: NetUid) -> Vec<SeatWeights> {
            let mut overtaken: BTreeMap<_, _> = Overtaken::<T>::iter_prefix(netuid).collect();
            let mut row = |uid| overtaken.remove(&uid).unwrap_or_else(|| Rows::<T>::get(netuid, uid));
            (0..T::Neurons::count(netuid)).map(|uid| row(uid).into()).collect()
        }

        fn release(netuid: NetUid) -> Weight {
            let rows = Overtaken::<T>::clear_prefix(netuid, MAX_UIDS, None).unique;
            // To read and remove a row costs less than to settle a seat whose commits are late.
            T::WeightInfo::settle(rows, rows)
        }
    }

    impl From<Row> for SeatWeights {
        fn from(row: Row) -> Self {
            Self {
                set_at: row.set_at,
                committed_at: if let Basis::Committed(block) = row.basis { Some(block) } else { None },
                forfeits: row.basis == Basis::Forfeited,
                entries: row.entries.into_inner(),
            }
        }
    }

    /// A row stays, as it goes by uid. Open commits go: their hashes name the old hotkey, so that nobody can reveal them any
    /// more. They cost what is never revealed costs, or a swap would be the way out of a commit that one regrets.
    impl<T: Config> OnHotkeySwapped for Pallet<T> {
        fn on_hotkey_swapped(old: &AccountId, _: &AccountId) -> DispatchResult {
            for netuid in T::Subnets::netuids() {
                let Some(uid) = T::Neurons::uid_of(netuid, old) else { continue };
                let mut queue = Commits::<T>::get(netuid, uid);
                let open = queue.clear();
                if !open.is_empty() {
                    Self::forfeit(netuid, uid, open, T::Hyperparams::hyperparams(netuid).commit_reveal);
                    Commits::<T>::insert(netuid, uid, queue);
                }
            }
            Ok(())
        }
    }

    impl<T: Config> OnSeatTaken for Pallet<T> {
        fn on_seat_taken(netuid: NetUid, uid: Uid) {
            let set_at = T::Clock::current_block_number();
            Rows::<T>::insert(netuid, uid, Row { set_at, ..Default::default() });
            Overtaken::<T>::remove(netuid, uid);
            Commits::<T>::remove(netuid, uid);
        }
    }

    impl<T: Config> OnSubnetRemoved for Pallet<T> {
        fn on_subnet_removed(netuid: NetUid) -> u32 {
            // Bounded by the seats of one subnet, so one call removes all.
            let rows = Rows::<T>::clear_prefix(netuid, MAX_UIDS, None).unique;
            let overtaken = Overtaken::<T>::clear_prefix(netuid, MAX_UIDS, None).unique;
            let commits = Commits::<T>::clear_prefix(netuid, MAX_UIDS, None).unique;
            rows.saturating_add(overtaken).saturating_add(commits)
        }
    }
}
