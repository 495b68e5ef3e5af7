//! The commits of one seat that wait to be revealed, as a pure value.

use crate::row::Terms;
use alloc::vec::Vec;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use primitives::{BlockNumber, OpenCommit, MAX_OPEN_COMMITS};
use scale_info::TypeInfo;
use sp_core::H256;

/// A promise of weights. What it is held to, the window and the rules of a row, is settled when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Commit {
    pub hash: H256,
    pub committed_at: BlockNumber,
    pub reveal_from: BlockNumber,
    pub reveal_until: BlockNumber,
    pub terms: Terms,
}

impl Commit {
    fn is_late(&self, now: BlockNumber) -> bool {
        self.reveal_until < now
    }

    pub fn shown(&self) -> OpenCommit {
        let &Self { hash, committed_at, reveal_from, reveal_until, .. } = self;
        OpenCommit { hash, committed_at, reveal_from, reveal_until }
    }
}

/// Why a reveal does not fit the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevealError {
    NoSuchCommit,
    OutOfOrder,
    TooEarly,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Queue {
    /// Block of the newest commit, revealed or not.
    pub last_commit: Option<BlockNumber>,
    /// Oldest first; no window opens or closes before that of an older one.
    pub open: BoundedVec<Commit, ConstU32<MAX_OPEN_COMMITS>>,
}

impl Queue {
    /// Appends a commit unless there are too many. Where the tempo or the interval has shrunk since the one before, it
    /// shares that one's window: else it would have to be revealed before it, which the order forbids.
    pub fn push(&mut self, mut commit: Commit) -> Result<(), Commit> {
        if let Some(before) = self.open.last() {
            commit.reveal_from = commit.reveal_from.max(before.reveal_from);
            commit.reveal_until = commit.reveal_until.max(before.reveal_until);
        }
        let block = commit.committed_at;
        self.open.try_push(commit)?;
        self.last_commit = Some(block);
        Ok(())
    }

    /// Removes and returns those whose window has passed before `now`.
    pub fn expire(&mut self, now: BlockNumber) -> Vec<Commit> {
        let late = self.open.iter().take_while(|commit| commit.is_late(now)).count();
        (0..late).map(|_| self.open.remove(0)).collect()
    }

    /// Removes and returns all that are open. The rate limit goes on counting from the last of them.
    pub fn clear(&mut self) -> Vec<Commit> {
        core::mem::take(&mut self.open).into_inner()
    }

    /// Those that can still be revealed in block `at` or later.
    pub fn open_at(&self, at: BlockNumber) -> impl Iterator<Item = &Commit> {
        self.open.iter().filter(move |commit| !commit.is_late(at))
    }

    /// Takes out the oldest commit if it is the one with `hash` and its window is open.
    pub fn take(&mut self, hash: H256, now: BlockNumber) -> Result<Commit, RevealError> {
        let mut places = self.open.iter().enumerate();
        let (place, commit) = places.find(|(_, commit)| commit.hash == hash).ok_or(RevealError::NoSuchCommit)?;
        if place > 0 {
            Err(RevealError::OutOfOrder)
        } else if now < commit.reveal_from {
            Err(RevealError::TooEarly)
        } else {
            Ok(self.open.remove(place))
        }
    }

    /// What must hold between two blocks.
    pub fn is_sound(&self) -> bool {
        let sound = |commit: &Commit| {
            commit.committed_at < commit.reveal_from
                && commit.reveal_from <= commit.reveal_until
                && Some(commit.committed_at) <= self.last_commit
        };
        let in_order = |pair: &[Commit]| {
            pair[0].committed_at <= pair[1].committed_at
                && pair[0].reveal_from <= pair[1].reveal_from
                && pair[0].reveal_until <= pair[1].reveal_until
        };
        self.open.iter().all(sound) && self.open.windows(2).all(in_order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(id: u8, committed_at: BlockNumber, (reveal_from, reveal_until): (BlockNumber, BlockNumber)) -> Commit {
        let terms = Terms { weights_version: 0, min_allowed_weights: 1, max_weights_limit: u16::MAX };
        Commit { hash: H256([id; 32]), committed_at, reveal_from, reveal_until, terms }
    }

    fn queue(commits: impl IntoIterator<Item = Commit>) -> Queue {
        let mut queue = Queue::default();
        commits.into_iter().for_each(|commit| queue.push(commit).unwrap());
        assert!(queue.is_sound());
        queue
    }

    fn take(queue: &mut Queue, id: u8, now: BlockNumber) -> Result<BlockNumber, RevealError> {
        queue.take(H256([id; 32]), now).map(|commit| commit.committed_at)
    }

    #[test]
    fn commits_are_taken_in_their_order_once_the_window_opens() {
        let mut queue = queue([commit(1, 1, (10, 19)), commit(2, 5, (10, 19))]);
        assert_eq!(take(&mut queue, 3, 10), Err(RevealError::NoSuchCommit));
        assert_eq!(take(&mut queue, 2, 10), Err(RevealError::OutOfOrder));
        assert_eq!(take(&mut queue, 1, 9), Err(RevealError::TooEarly));
        assert_eq!(take(&mut queue, 1, 10), Ok(1));
        assert_eq!(take(&mut queue, 1, 10), Err(RevealError::NoSuchCommit));
        assert_eq!(take(&mut queue, 2, 19), Ok(5));
        assert_eq!(queue.last_commit, Some(5));
    }

    #[test]
    fn a_window_lasts_to_the_end_of_its_last_block() {
        let mut queue = queue([commit(1, 1, (10, 19)), commit(2, 11, (20, 29))]);
        assert_eq!(queue.expire(19), []);
        assert_eq!(queue.open_at(20).count(), 1);
        assert_eq!(queue.expire(20), [commit(1, 1, (10, 19))]);
        assert_eq!(queue.open.len(), 1);
    }

    #[test]
    fn a_shorter_interval_does_not_send_a_commit_ahead_of_an_older_one() {
        let mut queue = queue([commit(1, 1, (100, 199)), commit(2, 5, (10, 19))]);
        assert_eq!(queue.open[1].shown().reveal_from, 100);
        assert_eq!(take(&mut queue, 1, 100), Ok(1));
        assert_eq!(take(&mut queue, 2, 100), Ok(5));
    }

    #[test]
    fn an_eleventh_commit_is_given_back() {
        let mut queue = queue((1..=10).map(|id| commit(id, id.into(), (100, 199))));
        let before = queue.clone();
        assert_eq!(queue.push(commit(11, 11, (100, 199))), Err(commit(11, 11, (100, 199))));
        assert_eq!(queue, before);
    }
}
