//! What checking an answer costs, in parts of what writing it costs.

use crate::{models, Result};
use futures::future::try_join_all;
use inference::{Format, Limits, Model};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_text::{verify, ModelSolver, TextAnswer, TextChallenge, TextSubnet};

const TOKENS: u32 = 256;
const REPEATS: usize = 3;
const TOGETHER: usize = 8;

pub struct Subject<'a> {
    pub name: &'a str,
    pub folder: &'a Path,
    pub format: Option<Format>,
}

pub async fn table(subjects: &[Subject<'_>]) -> Result<String> {
    let mut table = String::from("| model | writing one | of eight together | checking | of one | of one of eight |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- |");
    for Subject { name, folder, format } in subjects {
        let seconds = measure(models::load(folder, *format)?).await?;
        let [one, eighth, check] = seconds.map(|seconds| 1000.0 * seconds);
        let shares = [one, eighth].map(|writing| format!("{:.0} %", 100.0 * check / writing));
        let [of_one, of_eighth] = shares;
        write!(table, "\n| {name} | {one:.0} ms | {eighth:.0} ms | {check:.0} ms | {of_one} | {of_eighth} |")?;
    }
    Ok(table)
}

/// Medians of the seconds for 256 tokens: to write them alone, to write them as one of eight, to check them.
async fn measure(model: Arc<Model>) -> Result<[f64; 3]> {
    let solver = ModelSolver::new(model.clone(), Limits::default());
    let mut times: [Vec<f64>; 3] = Default::default();
    for _ in 0..REPEATS {
        let (answers, alone) = write(&model, &solver, 1).await?;
        times[0].push(alone);
        times[1].push(write(&model, &solver, TOGETHER).await?.1);
        let (challenge, answer) = &answers[0];
        let start = Instant::now();
        // Random weights may sample what they would not have ended: what was found does not change the work.
        let _ = verify(&model, &miner(), challenge, answer);
        times[2].push(start.elapsed().as_secs_f64() * f64::from(TOKENS) / answer.tokens.len() as f64);
    }
    Ok(times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[REPEATS / 2]
    }))
}

/// Answers to so many challenges at once, and the seconds for 256 tokens of one.
async fn write(
    model: &Arc<Model>,
    solver: &ModelSolver,
    together: usize,
) -> Result<(Vec<(TextChallenge, TextAnswer)>, f64)> {
    let drawn = (0..together).map(|seed| TextSubnet::new(model.clone()).challenge(Seed([seed as u8; 32])));
    let challenges = drawn.map(|drawn| drawn.map(|(challenge, ())| TextChallenge { max_tokens: TOKENS, ..challenge }));
    let challenges = challenges.collect::<std::result::Result<Vec<_>, _>>()?;
    let (miner, start) = (miner(), Instant::now());
    let answers = try_join_all(challenges.iter().map(|challenge| solver.solve(&miner, challenge.clone()))).await?;
    let tokens = answers.iter().map(|answer| answer.tokens.len()).sum::<usize>();
    let seconds = start.elapsed().as_secs_f64() * f64::from(TOKENS) / tokens as f64;
    Ok((challenges.into_iter().zip(answers).collect(), seconds))
}

fn miner() -> AccountId {
    [4; 32].into()
}
