//! What checking an answer costs, in parts of what writing it costs.

use crate::{models, Result};
use futures::future::try_join_all;
use inference::{Format, Limits, Model};
use rustix::time::{clock_gettime, ClockId};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_text::{Examiner, ModelSolver, TextAnswer, TextChallenge, TextSubnet};

const TOKENS: u32 = 256;
const REPEATS: u8 = 3;
/// Answers that are written at the same time, and answers to one challenge that are checked one after the other.
const TOGETHER: u8 = 8;

pub struct Subject<'a> {
    pub name: &'a str,
    pub folder: &'a Path,
    pub device: Device,
}

#[derive(Clone, Copy)]
pub enum Device {
    /// With the weights in this format.
    Processor(Option<Format>),
    Gpu,
}

impl Device {
    fn load(self, folder: &Path) -> Result<Arc<Model>> {
        match self {
            Self::Processor(format) => models::load(folder, format),
            Self::Gpu => models::on_gpu(folder),
        }
    }

    /// Seconds that this process has used: unlike the time on the clock they do not tell what else ran here. Of a GPU
    /// nobody is told that, and the clock has to do.
    fn seconds(self) -> f64 {
        let time = clock_gettime(match self {
            Self::Processor(_) => ClockId::ProcessCPUTime,
            Self::Gpu => ClockId::Monotonic,
        });
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }

    /// Since `start`, for 256 of `tokens`.
    fn per_answer(self, start: f64, tokens: usize) -> f64 {
        (self.seconds() - start) * f64::from(TOKENS) / tokens as f64
    }
}

pub async fn table(subjects: &[Subject<'_>]) -> Result<String> {
    let mut table = String::from("| model | writing one | of eight | checking one | of eight | ");
    table.push_str("checking one of writing one | both of eight |\n| --- | --- | --- | --- | --- | --- | --- |");
    for Subject { name, folder, device } in subjects {
        let measured = measure(&device.load(folder)?, *device).await?;
        let [one, eighth, check, of_eight] = measured.map(|seconds| 1000.0 * seconds);
        write!(table, "\n| {name} | {one:.0} ms | {eighth:.0} ms | {check:.0} ms | {of_eight:.0} ms |")?;
        write!(table, " {:.1} % | {:.1} % |", 100.0 * check / one, 100.0 * of_eight / eighth)?;
    }
    Ok(table)
}

/// Medians of the seconds for 256 tokens: to write them alone, to write them as one of eight, to check them alone, to
/// check them as one of eight answers to a challenge.
async fn measure(model: &Arc<Model>, device: Device) -> Result<[f64; 4]> {
    let solver = ModelSolver::new(model.clone(), Limits::default());
    let mut times: [Vec<f64>; 4] = Default::default();
    for repeat in 0..REPEATS {
        // No prompt is asked twice: a miner keeps what it computed for the last ones.
        let challenges = challenges(model, repeat)?;
        let (first, others) = challenges.split_at(1);
        let (answers, alone) = write(&solver, first, device).await?;
        let (_, together) = write(&solver, others, device).await?;
        let checks = [1, TOGETHER].map(|times| check(model, &first[0], &answers[0], times, device));
        let [check_alone, check_together] = checks;
        for (times, seconds) in times.iter_mut().zip([alone, together, check_alone?, check_together?]) {
            times.push(seconds);
        }
    }
    Ok(times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }))
}

fn challenges(model: &Arc<Model>, repeat: u8) -> Result<Vec<TextChallenge>> {
    let subnet = TextSubnet::new(model.clone());
    let one = |index| {
        let (challenge, ()) = subnet.challenge(Seed::of(&[&[repeat, index]]))?;
        Ok(TextChallenge { max_tokens: TOKENS, ..challenge })
    };
    (0..=TOGETHER).map(one).collect()
}

/// The answers to challenges that come at the same time, and the seconds for 256 tokens.
async fn write(solver: &ModelSolver, challenges: &[TextChallenge], device: Device) -> Result<(Vec<TextAnswer>, f64)> {
    let (miner, start) = (miner(), device.seconds());
    let answers = try_join_all(challenges.iter().map(|challenge| solver.solve(&miner, challenge.clone()))).await?;
    let tokens = answers.iter().map(|answer| answer.tokens.len()).sum();
    Ok((answers, device.per_answer(start, tokens)))
}

/// Seconds for 256 tokens of an answer that so many miners gave.
fn check(model: &Model, challenge: &TextChallenge, answer: &TextAnswer, times: u8, device: Device) -> Result<f64> {
    let start = device.seconds();
    let mut examiner = Examiner::new(model, challenge)?;
    for _ in 0..times {
        // Random weights may sample what they would not have ended: what was found does not change the work.
        let _ = examiner.verify(&miner(), answer);
    }
    Ok(device.per_answer(start, answer.tokens.len() * usize::from(times)))
}

fn miner() -> AccountId {
    [4; 32].into()
}
