//! How far answers are behind the sampled ones, by who wrote them and by their length: what the threshold is chosen from.

use crate::{models, Result};
use futures::future::try_join_all;
use inference::{Format, Limits, Model};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_text::{ModelSolver, TextChallenge, TextSubnet};

const ANSWERS: u8 = 100;
/// Fewer than a miner has places for.
const TOGETHER: usize = 50;
const LENGTHS: [usize; 3] = [48, 96, 256];
const MARGINS: [f32; 6] = [0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.002];

pub async fn table() -> Result<String> {
    let head = MARGINS.map(|margin| format!(" {margin} |")).concat();
    let mut table = format!("| answers | tokens |{head}\n| --- | --- |{}", " --- |".repeat(MARGINS.len()));
    let reference = models::load(Path::new(models::SHIPPED), None)?;
    for (name, writer) in writers(&reference)? {
        let behind = behind(&reference, &writer).await?;
        for (length, behind) in LENGTHS.iter().zip(behind) {
            write!(table, "\n| {name} | {length} |")?;
            for margin in MARGINS {
                write!(table, " {} |", behind.iter().filter(|mean| **mean <= margin).count())?;
            }
        }
    }
    Ok(table)
}

fn writers(reference: &Arc<Model>) -> Result<Vec<(&'static str, Arc<Model>)>> {
    let shipped = Path::new(models::SHIPPED);
    Ok(vec![
        ("honest", reference.clone()),
        ("weights 0.05 % off", models::off_by(shipped, 0.0005)?),
        ("weights 1 % off", models::off_by(shipped, 0.01)?),
        ("q8_0", models::load(shipped, Some(Format::Q8_0))?),
        ("weights 5 % off", models::off_by(shipped, 0.05)?),
        ("q4_k", models::load(shipped, Some(Format::Q4K))?),
    ])
}

/// Of each length, how far the beginnings of the answers are behind on average.
async fn behind(reference: &Arc<Model>, writer: &Arc<Model>) -> Result<[Vec<f32>; LENGTHS.len()]> {
    let (subnet, miner) = (TextSubnet::new(reference.clone()), AccountId::from([4; 32]));
    let solver = ModelSolver::new(writer.clone(), Limits::default());
    let drawn = (0..ANSWERS).map(|seed| {
        let (challenge, ()) = subnet.challenge(Seed::of(&[&[seed]]))?;
        Ok(TextChallenge { max_tokens: LENGTHS[2] as u32, ..challenge })
    });
    let challenges = drawn.collect::<Result<Vec<_>>>()?;
    let mut answers = Vec::new();
    for some in challenges.chunks(TOGETHER) {
        answers.extend(try_join_all(some.iter().map(|challenge| solver.solve(&miner, challenge.clone()))).await?);
    }
    let mut behind: [Vec<f32>; LENGTHS.len()] = Default::default();
    for (challenge, answer) in challenges.iter().zip(answers) {
        let prompt = reference.encode_chat(&challenge.messages)?;
        let mut checker = reference.checker(prompt, answer.tokens.len())?;
        for (length, behind) in LENGTHS.iter().zip(&mut behind) {
            let beginning = &answer.tokens[..answer.tokens.len().min(*length)];
            behind.push(checker.verify(beginning, &challenge.sampling(&miner))?.mean_margin);
        }
    }
    Ok(behind)
}
