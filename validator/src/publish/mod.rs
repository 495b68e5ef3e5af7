//! Weights on their way to the chain, and what became of them.

pub mod decision;
pub mod row;

use crate::metrics::Metrics;
use crate::scores::{holds, Scores};
use chain_client::view::View;
use chain_client::{Call, Chain, ChainError, Included};
use decision::{decide, Decision, Hold, Situation};
use primitives::{AccountId, BlockNumber, Metagraph, NetUid, Uid};
use row::Row;
use sp_core::sr25519;
use std::sync::Arc;
use tracing::{error, info, warn};

/// Blocks between a failed attempt and the next.
const BACK_OFF: BlockNumber = 5;

pub struct Publisher {
    pub chain: Chain,
    pub pair: sr25519::Pair,
    pub own: AccountId,
    pub netuid: NetUid,
    /// The weights version that this program implements.
    pub version: u64,
    pub scores: Arc<Scores>,
    pub metrics: Arc<Metrics>,
}

/// What the publisher remembers between two blocks.
#[derive(Default)]
struct Memory {
    /// After a failed attempt: the block before which there is no other.
    not_before: BlockNumber,
    /// Snapshots of earlier blocks do not show the last submission yet.
    included_at: BlockNumber,
    held: Option<Hold>,
    /// Weights that are in a block which is not final yet.
    unsettled: Option<Included>,
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
            self.settle(&mut memory, &metagraph).await;
            match self.decide(&memory, &metagraph) {
                Ok(Decision::Submit(row)) => self.submit(&mut memory, &metagraph, row).await,
                Ok(Decision::Hold(hold)) => memory.hold(hold),
                Err(error) => error!("no weights: {error}"),
            }
        }
    }

    fn decide(&self, memory: &Memory, metagraph: &Metagraph) -> anyhow::Result<Decision> {
        let standings = self.scores.standings()?;
        let seated = standings.iter().filter(|standing| holds(metagraph, standing.uid, &standing.hotkey));
        let scores: Vec<(Uid, f32)> = seated.map(|standing| (standing.uid, standing.score)).collect();
        let Memory { not_before, .. } = *memory;
        Ok(decide(&Situation { metagraph, hotkey: &self.own, scores: &scores, version: self.version, not_before }))
    }

    async fn submit(&self, memory: &mut Memory, metagraph: &Metagraph, row: Row) {
        let targets = row.uids.len();
        info!(targets, at = metagraph.block, "setting weights");
        let call = Call::SetWeights { netuid: self.netuid, uids: row.uids, values: row.values, version: self.version };
        memory.held = None;
        memory.not_before = metagraph.block + BACK_OFF;
        match self.chain.submit(&self.pair, call).await {
            Ok(included) => {
                info!(block = included.block, extrinsic = %included.extrinsic_hash, targets, "weights are in a block");
                self.metrics.weights("included");
                memory.included_at = included.block;
                memory.not_before = 0;
                memory.unsettled = Some(included);
            }
            Err(error @ (ChainError::Rejected { .. } | ChainError::Refused(_))) => {
                error!("the chain refused the weights: {error}; next attempt at block {}", memory.not_before);
                self.metrics.weights("rejected");
            }
            Err(error) => {
                warn!("the weights are in no known block: {error}; next attempt at block {}", memory.not_before);
                self.metrics.weights("lost");
            }
        }
    }

    /// Says when included weights are final, or that a fork dropped them: then they are due again by themselves.
    async fn settle(&self, memory: &mut Memory, metagraph: &Metagraph) {
        let Some(included) = &memory.unsettled else { return };
        let Ok(finalized) = self.chain.finalized_block().await else { return };
        let Some(seat) = metagraph.by_hotkey(&self.own) else { return };
        if finalized < included.block {
            return;
        }
        if seat.last_update >= included.block {
            info!(block = included.block, "weights are final");
            self.metrics.weights("finalized");
        } else {
            warn!(block = included.block, "a fork dropped the weights; they are set again");
            self.metrics.weights("dropped");
        }
        memory.unsettled = None;
    }
}

impl Memory {
    /// Reasons are told when they change, not at each block.
    fn hold(&mut self, hold: Hold) {
        if self.held.as_ref() != Some(&hold) {
            info!("no weights now: {hold}");
            self.held = Some(hold);
        }
    }
}
