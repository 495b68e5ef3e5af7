use super::records;
use crate::address;
use crate::context::Context;
use crate::format;
use crate::model;
use anyhow::{ensure, Context as _, Result};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;
use subnet::{Judgement, Record};
use subnet_catalog::Settings;

/// Judge recorded rounds again, and compare.
///
/// A grader is a pure function, so the same version of it comes to the same judgements from the same record. Fails where
/// it does not.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus subnet replay rounds.jsonl")]
pub struct Replay {
    /// What `plexus subnet try --record` wrote.
    file: PathBuf,
    /// The model, for the subnets that run one [default: models/tiny]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
}

/// One answer's judgement, then and now.
#[derive(Serialize)]
struct Comparison {
    round: usize,
    miner: String,
    recorded: Judgement,
    again: Judgement,
    same: bool,
}

pub fn run(args: Replay, context: &Context) -> Result<()> {
    let records = records::read(&args.file)?;
    let settings = Settings { model: model::named_or_shipped(args.model), ..Settings::default() };
    let comparisons = compare(&records, &settings)?;
    let different = comparisons.iter().filter(|comparison| !comparison.same).count();
    let document = json!({ "rounds": records.len(), "different": different, "answers": comparisons });
    context.show(&document, || text(&comparisons, records.len()))?;
    ensure!(
        different == 0,
        "{different} of {} judgements differ: the grader, or its model, is another",
        comparisons.len()
    );
    Ok(())
}

fn compare(records: &[Record], settings: &Settings) -> Result<Vec<Comparison>> {
    let name = &records.first().context("there are no rounds")?.subnet;
    ensure!(records.iter().all(|record| record.subnet == *name), "the rounds are of several subnets: judge each alone");
    let subnet = subnet_catalog::grader(name, settings)?.subnet;
    let mut comparisons = Vec::new();
    for (round, record) in (1..).zip(records) {
        let judged = record.replay(&*subnet).with_context(|| format!("round {round}"))?;
        comparisons.extend(record.answers.iter().zip(judged).map(|(answer, again)| Comparison {
            round,
            miner: address::short(&answer.miner),
            recorded: answer.judgement.clone(),
            same: again == answer.judgement,
            again,
        }));
    }
    Ok(comparisons)
}

fn text(comparisons: &[Comparison], rounds: usize) -> String {
    let score = |judgement: &Judgement| format!("{:.4}", judgement.score.get());
    let row = |one: &Comparison| {
        let same = if one.same { "yes" } else { "NO" };
        let reason = format::printable(&one.again.reason);
        vec![one.round.to_string(), one.miner.clone(), score(&one.recorded), score(&one.again), same.into(), reason]
    };
    let header = ["round", "miner", "recorded", "again", "same", "reason"];
    let same = comparisons.iter().filter(|one| one.same).count();
    let table = format::table(&header, header.len(), comparisons.iter().map(row));
    format!("{table}\n\n{same} of {} judgements of {rounds} rounds are the same", comparisons.len())
}
