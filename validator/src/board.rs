//! What the parts of a validator write down about themselves, for whoever asks how it is doing. In memory.

use chain_client::Included;
use primitives::BlockNumber;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use validator_api::{Activity, Outcome, Submission, Trouble};

/// Of each list, the newest so many are remembered.
const REMEMBERED: usize = 20;

pub struct Board {
    started: u64,
    notes: Mutex<Notes>,
}

/// Everything that stands on the board; lists are newest first.
#[derive(Clone, Debug)]
pub struct Notes {
    pub doing: Activity,
    pub errors: VecDeque<Trouble>,
    pub submissions: VecDeque<Submission>,
    /// Why no weights are given now, and the block in which that may be over.
    pub held: Option<(String, Option<BlockNumber>)>,
    /// When the node told something new, in Unix seconds.
    pub heard: u64,
}

impl Default for Board {
    fn default() -> Self {
        let (errors, submissions, held) = Default::default();
        let doing = Activity { what: "waiting for the node".into(), since: now() };
        Self { started: now(), notes: Mutex::new(Notes { doing, errors, submissions, held, heard: now() }) }
    }
}

impl Board {
    /// Unix seconds.
    pub fn started(&self) -> u64 {
        self.started
    }

    pub fn notes(&self) -> Notes {
        self.open().clone()
    }

    pub fn doing(&self, what: impl Into<String>) {
        self.open().doing = Activity { what: what.into(), since: now() };
    }

    /// Writes down something that went wrong; what goes on going wrong stands there once, with its newest time.
    pub fn trouble(&self, message: String) {
        let mut notes = self.open();
        if notes.errors.front().is_some_and(|newest| newest.message == message) {
            notes.errors.pop_front();
        }
        push(&mut notes.errors, Trouble { at: now(), message });
    }

    /// The node has told something new.
    pub fn heard(&self) {
        self.open().heard = now();
    }

    /// Seconds since then.
    pub fn silent(&self) -> u64 {
        now().saturating_sub(self.open().heard)
    }

    pub fn held(&self, reason: String, until: Option<BlockNumber>) {
        self.open().held = Some((reason, until));
    }

    pub fn sent(&self, call: &str, at: BlockNumber) {
        let (call, outcome) = (call.to_owned(), Outcome::Sent);
        let sent = Submission { call, at: now(), sent_at: at, outcome, block: None, extrinsic: None, reason: None };
        let mut notes = self.open();
        notes.held = None;
        push(&mut notes.submissions, sent);
    }

    /// Where the submission that was sent last is.
    pub fn included(&self, included: &Included) {
        if let Some(sent) = self.open().submissions.front_mut() {
            (sent.outcome, sent.block) = (Outcome::Included, Some(included.block));
            sent.extrinsic = Some(included.extrinsic_hash.clone());
        }
    }

    /// Why the submission that was sent last is nowhere.
    pub fn failed(&self, outcome: Outcome, reason: String) {
        if let Some(sent) = self.open().submissions.front_mut() {
            (sent.outcome, sent.reason) = (outcome, Some(reason));
        }
    }

    /// What became of a submission that was in a block.
    pub fn settled(&self, included: &Included, outcome: Outcome) {
        let mut notes = self.open();
        let extrinsic = Some(&included.extrinsic_hash);
        if let Some(sent) = notes.submissions.iter_mut().find(|sent| sent.extrinsic.as_ref() == extrinsic) {
            sent.outcome = outcome;
            sent.reason = (outcome == Outcome::Dropped).then(|| "a fork undid it; it is sent again".into());
        }
    }

    fn open(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T) {
    list.push_front(item);
    list.truncate(REMEMBERED);
}

/// Unix seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn included(n: u32) -> Included {
        let extrinsic_hash = format!("0x{n}");
        Included { block: n, block_hash: "0x".into(), extrinsic_hash, subnet_created: None, motion_proposed: None }
    }

    #[test]
    fn a_submission_is_followed_from_its_sending_to_its_end() {
        let board = Board::default();
        let outcomes = || board.notes().submissions.iter().map(|sent| sent.outcome).collect::<Vec<_>>();
        board.sent("commit", 4);
        assert_eq!(outcomes(), [Outcome::Sent]);
        board.included(&included(5));
        board.sent("reveal", 9);
        board.failed(Outcome::Rejected, "no permit".into());
        board.settled(&included(5), Outcome::Finalized);
        assert_eq!(outcomes(), [Outcome::Rejected, Outcome::Finalized]);
        let notes = board.notes();
        assert_eq!(notes.submissions[0].reason.as_deref(), Some("no permit"));
        assert_eq!((notes.submissions[1].block, notes.submissions[1].reason.as_deref()), (Some(5), None));
        board.settled(&included(5), Outcome::Dropped);
        assert!(board.notes().submissions[1].reason.as_ref().unwrap().contains("sent again"));
    }

    #[test]
    fn however_much_goes_wrong_the_board_stays_small() {
        let board = Board::default();
        for n in 0..100 {
            board.trouble(format!("trouble {n}"));
            board.trouble(format!("trouble {n}"));
            board.sent("set", n);
        }
        let notes = board.notes();
        assert_eq!((notes.errors.len(), notes.submissions.len()), (REMEMBERED, REMEMBERED));
        assert_eq!((notes.errors[0].message.as_str(), notes.errors[1].message.as_str()), ("trouble 99", "trouble 98"));
    }
}
