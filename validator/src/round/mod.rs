//! A round: one challenge to every serving miner, the answers scored, the averages moved.

#[cfg(test)]
mod tests;

use crate::ask::{serving, Asker, Bounds, Miner};
use crate::metrics::Metrics;
use crate::scores::{holds, Mark, Scores, Standing};
use anyhow::Context;
use chain_client::view::View;
use futures::{stream, StreamExt};
use primitives::{AccountId, Metagraph};
use std::sync::Arc;
use std::time::Duration;
use subnet::{AnySubnet, Received, Seed};
use tokio::time::{interval, Instant, MissedTickBehavior};
use tracing::{debug, error, info};

pub struct Rounds {
    pub asker: Arc<Asker>,
    pub subnet: Arc<dyn AnySubnet>,
    pub scores: Arc<Scores>,
    pub view: View,
    /// This validator, which does not ask itself.
    pub own: AccountId,
    /// Miners asked at the same time.
    pub at_once: usize,
    pub metrics: Arc<Metrics>,
}

impl Rounds {
    /// Plays a round each `period`, from the first snapshot on, for as long as the view lives.
    pub async fn run(mut self, period: Duration) {
        if self.view.wait_for(Option::is_some).await.is_err() {
            return;
        }
        let mut clock = interval(period);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            let Some(metagraph) = self.view.borrow().clone() else { continue };
            if let Err(error) = self.round(&metagraph).await {
                error!("this round counts for nothing: {error:#}");
            }
        }
    }

    async fn round(&self, metagraph: &Arc<Metagraph>) -> anyhow::Result<()> {
        let start = Instant::now();
        let seed = random_seed()?;
        let miners = serving(metagraph, &self.own);
        let mut marks = play(&self.asker, &self.subnet, &miners, seed, self.at_once).await?;
        let rewarded = marks.iter().filter(|mark| mark.score > 0.0).count();
        match miners.len() {
            0 => debug!("nobody serves yet"),
            asked => info!(seed = %hex::encode(seed.0), asked, rewarded, "round"),
        }
        let (scores, metagraph) = (self.scores.clone(), metagraph.clone());
        let stored = tokio::task::spawn_blocking(move || {
            marks.extend(silent(&scores.standings()?, &marks, &metagraph));
            scores.record(&marks, &metagraph)
        });
        stored.await.context("storing scores panicked")??;
        self.metrics.round(miners.len(), rewarded, start.elapsed());
        Ok(())
    }
}

/// Asks every miner the challenge of `seed` and scores what came back in time; a mark for each miner, in their order.
pub async fn play(
    asker: &Asker,
    subnet: &Arc<dyn AnySubnet>,
    miners: &[Miner],
    seed: Seed,
    at_once: usize,
) -> anyhow::Result<Vec<Mark>> {
    if miners.is_empty() {
        return Ok(Vec::new());
    }
    let spec = subnet.spec();
    let bounds = Bounds { deadline: spec.deadline, max_answer: spec.max_answer_bytes };
    let drawer = subnet.clone();
    let round = tokio::task::spawn_blocking(move || drawer.challenge(seed)).await.context("no challenge")??;
    let ask = |miner: Miner| {
        let challenge = round.challenge.clone();
        async move {
            let start = Instant::now();
            let answer = answer(asker, &miner, challenge, bounds).await;
            Received { answer, took: start.elapsed(), miner: miner.hotkey }.in_milliseconds()
        }
    };
    let answers: Vec<_> = stream::iter(miners.to_vec()).map(ask).buffered(at_once.max(1)).collect().await;
    let scorer = subnet.clone();
    let judged = tokio::task::spawn_blocking(move || scorer.score(&round, &answers)).await.context("no scores")??;
    anyhow::ensure!(judged.len() == miners.len(), "{} scores for {} miners", judged.len(), miners.len());
    Ok(miners.iter().zip(judged).map(|(miner, judgement)| mark(miner, judgement.score.get())).collect())
}

/// Nobody can foresee it; the log names it, so that the round can be replayed.
fn random_seed() -> anyhow::Result<Seed> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the operating system has no randomness")?;
    Ok(Seed(seed))
}

async fn answer(asker: &Asker, miner: &Miner, challenge: Vec<u8>, bounds: Bounds) -> Option<Vec<u8>> {
    match asker.ask(miner, challenge, bounds).await {
        Ok(signed) => Some(signed.body),
        Err(error) => {
            debug!(uid = miner.uid, hotkey = %miner.hotkey, axon = %miner.axon, "no answer: {error}");
            None
        }
    }
}

/// Seats with an average that could not be asked because they serve nowhere: an answer not given is worth nothing.
fn silent(standings: &[Standing], asked: &[Mark], metagraph: &Metagraph) -> Vec<Mark> {
    let was_asked = |standing: &Standing| asked.iter().any(|mark| mark.uid == standing.uid);
    standings
        .iter()
        .filter(|standing| !was_asked(standing) && holds(metagraph, standing.uid, &standing.hotkey))
        .map(|standing| Mark { uid: standing.uid, hotkey: standing.hotkey.clone(), score: 0.0 })
        .collect()
}

fn mark(miner: &Miner, score: f32) -> Mark {
    Mark { uid: miner.uid, hotkey: miner.hotkey.clone(), score }
}
