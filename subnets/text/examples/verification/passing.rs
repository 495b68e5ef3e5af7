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

/// Tokens that are asked for.
const LENGTHS: [u32; 5] = [16, 32, 64, 96, 256];
/// The same where a model is large, whose 256 tokens would take hours.
const OF_LARGE: [u32; 1] = [96];
const ANSWERS: u8 = 20;

/// Who answers, and how.
struct Row {
    name: String,
    reference: Arc<Model>,
    cheap: Arc<Model>,
    /// None is honest, up to the id.
    cheat: Option<Cheat>,
}

/// Of the shipped model, with an early checkpoint among the cheats.
pub async fn of_shipped(early: &Path) -> Result<String> {
    let model = Path::new(models::SHIPPED);
    let mut rows = rows(model)?;
    let (full, early) = (rows[0].reference.clone(), models::load(early, None)?);
    rows.extend(dear(&full).chain(dressed("an early checkpoint", &full, &early)));
    table(rows, &LENGTHS).await
}

/// Of the model in another folder, without those cheats to which it makes no difference.
pub async fn of(model: &Path) -> Result<String> {
    table(rows(model)?, &OF_LARGE).await
}

async fn table(rows: Vec<Row>, lengths: &[u32]) -> Result<String> {
    let head = lengths.iter().map(|length| format!(" {length} |")).collect::<String>();
    let mut table = format!("| answers |{head} not sampled | margin | states off |\n");
    writeln!(table, "| --- |{} --- | --- | --- |", " --- |".repeat(lengths.len()))?;
    for row in rows {
        let line = line(&row, lengths).await?;
        eprintln!("{line}");
        writeln!(table, "{line}")?;
    }
    table.truncate(table.trim_end().len());
    Ok(table)
}

fn rows(model: &Path) -> Result<Vec<Row>> {
    let [full, light, quantised] = [None, Some(Format::Q8_0), Some(Format::Q4K)].map(|it| models::load(model, it));
    let (full, light, quantised) = (full?, light?, quantised?);
    let honest = |name: &str, reference: &Arc<Model>, own: &Arc<Model>| Row::new(name, reference, own, None);
    let mut rows = vec![
        honest("honest", &full, &full),
        honest("honest q8_0, checked with q8_0", &light, &light),
        honest("weights 0.05 % off (a stand-in for other rounding)", &full, &models::off_by(model, 0.0005)?),
    ];
    match models::on_gpu(model) {
        Ok(gpu) => {
            rows.push(honest("honest on CUDA, checked on a CPU", &full, &gpu));
            rows.push(honest("honest on a CPU, checked on CUDA", &gpu, &full));
        }
        Err(error) => eprintln!("no rows of CUDA: {error}"),
    }
    let cheap = [
        ("weights 1 % off", &full, models::off_by(model, 0.01)?),
        ("weights 5 % off", &full, models::off_by(model, 0.05)?),
        ("weights 20 % off", &full, models::off_by(model, 0.2)?),
        ("without its last layer", &full, models::smaller(model)?),
        ("q8_0 for 32 bit", &full, light.clone()),
        ("q4_k for 32 bit", &full, quantised.clone()),
        ("q4_k for q8_0", &light, quantised),
    ];
    rows.extend(cheap.iter().flat_map(|(name, reference, cheap)| dressed(name, reference, cheap)));
    Ok(rows)
}

/// The ways to answer with a model that is not the true one.
fn dressed<'a>(name: &'a str, reference: &'a Arc<Model>, cheap: &'a Arc<Model>) -> impl Iterator<Item = Row> + 'a {
    let ways = [Cheat::OtherWeights, Cheat::WithoutCommitments, Cheat::HonestPrefill];
    ways.into_iter().map(move |way| Row::new(&format!("{name}: {way:?}"), reference, cheap, Some(way)))
}

/// The cheats that have the true model.
fn dear(full: &Arc<Model>) -> impl Iterator<Item = Row> + '_ {
    let cheap = [Cheat::OtherWeights, Cheat::WithoutCommitments, Cheat::HonestPrefill];
    let ways = Cheat::ALL.into_iter().filter(move |way| !cheap.contains(way));
    ways.map(move |way| Row::new(&format!("{way:?}"), full, full, Some(way)))
}

impl Row {
    fn new(name: &str, reference: &Arc<Model>, cheap: &Arc<Model>, cheat: Option<Cheat>) -> Self {
        Self { name: name.to_owned(), reference: reference.clone(), cheap: cheap.clone(), cheat }
    }
}

/// How many answers of each length pass, and of those of the last length the medians of what is measured.
async fn line(row: &Row, lengths: &[u32]) -> Result<String> {
    let mut line = format!("| {} |", row.name);
    let mut measured = Measured::default();
    for length in lengths {
        measured = Measured::default();
        for (challenge, answer) in answers(row, *length).await? {
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
