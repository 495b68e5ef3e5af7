//! Weights on their way to the chain, and what became of them.
//!
//! Where the subnet hides weights, a row is committed after each epoch and revealed as soon as its window opens. It is on
//! disk before its hash is sent, so that nothing which happens to this process or to the node makes it impossible to
//! reveal. So is each submission, until it is final: one that no block has taken is offered again, and none is signed
//! anew before that.

pub mod decision;
mod following;
pub mod journal;
pub mod promises;
pub mod row;
#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::metrics::Metrics;
use crate::scores::{holds, Scores};
use chain_client::view::View;
use chain_client::{Call, Chain};
use decision::{decide, due, Decision, Hold, Situation};
use following::Underway;
use journal::Journal;
use primitives::{AccountId, BlockNumber, Hyperparams, Metagraph, NetUid, Reveal, Uid, WeightsStatus};
use promises::Promises;
use row::Row;
use sp_core::{sr25519, H256};
use std::sync::Arc;
use tracing::{error, info, warn};

/// Blocks between a failed attempt and the next.
const BACK_OFF: BlockNumber = 5;
/// Blocks for which a row is kept beyond the end of its window: forks are not longer.
const KEPT_LONGER: u64 = 256;

pub struct Publisher {
    pub chain: Chain,
    pub pair: sr25519::Pair,
    pub own: AccountId,
    pub netuid: NetUid,
    /// The weights version that this program implements.
    pub version: u64,
    pub scores: Arc<Scores>,
    pub promises: Promises,
    pub journal: Journal,
    pub metrics: Arc<Metrics>,
    pub board: Arc<Board>,
}

/// What the publisher remembers between two blocks.
#[derive(Default)]
struct Memory {
    /// After a failed attempt: the block before which there is no other.
    not_before: BlockNumber,
    /// Snapshots of earlier blocks do not show the last submission yet.
    shown_from: BlockNumber,
    held: Option<Hold>,
    /// Oldest first.
    underway: Vec<Underway>,
    /// A commit that cannot be revealed, as its row is not on this disk.
    unknown: Option<H256>,
    forfeits: bool,
}

/// A submission of one kind.
struct Act {
    /// For the log and the metrics: set, commit, reveal.
    name: &'static str,
    call: Call,
}

impl Publisher {
    /// Looks at each new snapshot, for ever.
    pub async fn run(self, mut view: View) {
        let mut memory = self.remember();
        while view.changed().await.is_ok() {
            let Some(metagraph) = view.borrow_and_update().clone() else { continue };
            if let Err(error) = self.step(&mut memory, &metagraph).await {
                error!("no weights: {error:#}");
                self.board.trouble(format!("no weights: {error:#}"));
            }
        }
    }

    /// With what a former process has left unsettled.
    fn remember(&self) -> Memory {
        let mut memory = Memory::default();
        match self.journal.all() {
            Ok(unsettled) => unsettled.into_iter().for_each(|submitted| self.take_up(&mut memory, submitted)),
            Err(error) => self.board.trouble(format!("what was submitted before is not known: {error}")),
        }
        memory
    }

    async fn step(&self, memory: &mut Memory, metagraph: &Metagraph) -> anyhow::Result<()> {
        self.follow(memory, metagraph.block).await;
        if let Some(hold) = memory.pending() {
            self.hold(memory, hold);
            return Ok(());
        }
        if metagraph.block < memory.shown_from {
            return Ok(());
        }
        let status = self.chain.weights_status(self.netuid, &self.own).await?;
        memory.tell_forfeit(status.forfeits);
        let open: Vec<H256> = status.open.iter().map(|commit| commit.hash).collect();
        self.promises.forget(&open, status.block)?;
        let act = match self.reveal(memory, &status)? {
            Some(reveal) if memory.not_before <= metagraph.block => Some(reveal),
            _ => self.give(memory, metagraph, &status)?,
        };
        if let Some(act) = act {
            self.submit(memory, metagraph.block, act).await?;
            if let Some(hold) = memory.pending() {
                self.hold(memory, hold);
            }
        }
        Ok(())
    }

    /// Shows what can be shown now, up to the first row that is not known here.
    fn reveal(&self, memory: &mut Memory, status: &WeightsStatus) -> anyhow::Result<Option<Act>> {
        let mut reveals = Vec::new();
        for commit in due(status) {
            match self.promises.get(commit.hash)? {
                Some(reveal) => reveals.push(reveal),
                None => {
                    memory.tell_unknown(commit.hash);
                    break;
                }
            }
        }
        let call = |reveals| Call::RevealWeights { netuid: self.netuid, reveals };
        Ok((!reveals.is_empty()).then(|| Act { name: "reveal", call: call(reveals) }))
    }

    /// Gives new weights if they are due, in the way that the subnet wants them.
    fn give(&self, memory: &mut Memory, metagraph: &Metagraph, status: &WeightsStatus) -> anyhow::Result<Option<Act>> {
        let netuid = self.netuid;
        Ok(match self.decide(memory, metagraph, status)? {
            Decision::Set(Row { uids, values }) => {
                let call = Call::SetWeights { netuid, uids, values, version: self.version };
                Some(Act { name: "set", call })
            }
            Decision::Commit(row) => {
                let until = kept_until(metagraph.block, &metagraph.subnet.hyperparams);
                let hash = self.promise(row, until)?;
                Some(Act { name: "commit", call: Call::CommitWeights { netuid, hash } })
            }
            Decision::Hold(hold) => {
                self.hold(memory, hold);
                None
            }
        })
    }

    fn hold(&self, memory: &mut Memory, hold: Hold) {
        self.board.held(hold.to_string(), hold.until());
        memory.hold(hold);
    }

    fn decide(&self, memory: &Memory, metagraph: &Metagraph, status: &WeightsStatus) -> anyhow::Result<Decision> {
        let standings = self.scores.standings()?;
        let seated = standings.iter().filter(|standing| holds(metagraph, standing.uid, &standing.hotkey));
        let scores: Vec<(Uid, f32)> = seated.map(|standing| (standing.uid, standing.worth())).collect();
        let (hotkey, scores, version, not_before) = (&self.own, &scores, self.version, memory.not_before);
        Ok(decide(&Situation { metagraph, status, hotkey, scores, version, not_before }))
    }

    /// Writes down what is going to be committed, and returns its hash.
    fn promise(&self, Row { uids, values }: Row, until: BlockNumber) -> anyhow::Result<H256> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        let reveal = Reveal { uids, values, salt, version: self.version };
        let hash = reveal.hash(&self.own, self.netuid);
        self.promises.keep(hash, &reveal, until)?;
        Ok(hash)
    }
}

/// Beyond the end of the window that a commit of the next blocks gets.
fn kept_until(block: BlockNumber, params: &Hyperparams) -> BlockNumber {
    let epochs = u64::from(params.commit_reveal_interval) + 2;
    let until = u64::from(block) + epochs * (u64::from(params.tempo) + 1) + KEPT_LONGER;
    until.try_into().unwrap_or(BlockNumber::MAX)
}

impl Memory {
    /// While a submission is in no block, another would be given for the same reason.
    fn pending(&self) -> Option<Hold> {
        let pending = &self.underway.iter().find(|sent| sent.is_pending())?.submitted;
        let (call, at, until) = (pending.call.clone(), pending.sent_at, pending.extrinsic.last_block);
        Some(Hold::Pending { call, at, until })
    }

    /// Reasons are told when they change, not at each block.
    fn hold(&mut self, hold: Hold) {
        if self.held.as_ref() != Some(&hold) {
            info!("no weights now: {hold}");
            self.held = Some(hold);
        }
    }

    fn tell_unknown(&mut self, hash: H256) {
        if self.unknown.replace(hash) != Some(hash) {
            error!(
                "commit {hash:?} cannot be revealed: its row is not in this --data folder; unless the validator that \
                 committed it reveals it, it costs this hotkey's dividends"
            );
        }
    }

    fn tell_forfeit(&mut self, forfeits: bool) {
        if forfeits && !self.forfeits {
            warn!("a commit was not revealed in time: this hotkey earns no dividends until its next reveal");
        }
        self.forfeits = forfeits;
    }
}
