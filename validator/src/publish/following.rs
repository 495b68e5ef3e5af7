//! A submission from its signature to its end: offered at each block until one holds it, pursued through forks until it is
//! final, and explained wherever it ends otherwise.

use super::journal::Submitted;
use super::{Act, Memory, Publisher, BACK_OFF};
use crate::board::now;
use chain_client::{ChainError, Place};
use primitives::BlockNumber;
use tracing::{error, info, warn};
use validator_api::{Outcome, Submission};

/// Submissions that wait for finality at the same time; where it stands still, the oldest are given up.
const MOST: usize = 16;

/// A submission that is not settled.
pub struct Underway {
    pub submitted: Submitted,
    news: News,
}

/// What is known about one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct News {
    outcome: Outcome,
    /// The block that holds it.
    block: Option<BlockNumber>,
    reason: Option<String>,
}

impl Underway {
    pub fn new(submitted: Submitted) -> Self {
        Self { submitted, news: News { outcome: Outcome::Sent, block: None, reason: None } }
    }

    /// Whether no block holds it.
    pub fn is_pending(&self) -> bool {
        self.news.block.is_none()
    }

    /// What [`Place`] says about it; nothing where the node said nothing.
    fn judge(&self, found: Result<Place, ChainError>) -> Option<News> {
        let (outcome, block, reason) = match found {
            Ok(Place::Nowhere(refusal)) => {
                let until = self.submitted.extrinsic.last_block;
                let why = refusal.map(|refusal| format!(" ({refusal})")).unwrap_or_default();
                let again = format!("it is offered at each block up to {until}{why}");
                match self.news.outcome {
                    Outcome::Sent => (Outcome::Sent, None, Some(format!("in no block yet; {again}"))),
                    _ => (Outcome::Dropped, None, Some(format!("a fork undid it; {again}"))),
                }
            }
            Ok(Place::Included(included)) => (Outcome::Included, Some(included.block), None),
            Ok(Place::Final(included)) => (Outcome::Finalized, Some(included.block), None),
            Err(ChainError::Unreachable { .. }) => return None,
            Err(error @ (ChainError::Rejected { .. } | ChainError::Refused(_))) => {
                (Outcome::Rejected, self.news.block, Some(error.to_string()))
            }
            Err(error) => (Outcome::Lost, None, Some(error.to_string())),
        };
        Some(News { outcome, block, reason })
    }
}

impl Publisher {
    /// Signs, writes down and offers.
    pub(super) async fn submit(
        &self,
        memory: &mut Memory,
        at: BlockNumber,
        Act { name, call }: Act,
    ) -> anyhow::Result<()> {
        info!(at, call = name, "sending weights");
        memory.held = None;
        let prepared = self.chain.prepare(&self.pair, &call).await;
        if prepared.as_ref().is_err_and(|error| !error.is_transient()) {
            memory.not_before = at + BACK_OFF;
        }
        let extrinsic = prepared?;
        let submitted = Submitted { call: name.into(), extrinsic, sent_at: at, at: now() };
        self.journal.add(&submitted)?;
        self.take_up(memory, submitted);
        self.follow(memory, at).await;
        Ok(())
    }

    /// Follows a submission that is in the journal.
    pub(super) fn take_up(&self, memory: &mut Memory, submitted: Submitted) {
        let (call, extrinsic) = (submitted.call.clone(), Some(submitted.extrinsic.name()));
        let (at, sent_at, outcome) = (submitted.at, submitted.sent_at, Outcome::Sent);
        self.board.sent(Submission { call, at, sent_at, outcome, block: None, extrinsic, reason: None });
        memory.underway.push(Underway::new(submitted));
        if memory.underway.len() > MOST {
            let mut oldest = memory.underway.remove(0);
            let reason = "the chain finalises nothing: it is not followed any more".to_owned();
            let news = News { outcome: Outcome::Lost, reason: Some(reason), ..oldest.news.clone() };
            self.tell(&mut oldest, news);
        }
    }

    /// Looks where each submission is.
    pub(super) async fn follow(&self, memory: &mut Memory, at: BlockNumber) {
        for mut sent in std::mem::take(&mut memory.underway) {
            let found = self.chain.pursue(&sent.submitted.extrinsic, &self.own).await;
            let Some(news) = sent.judge(found) else {
                memory.underway.push(sent);
                continue;
            };
            match (news.outcome, news.block) {
                (Outcome::Rejected | Outcome::Lost, _) => memory.not_before = at + BACK_OFF,
                (_, Some(block)) => memory.shown_from = memory.shown_from.max(block),
                // A shorter chain may have won.
                (_, None) => memory.shown_from = 0,
            }
            if self.tell(&mut sent, news) {
                memory.underway.push(sent);
            }
        }
    }

    /// Tells what is new about a submission; false where that is its end.
    fn tell(&self, sent: &mut Underway, news: News) -> bool {
        if sent.news == news {
            return true;
        }
        let (name, outcome, block) = (&sent.submitted.call, news.outcome, news.block);
        let why = news.reason.as_deref().unwrap_or_default();
        match outcome {
            Outcome::Sent => info!(call = name, "weights are {why}"),
            Outcome::Included => info!(block, call = name, "weights are in a block"),
            Outcome::Finalized => info!(block, call = name, "weights are final"),
            Outcome::Dropped => warn!(call = name, "weights: {why}"),
            Outcome::Rejected => error!(call = name, "the chain refused the weights: {why}"),
            Outcome::Lost => warn!(call = name, "nobody knows what became of the weights: {why}"),
        }
        if sent.news.outcome != outcome || sent.news.block != block {
            self.metrics.weights(name, outcome);
        }
        self.board.became(&sent.submitted.extrinsic.name(), outcome, block, news.reason.clone());
        let is_failure = matches!(outcome, Outcome::Rejected | Outcome::Lost);
        if is_failure {
            self.board.trouble(format!("weights ({name}) {}: {why}", outcome.name()));
        }
        let ended = is_failure || outcome == Outcome::Finalized;
        if ended {
            // Whatever stays there by mistake is looked for again after a restart, and ends then.
            if let Err(error) = self.journal.remove(sent.submitted.extrinsic.hash()) {
                error!("a settled submission is not forgotten: {error}");
            }
        }
        sent.news = news;
        !ended
    }
}
