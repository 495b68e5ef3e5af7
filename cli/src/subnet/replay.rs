use super::records;
use crate::address;
use crate::context::Context;
use crate::format;
use crate::model::SubnetArgs;
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
Examples:
  plexus subnet replay rounds.jsonl
  plexus subnet replay rounds.jsonl --program http://127.0.0.1:9000")]
pub struct Replay {
    /// What `plexus subnet try --record` wrote.
    file: PathBuf,
    #[command(flatten)]
    with: SubnetArgs,
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
    let comparisons = compare(&records, &args.with.settings())?;
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
            // Reasons print floats, whose last digits differ between machines.
            same: again.score == answer.judgement.score,
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

#[cfg(test)]
mod tests {
    use super::*;
    use subnet::{RecordedAnswer, Score, Seed};

    #[test]
    fn another_score_is_another_judgement_and_a_reason_in_other_words_is_none() {
        let judgements = [Judgement::zero("as it was said elsewhere"), Judgement::new(Score::ONE, "no answer")];
        let answer = |judgement| RecordedAnswer { miner: [1; 32].into(), answer: None, took: 1, judgement };
        let version = subnet_catalog::spec("template").unwrap().version;
        let answers = judgements.map(answer).to_vec();
        let record = Record { subnet: "template".into(), version, seed: Seed([1; 32]), past: None, answers };
        let comparisons = compare(&[record], &Settings::default()).unwrap();
        assert_eq!(comparisons.iter().map(|one| one.same).collect::<Vec<_>>(), [true, false]);
    }
}
