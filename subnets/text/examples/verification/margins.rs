//! How far answers are behind the sampled ones, by who wrote them and by their length: what the threshold is chosen from.

use crate::{models, Result};
use futures::future::try_join_all;
use inference::{Format, Limits, Model};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_text::{ModelSolver, TextChallenge, TextSubnet};

/// Answers, and the lengths to which they are cut; fewer where a model is large.
pub const MANY: (u8, &[usize]) = (100, &[48, 96, 256]);
pub const FEW: (u8, &[usize]) = (40, &[48, 96]);
/// Fewer than a miner has places for.
const TOGETHER: usize = 50;
const MARGINS: [f32; 6] = [0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.002];

/// Of the model in a folder.
pub async fn table(folder: &Path, (answers, lengths): (u8, &[usize])) -> Result<String> {
    let head = MARGINS.map(|margin| format!(" {margin} |")).concat();
    let mut table = format!("| answers | tokens |{head}\n| --- | --- |{}", " --- |".repeat(MARGINS.len()));
    let reference = models::load(folder, None)?;
    for (name, writer) in writers(folder, &reference)? {
        let behind = behind(&reference, &writer, answers, lengths).await?;
        for (length, behind) in lengths.iter().zip(behind) {
            write!(table, "\n| {name} | {length} |")?;
            for margin in MARGINS {
                write!(table, " {} |", behind.iter().filter(|mean| **mean <= margin).count())?;
            }
        }
    }
    Ok(table)
}

fn writers(folder: &Path, reference: &Arc<Model>) -> Result<Vec<(&'static str, Arc<Model>)>> {
    Ok(vec![
        ("honest", reference.clone()),
        ("weights 0.02 % off", models::off_by(folder, 0.0002)?),
        ("weights 0.05 % off", models::off_by(folder, 0.0005)?),
        ("weights 1 % off", models::off_by(folder, 0.01)?),
        ("q8_0", models::load(folder, Some(Format::Q8_0))?),
        ("weights 5 % off", models::off_by(folder, 0.05)?),
        ("q4_k", models::load(folder, Some(Format::Q4K))?),
    ])
}

/// Of each length, how far the beginnings of the answers are behind on average.
async fn behind(reference: &Arc<Model>, writer: &Arc<Model>, answers: u8, lengths: &[usize]) -> Result<Vec<Vec<f32>>> {
    let longest = *lengths.iter().max().ok_or("no lengths to cut answers to")? as u32;
    let (subnet, miner) = (TextSubnet::new(reference.clone()), AccountId::from([4; 32]));
    let solver = ModelSolver::new(writer.clone(), Limits::default());
    let drawn = (0..answers).map(|seed| {
        let (challenge, ()) = subnet.challenge(Seed::of(&[&[seed]]))?;
        Ok(TextChallenge { max_tokens: longest, ..challenge })
    });
    let challenges = drawn.collect::<Result<Vec<_>>>()?;
    let mut given = Vec::new();
    for some in challenges.chunks(TOGETHER) {
        given.extend(try_join_all(some.iter().map(|challenge| solver.solve(&miner, challenge.clone()))).await?);
    }
    let mut behind = vec![Vec::new(); lengths.len()];
    for (challenge, answer) in challenges.iter().zip(given) {
        let prompt = reference.encode_chat(&challenge.messages)?;
        let mut checker = reference.checker(prompt, answer.tokens.len())?;
        for (length, behind) in lengths.iter().zip(&mut behind) {
            let beginning = &answer.tokens[..answer.tokens.len().min(*length)];
            behind.push(checker.verify(beginning, &challenge.sampling(&miner))?.mean_margin);
        }
    }
    Ok(behind)
}
