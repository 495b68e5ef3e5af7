//! Weights on their way to the chain, and what became of them.
//!
//! Where the subnet hides weights, a row is committed after each epoch and revealed as soon as its window opens. It is on
//! disk before its hash is sent, so that nothing which happens to this process or to the node makes it impossible to
//! reveal.

pub mod decision;
pub mod promises;
pub mod row;

use crate::board::Board;
use crate::metrics::Metrics;
use crate::scores::{holds, Scores};
use chain_client::view::View;
use chain_client::{Call, Chain, ChainError, Included};
use decision::{decide, due, Decision, Hold, Situation};
use primitives::{AccountId, BlockNumber, Hyperparams, Metagraph, NetUid, Reveal, Uid, WeightsStatus};
use promises::Promises;
use row::Row;
use sp_core::{sr25519, H256};
use std::sync::Arc;
use tracing::{error, info, warn};
use validator_api::Outcome;

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
    pub metrics: Arc<Metrics>,
    pub board: Arc<Board>,
}

/// What the publisher remembers between two blocks.
#[derive(Default)]
struct Memory {
    /// After a failed attempt: the block before which there is no other.
    not_before: BlockNumber,
    /// Snapshots of earlier blocks do not show the last submission yet.
    included_at: BlockNumber,
    held: Option<Hold>,
    /// Submissions that are in a block which is not final yet.
    unsettled: Vec<Unsettled>,
    /// A commit that cannot be revealed, as its row is not on this disk.
    unknown: Option<H256>,
    forfeits: bool,
}

/// A submission of one kind.
struct Act {
    /// For the log and the metrics: set, commit, reveal.
    name: &'static str,
    call: Call,
    /// What was committed.
    hash: Option<H256>,
}

struct Unsettled {
    name: &'static str,
    included: Included,
    hash: Option<H256>,
}

impl Publisher {
    /// Looks at each new snapshot, for ever.
    pub async fn run(self, mut view: View) {
        let mut memory = Memory::default();
        while view.changed().await.is_ok() {
            let Some(metagraph) = view.borrow_and_update().clone() else { continue };
            if metagraph.block < memory.included_at {
                continue;
            }
            if let Err(error) = self.step(&mut memory, &metagraph).await {
                error!("no weights: {error:#}");
                self.board.trouble(format!("no weights: {error:#}"));
            }
        }
    }

    async fn step(&self, memory: &mut Memory, metagraph: &Metagraph) -> anyhow::Result<()> {
        let status = self.chain.weights_status(self.netuid, &self.own).await?;
        self.settle(memory, metagraph, &status).await;
        memory.tell_forfeit(status.forfeits);
        let open: Vec<H256> = status.open.iter().map(|commit| commit.hash).collect();
        self.promises.forget(&open, status.block)?;
        let act = match self.reveal(memory, &status)? {
            Some(reveal) if memory.not_before <= metagraph.block => Some(reveal),
            _ => self.give(memory, metagraph, &status)?,
        };
        if let Some(act) = act {
            self.submit(memory, metagraph.block, act).await;
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
        Ok((!reveals.is_empty()).then(|| Act { name: "reveal", call: call(reveals), hash: None }))
    }

    /// Gives new weights if they are due, in the way that the subnet wants them.
    fn give(&self, memory: &mut Memory, metagraph: &Metagraph, status: &WeightsStatus) -> anyhow::Result<Option<Act>> {
        let netuid = self.netuid;
        Ok(match self.decide(memory, metagraph, status)? {
            Decision::Set(Row { uids, values }) => {
                let call = Call::SetWeights { netuid, uids, values, version: self.version };
                Some(Act { name: "set", call, hash: None })
            }
            Decision::Commit(row) => {
                let until = kept_until(metagraph.block, &metagraph.subnet.hyperparams);
                let hash = self.promise(row, until)?;
                Some(Act { name: "commit", call: Call::CommitWeights { netuid, hash }, hash: Some(hash) })
            }
            Decision::Hold(hold) => {
                self.board.held(hold.to_string(), hold.until());
                memory.hold(hold);
                None
            }
        })
    }

    fn decide(&self, memory: &Memory, metagraph: &Metagraph, status: &WeightsStatus) -> anyhow::Result<Decision> {
        let standings = self.scores.standings()?;
        let seated = standings.iter().filter(|standing| holds(metagraph, standing.uid, &standing.hotkey));
        let scores: Vec<(Uid, f32)> = seated.map(|standing| (standing.uid, standing.worth)).collect();
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

    async fn submit(&self, memory: &mut Memory, at: BlockNumber, Act { name, call, hash }: Act) {
        info!(at, call = name, "sending weights");
        memory.held = None;
        memory.not_before = at + BACK_OFF;
        self.board.sent(name, at);
        match self.chain.submit(&self.pair, call).await {
            Ok(included) => {
                let (block, extrinsic) = (included.block, &included.extrinsic_hash);
                info!(block, %extrinsic, call = name, "weights are in a block");
                self.metrics.weights(name, Outcome::Included);
                self.board.included(&included);
                memory.included_at = block;
                memory.not_before = 0;
                memory.unsettled.push(Unsettled { name, included, hash });
            }
            Err(error @ (ChainError::Rejected { .. } | ChainError::Refused(_))) => {
                let next = memory.not_before;
                error!(call = name, "the chain refused the weights: {error}; next attempt at block {next}");
                self.fail(name, Outcome::Rejected, error);
            }
            Err(error) => {
                let next = memory.not_before;
                warn!(call = name, "the weights are in no known block: {error}; next attempt at block {next}");
                self.fail(name, Outcome::Lost, error);
            }
        }
    }

    fn fail(&self, name: &str, outcome: Outcome, error: ChainError) {
        self.metrics.weights(name, outcome);
        self.board.failed(outcome, error.to_string());
        self.board.trouble(format!("weights ({name}) {}: {error}", outcome.name()));
    }

    /// Says when included weights are final, or that a fork dropped them: then they are due again by themselves.
    async fn settle(&self, memory: &mut Memory, metagraph: &Metagraph, status: &WeightsStatus) {
        if memory.unsettled.is_empty() {
            return;
        }
        let Ok(finalized) = self.chain.finalized_block().await else { return };
        let Some(seat) = metagraph.by_hotkey(&self.own) else { return };
        let sent = memory.unsettled.drain(..);
        let (settled, rest): (Vec<_>, Vec<_>) = sent.partition(|sent| sent.included.block <= finalized);
        memory.unsettled = rest;
        for Unsettled { name, included, hash } in settled {
            let block = included.block;
            let is_open = status.open.iter().any(|commit| Some(commit.hash) == hash);
            let outcome = match is_open || seat.last_update >= block {
                true => Outcome::Finalized,
                false => Outcome::Dropped,
            };
            match outcome {
                Outcome::Finalized => info!(block, call = name, "weights are final"),
                _ => warn!(block, call = name, "a fork dropped the weights; they are sent again"),
            }
            self.metrics.weights(name, outcome);
            self.board.settled(&included, outcome);
        }
    }
}

/// Beyond the end of the window that a commit of the next blocks gets.
fn kept_until(block: BlockNumber, params: &Hyperparams) -> BlockNumber {
    let epochs = u64::from(params.commit_reveal_interval) + 2;
    let until = u64::from(block) + epochs * (u64::from(params.tempo) + 1) + KEPT_LONGER;
    until.try_into().unwrap_or(BlockNumber::MAX)
}

impl Memory {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_kept_until_its_window_is_surely_over() {
        for (tempo, commit_reveal_interval) in [(9, 1), (360, 1), (360, 100), (1, 7)] {
            let params = Hyperparams { tempo, commit_reveal_interval, ..Default::default() };
            for block in 0..1_000 {
                let (_, last) = params.reveal_window(NetUid(1), block + BACK_OFF).unwrap();
                assert!(kept_until(block, &params) > last + 200);
            }
        }
        assert_eq!(kept_until(BlockNumber::MAX, &Hyperparams::default()), BlockNumber::MAX);
    }
}
