//! What a validator tells about itself, put together when it is asked for.

mod agreement;
mod serve;

pub use serve::serve;

use crate::board::{now, Board, Notes};
use crate::scores::{Scores, Standing, StorageError};
use agreement::{agreement, averages, consensus_shares, own_shares, Shares};
use chain_client::view::View;
use primitives::{AccountId, BlockNumber, Metagraph, NetUid};
use std::sync::Arc;
use subnet::RecordedAnswer;
use validator_api::{Agreement, Judged, Kept, LastRound, Round, Status, Weights};

pub struct Reporter {
    pub board: Arc<Board>,
    pub scores: Arc<Scores>,
    pub view: View,
    pub own: AccountId,
    pub netuid: NetUid,
    /// The subnet's name and version.
    pub subnet: String,
    pub version: u64,
}

/// The part of a [`Status`] that metrics tell, in its words.
pub struct Figures {
    pub block: Option<BlockNumber>,
    pub silent: u64,
    pub due_in: Option<u64>,
    pub agreement: Option<Agreement>,
    pub standings: Vec<Standing>,
    pub kept: Kept,
}

impl Reporter {
    /// Reads the disk, so it blocks.
    pub fn status(&self) -> Result<Status, StorageError> {
        let (notes, view) = (self.board.notes(), self.view.borrow().clone());
        let metagraph = view.as_deref();
        let standings = self.scores.standings()?;
        let own = shares(&standings, metagraph);
        let consensus = metagraph.map(consensus_shares).unwrap_or_default();
        Ok(Status {
            hotkey: self.own.clone(),
            uid: metagraph.and_then(|metagraph| metagraph.by_hotkey(&self.own)).map(|seat| seat.uid),
            netuid: self.netuid,
            subnet: self.subnet.clone(),
            version: self.version,
            started: self.board.started(),
            now: now(),
            doing: notes.doing.clone(),
            block: metagraph.map(|metagraph| metagraph.block),
            silent: self.board.silent(),
            last_round: self.scores.newest_round()?.map(summary),
            averages: averages(standings, &own, &consensus),
            weights: weights(&notes, metagraph),
            agreement: metagraph.and_then(|metagraph| agreement(&own, metagraph, &self.own)),
            errors: notes.errors.into(),
            kept: self.scores.kept()?,
        })
    }

    /// What fits into a few numbers. Reads the disk, but no round, so it blocks shortly.
    pub fn figures(&self) -> Result<Figures, StorageError> {
        let (notes, view) = (self.board.notes(), self.view.borrow().clone());
        let metagraph = view.as_deref();
        let standings = self.scores.standings()?;
        let own = shares(&standings, metagraph);
        Ok(Figures {
            block: metagraph.map(|metagraph| metagraph.block),
            silent: self.board.silent(),
            due_in: due_in(&notes, metagraph),
            agreement: metagraph.and_then(|metagraph| agreement(&own, metagraph, &self.own)),
            standings,
            kept: self.scores.kept()?,
        })
    }

    /// None of a number that is not kept. Reads the disk, so it blocks.
    pub fn round(&self, number: u64) -> Result<Option<Round>, StorageError> {
        self.scores.round(number)
    }
}

fn summary(round: Round) -> LastRound {
    let judged = |(uid, answer): (u16, RecordedAnswer)| Judged {
        uid,
        hotkey: answer.miner,
        score: answer.judgement.score.get(),
        reason: answer.judgement.reason,
        took: answer.took,
    };
    LastRound {
        number: round.number,
        block: round.beacon.block,
        at: round.at,
        took: round.took,
        judged: round.uids.into_iter().zip(round.record.answers).map(judged).collect(),
    }
}

fn shares(standings: &[Standing], metagraph: Option<&Metagraph>) -> Shares {
    metagraph.map(|metagraph| own_shares(standings, metagraph)).unwrap_or_default()
}

/// The block at which weights are due.
fn due(notes: &Notes) -> Option<BlockNumber> {
    notes.held.as_ref().and_then(|(_, until)| *until)
}

/// Seconds until then.
fn due_in(notes: &Notes, metagraph: Option<&Metagraph>) -> Option<u64> {
    let (due, metagraph) = due(notes).zip(metagraph)?;
    Some(u64::from(due.saturating_sub(metagraph.block)) * metagraph.block_time / 1_000)
}

fn weights(notes: &Notes, metagraph: Option<&Metagraph>) -> Weights {
    Weights {
        next_epoch: metagraph.map(|metagraph| metagraph.next_epoch),
        due: due(notes),
        due_in: due_in(notes, metagraph),
        held: notes.held.as_ref().map(|(reason, _)| reason.clone()),
        submissions: notes.submissions.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::Mark;
    use crate::testing::{account, metagraph, round};
    use subnet::{Finding, Score};
    use tokio::sync::watch;

    fn reporter(scores: Scores, view: Option<Metagraph>) -> Reporter {
        let (_, view) = watch::channel(view.map(Arc::new));
        let (board, scores) = (Arc::default(), Arc::new(scores));
        Reporter { board, scores, view, own: account(0), netuid: NetUid(1), subnet: "echo".into(), version: 1 }
    }

    #[test]
    fn a_validator_without_a_node_says_that_it_waits() {
        let folder = tempfile::tempdir().unwrap();
        let status = reporter(Scores::open(folder.path(), NetUid(1), 0.5).unwrap(), None).status().unwrap();
        assert!(status.doing.what.contains("waiting for the node"));
        assert_eq!((status.uid, status.block, status.last_round, status.agreement), (None, None, None, None));
    }

    #[test]
    fn the_status_says_what_was_scored_and_why_and_when_weights_are_due() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        let mark = Mark { uid: 1, hotkey: account(1), finding: Finding::Worth(Score::ONE) };
        (0..3).for_each(|_| scores.record(std::slice::from_ref(&mark), &metagraph(3)).unwrap());
        scores.record_round(&[mark], &metagraph(3), round(&["one", "two"])).unwrap();
        let reporter = reporter(scores, Some(metagraph(3)));
        reporter.board.held("the subnet's rate limit".into(), Some(31));
        reporter.board.trouble("a round counted for nothing".into());
        let status = reporter.status().unwrap();
        let last = status.last_round.unwrap();
        assert_eq!((last.number, last.judged.len()), (1, 2));
        assert_eq!((last.judged[1].uid, last.judged[1].score, last.judged[1].reason.as_str()), (1, 1.0, "right"));
        assert_eq!((status.averages[0].score, status.averages[0].weight), (0.9375, 1.0));
        assert_eq!((status.weights.due, status.weights.due_in), (Some(31), Some(30)));
        assert_eq!((status.errors.len(), status.kept.rounds), (1, 1));
        assert_eq!(reporter.round(1).unwrap().unwrap().record.answers.len(), 2);
        assert_eq!(reporter.round(2).unwrap(), None);
        let figures = reporter.figures().unwrap();
        assert_eq!((figures.block, figures.due_in), (status.block, status.weights.due_in));
        assert_eq!((figures.agreement, figures.kept), (status.agreement, status.kept));
    }
}
