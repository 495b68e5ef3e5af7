//! How many answers pass, by who wrote them and by their length.

use crate::{models, Result};
use futures::future::join_all;
use inference::{Commitment, Format, Limits, Model};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_text::adversary::{Cheat, Cheater};
use subnet_text::{verify, ModelSolver, TextAnswer, TextChallenge, TextSubnet};

const LENGTHS: [u32; 5] = [16, 32, 64, 96, 256];
const ANSWERS: u8 = 20;

/// Who answers, and how.
struct Row {
    name: String,
    reference: Arc<Model>,
    cheap: Arc<Model>,
    /// None is honest, up to the id.
    cheat: Option<Cheat>,
}

pub async fn table(early: &Path) -> Result<String> {
    let mut table = String::from("| answers | 16 | 32 | 64 | 96 | 256 | not sampled | margin | states off |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for row in rows(early)? {
        let line = line(&row).await?;
        eprintln!("{line}");
        writeln!(table, "{line}")?;
    }
    table.truncate(table.trim_end().len());
    Ok(table)
}

fn rows(early: &Path) -> Result<Vec<Row>> {
    let [full, light] = [None, Some(Format::Q8_0)].map(models::shipped);
    let (full, light) = (full?, light?);
    let row = |name: &str, reference: &Arc<Model>, cheap: &Arc<Model>, cheat| Row {
        name: name.to_owned(),
        reference: reference.clone(),
        cheap: cheap.clone(),
        cheat,
    };
    let mut rows = vec![
        row("honest", &full, &full, None),
        row("honest q8_0, checked with q8_0", &light, &light, None),
        row("weights 0.05 % off (a stand-in for other rounding)", &full, &models::off_by(0.0005)?, None),
    ];
    for cheat in Cheat::ALL {
        if !matches!(cheat, Cheat::OtherWeights | Cheat::WithoutCommitments | Cheat::HonestPrefill) {
            rows.push(row(&format!("{cheat:?}"), &full, &full, Some(cheat)));
        }
    }
    let quantised = models::shipped(Some(Format::Q4K))?;
    let cheap = [
        ("weights 1 % off", &full, models::off_by(0.01)?),
        ("weights 5 % off", &full, models::off_by(0.05)?),
        ("weights 20 % off", &full, models::off_by(0.2)?),
        ("without its last layer", &full, models::smaller()?),
        ("an early checkpoint", &full, models::load(early, None)?),
        ("q8_0 for 32 bit", &full, light.clone()),
        ("q4_k for 32 bit", &full, quantised.clone()),
        ("q4_k for q8_0", &light, quantised),
    ];
    for (name, reference, cheap) in &cheap {
        for cheat in [Cheat::OtherWeights, Cheat::WithoutCommitments, Cheat::HonestPrefill] {
            rows.push(row(&format!("{name}: {cheat:?}"), reference, cheap, Some(cheat)));
        }
    }
    Ok(rows)
}

/// Of answers of 256 tokens the medians of what is measured, besides how many of each length pass.
async fn line(row: &Row) -> Result<String> {
    let mut line = format!("| {} |", row.name);
    let mut measured = Measured::default();
    for length in LENGTHS {
        measured = Measured::default();
        for (challenge, answer) in answers(row, length).await? {
            measured.take(row, &challenge, &answer)?;
        }
        // Of an answer of one token there is no half to pad, so a cheat may give fewer.
        match measured.margins.len() {
            answered if answered == usize::from(ANSWERS) => write!(line, " {} |", measured.passed)?,
            answered => write!(line, " {} of {answered} |", measured.passed)?,
        }
    }
    let Measured { missed, margins, states, .. } = measured;
    let states = if states.is_empty() { "none".to_owned() } else { format!("{:.5}", median(states)) };
    write!(line, " {:.1} % | {:.5} | {states} |", 100.0 * median(missed), median(margins))?;
    Ok(line)
}

async fn answers(row: &Row, length: u32) -> Result<Vec<(TextChallenge, TextAnswer)>> {
    let subnet = TextSubnet::new(row.reference.clone());
    let drawn = (0..ANSWERS).map(|seed| subnet.challenge(Seed([seed; 32])));
    let challenges = drawn.map(|drawn| drawn.map(|(challenge, ())| TextChallenge { max_tokens: length, ..challenge }));
    let challenges = challenges.collect::<std::result::Result<Vec<_>, _>>()?;
    let (miner, victim) = (miner(), AccountId::from([5; 32]));
    let solved = match row.cheat {
        None => {
            let solver = ModelSolver::new(row.cheap.clone(), Limits::default()).claiming(&row.reference);
            join_all(challenges.iter().map(|challenge| solver.solve(&miner, challenge.clone()))).await
        }
        Some(cheat) => {
            let cheater = Cheater::new(cheat, row.cheap.clone(), row.reference.clone(), victim);
            join_all(challenges.iter().map(|challenge| cheater.solve(&miner, challenge.clone()))).await
        }
    };
    if row.cheat.is_none() && solved.iter().any(|one| one.is_err()) {
        return Err("an honest miner gave no answer".into());
    }
    let answered = challenges.into_iter().zip(solved).filter_map(|(challenge, solved)| Some((challenge, solved.ok()?)));
    Ok(answered.collect())
}

fn miner() -> AccountId {
    [4; 32].into()
}

#[derive(Default)]
struct Measured {
    passed: usize,
    /// Share of tokens that are not sampled.
    missed: Vec<f32>,
    margins: Vec<f32>,
    /// The largest distance of a commitment in each answer.
    states: Vec<f32>,
}

impl Measured {
    fn take(&mut self, row: &Row, challenge: &TextChallenge, answer: &TextAnswer) -> Result<()> {
        let model = &row.reference;
        self.passed += usize::from(verify(model, &miner(), challenge, answer).is_genuine());
        let prompt = model.encode_chat(&challenge.messages)?;
        let evidence = model.verify(&prompt, &answer.tokens, &challenge.sampling(&miner()))?;
        self.missed.push(1.0 - evidence.matched as f32 / evidence.tokens as f32);
        self.margins.push(evidence.mean_margin);
        let claimed = answer.commitments.iter().filter_map(|text| Commitment::decode(text));
        let distances = claimed.zip(&evidence.commitments).map(|(claimed, own)| claimed.distance(own));
        self.states.extend(distances.reduce(f32::max));
        Ok(())
    }
}

/// 0 of nothing.
fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
