//! What the parts of a validator write down about themselves, for whoever asks how it is doing. In memory.

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

    pub fn sent(&self, submission: Submission) {
        let mut notes = self.open();
        notes.held = None;
        push(&mut notes.submissions, submission);
    }

    /// What became of the submission whose extrinsic has this hash, the block that holds it, and why.
    pub fn became(&self, extrinsic: &str, outcome: Outcome, block: Option<BlockNumber>, reason: Option<String>) {
        let mut notes = self.open();
        if let Some(sent) = notes.submissions.iter_mut().find(|sent| sent.extrinsic.as_deref() == Some(extrinsic)) {
            (sent.outcome, sent.block, sent.reason) = (outcome, block, reason);
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

    fn sent(call: &str, n: u32) -> Submission {
        let (call, extrinsic, outcome) = (call.to_owned(), Some(format!("0x{n}")), Outcome::Sent);
        Submission { call, at: 1, sent_at: n, outcome, block: None, extrinsic, reason: None }
    }

    #[test]
    fn a_submission_is_followed_from_its_sending_to_its_end() {
        let board = Board::default();
        board.sent(sent("commit", 4));
        board.sent(sent("reveal", 9));
        board.became("0x4", Outcome::Included, Some(5), None);
        board.became("0x9", Outcome::Rejected, None, Some("no permit".into()));
        board.became("0x7", Outcome::Lost, None, None);
        let [reveal, commit] = <[_; 2]>::try_from(Vec::from(board.notes().submissions)).unwrap();
        assert_eq!((reveal.outcome, reveal.reason.as_deref()), (Outcome::Rejected, Some("no permit")));
        assert_eq!((commit.outcome, commit.block), (Outcome::Included, Some(5)));
    }

    #[test]
    fn however_much_goes_wrong_the_board_stays_small() {
        let board = Board::default();
        for n in 0..100 {
            board.trouble(format!("trouble {n}"));
            board.trouble(format!("trouble {n}"));
            board.sent(sent("set", n));
        }
        let notes = board.notes();
        assert_eq!((notes.errors.len(), notes.submissions.len()), (REMEMBERED, REMEMBERED));
        assert_eq!((notes.errors[0].message.as_str(), notes.errors[1].message.as_str()), ("trouble 99", "trouble 98"));
    }
}
