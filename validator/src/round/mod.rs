//! A round: one challenge to every miner whose turn it is, the answers judged, the averages moved, all of it kept.

mod budget;
mod play;
#[cfg(test)]
mod tests;
mod turns;

pub use budget::Budget;
pub use turns::{seats, Seat, Turns};

use crate::ask::{Asker, Miner};
use crate::beacon::Beacons;
use crate::board::{now, Board};
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::scores::{Mark, Scores};
use anyhow::Context;
use chain_client::view::View;
use primitives::{AccountId, Metagraph, NetUid};
use sp_core::H256;
use std::sync::Arc;
use std::time::{Duration, Instant};
use subnet::{AnyRound, AnySubnet, Finding, Record, RecordedAnswer, Seed};
use tokio::time::sleep;
use tracing::{debug, error, info};
use validator_api::{Beacon, Round};

pub struct Rounds {
    pub asker: Arc<Asker>,
    pub subnet: Arc<dyn AnySubnet>,
    pub scores: Arc<Scores>,
    pub view: View,
    pub beacons: Beacons,
    /// Questions of apps, of which some are asked again.
    pub pool: Arc<Pool>,
    pub netuid: NetUid,
    /// This validator, which does not ask itself.
    pub own: AccountId,
    /// Miners asked at the same time.
    pub at_once: usize,
    /// The most that a round judges; as many as it has time for where none is given.
    pub most: Option<usize>,
    pub metrics: Arc<Metrics>,
    pub board: Arc<Board>,
}

/// What the rounds remember of each other.
struct Memory {
    turns: Turns,
    budget: Budget,
}

/// What a round starts from.
struct Start {
    at: u64,
    clock: Instant,
    beacon: Beacon,
    entropy: H256,
    seed: Seed,
}

/// A challenge, and the app's question that it repeats, if it does.
struct Drawn {
    round: AnyRound,
    past: Option<String>,
}

impl Rounds {
    /// Plays a round each `period` on average, from the first snapshot and block on, and fewer where rounds take longer. The
    /// next one may begin as soon as the last one has ended, or much later, because a miner that knew the moment would know
    /// which questions are apps'.
    pub async fn run(mut self, period: Duration) {
        if self.view.wait_for(Option::is_some).await.is_err() || self.beacons.wait_for(Option::is_some).await.is_err() {
            return;
        }
        let mut memory = Memory { turns: Turns::default(), budget: Budget::new(self.most, self.at_once, period) };
        loop {
            let start = Instant::now();
            let (view, beacon) = (self.view.borrow().clone(), *self.beacons.borrow());
            if let (Some(metagraph), Some(beacon)) = (view, beacon) {
                if let Err(error) = self.round(&mut memory, &metagraph, beacon).await {
                    error!("this round counts for nothing: {error:#}");
                    self.board.trouble(format!("a round counted for nothing: {error:#}"));
                    self.metrics.failed_round();
                }
                self.board.doing("waiting for the next round");
            }
            sleep(pause(period, start.elapsed())).await;
        }
    }

    async fn round(&self, memory: &mut Memory, metagraph: &Arc<Metagraph>, beacon: Beacon) -> anyhow::Result<()> {
        let start = self.start(beacon)?;
        let standings = self.blocking(|scores| Ok(scores.standings()?)).await?;
        let seats = seats(metagraph, &standings, &self.own);
        // A draw of its own: the challenge draws from the seed itself.
        let mut draw = Seed::of(&[&start.seed.0, b"turns"]).draw();
        let chosen = memory.turns.choose(seats.clone(), memory.budget.most(), &mut draw);
        // Before anything can fail: those whose answers make the grader fail would be asked for ever, and nobody else.
        memory.turns.taken(&chosen, &seats);
        let miners: Vec<Miner> = chosen.iter().filter_map(Seat::miner).collect();
        let (answers, past) = match miners.is_empty() {
            true => (Vec::new(), None),
            false => self.play(memory, &miners, start.seed).await?,
        };
        let marks = marks(&chosen, &answers);
        self.metrics.answers(&answers);
        let round = self.kept(&start, &miners, answers, past);
        self.store(marks, metagraph, round).await
    }

    fn start(&self, beacon: Beacon) -> anyhow::Result<Start> {
        let entropy = H256(entropy()?);
        let seed = Round::seed(entropy, self.netuid, beacon);
        Ok(Start { at: now(), clock: Instant::now(), beacon, entropy, seed })
    }

    async fn play(
        &self,
        memory: &mut Memory,
        miners: &[Miner],
        seed: Seed,
    ) -> anyhow::Result<(Vec<RecordedAnswer>, Option<String>)> {
        let Drawn { round, past } = self.draw(seed).await?;
        self.board.doing(format!("asking {} miners", miners.len()));
        let received = play::ask(&self.asker, &self.subnet, &round, miners, self.at_once).await;
        let answered = received.iter().filter(|received| received.answer.is_some()).count();
        self.board.doing(format!("judging {answered} answers"));
        let clock = Instant::now();
        let judged = play::judge(&self.subnet, round, received).await;
        let took = clock.elapsed();
        match judged {
            Ok(_) => memory.budget.learn(answered, took),
            Err(_) => memory.budget.learn_of_failure(answered, took),
        }
        self.metrics.judged(took, memory.budget.most());
        Ok((judged?, past))
    }

    /// The subnet's own challenge, or now and then one that an app has asked.
    async fn draw(&self, seed: Seed) -> anyhow::Result<Drawn> {
        let (subnet, pool) = (self.subnet.clone(), self.pool.clone());
        let draw = move || -> anyhow::Result<Drawn> {
            let question = pool.take(&mut Seed::of(&[&seed.0, b"question"]).draw());
            let question = question.and_then(|question| String::from_utf8(question).ok());
            if let Some(past) = question {
                if let Some(round) = subnet.again(past.as_bytes(), seed) {
                    return Ok(Drawn { round, past: Some(past) });
                }
            }
            Ok(Drawn { round: subnet.challenge(seed)?, past: None })
        };
        tokio::task::spawn_blocking(draw).await.context("drawing a challenge panicked")?
    }

    fn kept(&self, start: &Start, miners: &[Miner], answers: Vec<RecordedAnswer>, past: Option<String>) -> Round {
        let spec = self.subnet.spec();
        let record = Record { subnet: spec.name.into_owned(), version: spec.version, seed: start.seed, past, answers };
        Round {
            number: 0,
            netuid: self.netuid,
            beacon: start.beacon,
            at: start.at,
            took: start.clock.elapsed().as_millis() as u64,
            entropy: start.entropy,
            uids: miners.iter().map(|miner| miner.uid).collect(),
            left_out: Vec::new(),
            record,
        }
    }

    async fn store(&self, marks: Vec<Mark>, metagraph: &Arc<Metagraph>, round: Round) -> anyhow::Result<()> {
        let metagraph = metagraph.clone();
        let asked = round.uids.len();
        let rewarded = marks.iter().filter(|mark| matches!(mark.finding, Finding::Worth(_))).count();
        let took = Duration::from_millis(round.took);
        if asked == 0 {
            debug!("nobody serves yet");
            return self.blocking(move |scores| Ok(scores.record(&marks, &metagraph)?)).await;
        }
        let round = self.blocking(move |scores| Ok(scores.record_round(&marks, &metagraph, round)?)).await?;
        info!(number = round.number, block = round.beacon.block, asked, rewarded, "round");
        self.metrics.round(asked, rewarded, took);
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Scores) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let scores = self.scores.clone();
        tokio::task::spawn_blocking(move || work(&scores)).await.context("storing scores panicked")?
    }
}

fn entropy() -> anyhow::Result<[u8; 32]> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).context("the operating system has no randomness")?;
    Ok(entropy)
}

/// From the end of a round that took so long to the beginning of the next: on average what is left of `period`, and at least
/// an eighth of it; any time from none to twice as much. Without randomness it is the average; the round says what is wrong.
fn pause(period: Duration, took: Duration) -> Duration {
    const STEPS: usize = 1 << 16;
    let step = entropy().map_or(STEPS / 2, |entropy| Seed(entropy).draw().below(STEPS + 1));
    period.saturating_sub(took).max(period / 8).mul_f64(2.0 * step as f64 / STEPS as f64)
}

/// A mark for each seat that was chosen: what its answer says about it, or that it is absent where it serves nowhere.
fn marks(chosen: &[Seat], answers: &[RecordedAnswer]) -> Vec<Mark> {
    let answer = |seat: &Seat| answers.iter().find(|answer| answer.miner == seat.hotkey && seat.axon.is_some());
    let mark = |seat: &Seat| Mark {
        uid: seat.uid,
        hotkey: seat.hotkey.clone(),
        finding: answer(seat).map_or(Finding::Absent, RecordedAnswer::finding),
    };
    chosen.iter().map(mark).collect()
}
