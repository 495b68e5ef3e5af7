//! An app's question on its way to the best miner, and the verified answer on its way back.

mod failures;

pub use failures::Failures;

use crate::ask::{serving, Asker, Bounds, Miner};
use crate::scores::{Scores, Standing, StorageError};
use chain_client::view::View;
use primitives::AccountId;
use protocol::{CallError, Code, Signed};
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;
use subnet_catalog::chat::{Chat, Reply};
use thiserror::Error;
use tokio::time::{timeout, Instant};
use tracing::{debug, info};
use validator_api::Proof;

/// The most miners that one question goes to.
const MAX_ATTEMPTS: usize = 8;

/// A verified answer and who vouches for it.
#[derive(Clone, Debug)]
pub struct Served {
    pub proof: Proof,
    pub reply: Reply,
}

#[derive(Debug, Error)]
pub enum RelayError {
    #[error("this validator has not reached its node yet and knows no miner; try again in a moment")]
    NoChain,
    #[error("no miner serves this subnet at the moment; try again later")]
    NoMiner,
    #[error("{asked} miners were asked and none gave a valid answer within {deadline:?}; try again")]
    NoAnswer { asked: usize, deadline: Duration },
    #[error(transparent)]
    Scores(#[from] StorageError),
}

/// Why a miner gave no valid answer.
enum Miss {
    /// By its own fault, as long as others can answer.
    Failed,
    /// It had too much to do, or was not waited for as long as it was told.
    Excused,
}

pub struct Relay {
    pub asker: Arc<Asker>,
    pub chat: Arc<dyn Chat>,
    pub scores: Arc<Scores>,
    pub view: View,
    /// This validator, which does not ask itself.
    pub own: AccountId,
    pub failures: Failures,
    /// For one miner.
    pub bounds: Bounds,
    /// For all miners together.
    pub deadline: Duration,
}

impl Relay {
    /// Asks the best miner, and the next best when one fails, until the deadline. Those that lately failed what another one
    /// answered are asked last; a question that nobody can answer is held against nobody.
    pub async fn serve(&self, challenge: Vec<u8>) -> Result<Served, RelayError> {
        let miners = self.candidates(&challenge)?;
        let end = Instant::now() + self.deadline;
        let (mut asked, mut failed) = (0, Vec::new());
        for miner in &miners {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            asked += 1;
            let last = asked == miners.len();
            let deadline = self.bounds.deadline.min(if last { left } else { left / 2 });
            match self.attempt(miner, &challenge, deadline).await {
                Ok(served) => {
                    self.failures.forgive(&miner.hotkey);
                    failed.into_iter().for_each(|hotkey| self.failures.add(hotkey, Instant::now().into_std()));
                    return Ok(served);
                }
                Err(Miss::Failed) => failed.push(&miner.hotkey),
                Err(Miss::Excused) => {}
            }
        }
        Err(if asked == 0 { RelayError::NoMiner } else { RelayError::NoAnswer { asked, deadline: self.deadline } })
    }

    fn candidates(&self, challenge: &[u8]) -> Result<Vec<Miner>, RelayError> {
        let Some(metagraph) = self.view.borrow().clone() else { return Err(RelayError::NoChain) };
        let mut miners = ranked(serving(&metagraph, &self.own), &self.scores.standings()?, challenge);
        let now = Instant::now().into_std();
        miners.sort_by_cached_key(|miner| self.failures.contains(&miner.hotkey, now));
        miners.truncate(MAX_ATTEMPTS);
        Ok(miners)
    }

    /// The miner is told the deadline of a round, however long it is waited for: a shorter one would tell it who asks.
    async fn attempt(&self, miner: &Miner, challenge: &[u8], deadline: Duration) -> Result<Served, Miss> {
        let ask = self.asker.ask(miner, challenge.to_owned(), self.bounds);
        match timeout(deadline, ask).await.unwrap_or(Err(CallError::TimedOut(deadline))) {
            Ok(signed) => self.check(miner, challenge, signed).await.ok_or(Miss::Failed),
            Err(error) => {
                info!(uid = miner.uid, hotkey = %miner.hotkey, "app request not answered: {error}");
                let excused = match error {
                    CallError::TimedOut(_) => deadline < self.bounds.deadline,
                    CallError::Refused { code, .. } => code == Code::TooMany,
                    _ => false,
                };
                Err(if excused { Miss::Excused } else { Miss::Failed })
            }
        }
    }

    /// None where the answer is not even text.
    fn proof(&self, miner: &Miner, challenge: &[u8], signed: Signed) -> Option<Proof> {
        let Signed { body, receipt, request } = signed;
        let (miner, uid, netuid) = (miner.hotkey.clone(), miner.uid, self.asker.netuid());
        let (challenge, answer) = (text(challenge.to_owned())?, text(body)?);
        Some(Proof { miner, uid, netuid, receipt, request, challenge, answer })
    }

    async fn check(&self, miner: &Miner, challenge: &[u8], signed: Signed) -> Option<Served> {
        let (chat, proof) = (self.chat.clone(), self.proof(miner, challenge, signed)?);
        let check = move || {
            let Proof { miner, challenge, answer, .. } = &proof;
            chat.read(miner, challenge.as_bytes(), answer.as_bytes()).map(|reply| Served { proof, reply })
        };
        match tokio::task::spawn_blocking(check).await {
            Ok(Ok(served)) => {
                debug!(uid = miner.uid, "app request answered");
                Some(served)
            }
            Ok(Err(reason)) => {
                info!(uid = miner.uid, hotkey = %miner.hotkey, "app answer thrown away: {reason}");
                None
            }
            Err(panic) => {
                tracing::error!(uid = miner.uid, "checking an answer failed: {panic}");
                None
            }
        }
    }
}

/// As text; JSON is nothing else.
fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

/// Best first; miners of equal score in an order that differs from question to question, so that they share the load.
fn ranked(mut miners: Vec<Miner>, standings: &[Standing], question: &[u8]) -> Vec<Miner> {
    let worth = |miner: &Miner| {
        let standing = standings.iter().find(|standing| standing.uid == miner.uid && standing.hotkey == miner.hotkey);
        standing.map_or(0.0, |standing| standing.worth())
    };
    let best = miners.iter().map(worth).fold(f32::MIN_POSITIVE, f32::max);
    let lot = |miner: &Miner| sp_core::twox_64(&[question, &miner.uid.to_le_bytes()].concat());
    miners.sort_by_cached_key(|miner| (Reverse(hundredths(worth(miner) / best)), lot(miner)));
    miners
}

/// Of the best score: miners that differ by less than one count as equal.
fn hundredths(part: f32) -> u16 {
    (part.clamp(0.0, 1.0) * 100.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;
    use primitives::{Axon, Uid};
    use std::net::SocketAddr;

    fn miner(n: u8) -> Miner {
        Miner { uid: n.into(), hotkey: account(n), axon: Axon::new(SocketAddr::from(([127, 0, 0, 1], 9)), 1) }
    }

    fn standing(n: u8, score: f32) -> Standing {
        Standing { uid: n.into(), hotkey: account(n), score, rounds: 1, missing: 0 }
    }

    fn order(standings: &[Standing], question: &[u8]) -> Vec<Uid> {
        let miners = (0..4).map(miner).collect();
        ranked(miners, standings, question).into_iter().map(|miner| miner.uid).collect()
    }

    #[test]
    fn the_best_miner_is_asked_first() {
        assert_eq!(order(&[standing(0, 0.1), standing(1, 0.7), standing(2, 0.9), standing(3, 0.2)], b""), [2, 1, 3, 0]);
    }

    #[test]
    fn the_best_miner_is_asked_first_however_small_all_scores_are() {
        assert_eq!(order(&[standing(0, 1e-7), standing(2, 5e-7), standing(3, 2e-7)], b""), [2, 3, 0, 1]);
    }

    #[test]
    fn a_former_holders_score_counts_for_nothing() {
        let former = Standing { hotkey: account(9), ..standing(1, 1.0) };
        assert_eq!(order(&[former, standing(3, 0.5)], b"")[0], 3);
    }

    #[test]
    fn equal_miners_share_the_questions() {
        let equal: Vec<_> = (0..4).map(|n| standing(n, 0.5 + f32::from(n) * 0.0001)).collect();
        let first: std::collections::BTreeSet<_> = (0..64u8).map(|n| order(&equal, &[n])[0]).collect();
        assert_eq!(first.len(), 4);
    }
}
