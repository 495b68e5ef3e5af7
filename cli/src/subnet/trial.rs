use super::records;
use crate::context::Context;
use crate::format;
use crate::model::SubnetArgs;
use anyhow::{ensure, Context as _, Result};
use primitives::AccountId;
use serde::Serialize;
use serde_json::{json, Value};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use subnet::{AnySolver, AnySubnet, Received, Record, RecordedAnswer, Seed};

/// First in what the seeds are derived from.
const DOMAIN: &[u8] = b"plexus/try/1";

/// Play rounds of a subnet in this process: no chain, no keys, no network.
///
/// The subnet's own solver answers each challenge; beside it play a miner that passes the same answer off as its own, one
/// that answers the challenge of the round before, and one that sends an empty object. The table says what the grader
/// thinks of each.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus subnet try template
  plexus subnet try template --rounds 10 --record rounds.jsonl
  plexus subnet try text --model models/tiny
  plexus subnet try remote --program http://127.0.0.1:9000")]
pub struct Try {
    /// As the catalog lists it.
    name: String,
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Another number draws other challenges, the same one the same.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    #[command(flatten)]
    with: SubnetArgs,
    /// Write the rounds here, one on each line, for `plexus subnet replay`.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Player {
    Honest,
    Copy,
    Stale,
    Garbage,
}

/// In the order of a record's answers.
const PLAYERS: [Player; 4] = [Player::Honest, Player::Copy, Player::Stale, Player::Garbage];

impl Player {
    fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Copy => "copy",
            Self::Stale => "stale",
            Self::Garbage => "garbage",
        }
    }

    fn hotkey(self) -> AccountId {
        [self as u8 + 1; 32].into()
    }
}

pub async fn run(args: Try, context: &Context) -> Result<()> {
    let settings = args.with.settings();
    let subnet = subnet_catalog::grader(&args.name, &settings)?.subnet;
    let solver = subnet_catalog::solver(&args.name, &settings)?;
    let seed = |round: u32| Seed::of(&[DOMAIN, &args.seed.to_le_bytes(), &round.to_le_bytes()]);
    let mut before = subnet.challenge(seed(0))?.challenge;
    let mut records = Vec::new();
    for round in 1..=args.rounds {
        let played = play(&*subnet, &*solver, seed(round), &before).await;
        let (record, challenge) = played.with_context(|| format!("round {round}"))?;
        records.push(record);
        before = challenge;
    }
    if let Some(file) = &args.record {
        records::write(file, &records)?;
    }
    let averages = PLAYERS.map(|player| (player, average(&records, player)));
    context.show(&document(&args.name, &records, &averages), || text(&records, &averages))?;
    let honest = averages.iter().any(|(player, score)| *player == Player::Honest && *score > 0.0);
    ensure!(honest, "the subnet's own solver earned nothing: the reasons above say why");
    Ok(())
}

/// One round, and its challenge.
async fn play(subnet: &dyn AnySubnet, solver: &dyn AnySolver, seed: Seed, before: &[u8]) -> Result<(Record, Vec<u8>)> {
    let round = subnet.challenge(seed)?;
    let spec = subnet.spec();
    let limit = spec.max_challenge_bytes;
    ensure!(
        round.challenge.len() <= limit,
        "the challenge has {} bytes, over the {limit} of its spec",
        round.challenge.len()
    );
    let (stale, _) = solve(solver, Player::Stale, before, spec.deadline).await?;
    let (answer, took) = solve(solver, Player::Honest, &round.challenge, spec.deadline).await?;
    let answers = PLAYERS.map(|player| {
        let (answer, took) = match player {
            Player::Honest | Player::Copy => (answer.clone(), took),
            Player::Stale => (stale.clone(), Duration::ZERO),
            Player::Garbage => (b"{}".to_vec(), Duration::ZERO),
        };
        Received { miner: player.hotkey(), answer: Some(answer), took }.in_milliseconds()
    });
    let judged = subnet.score(&round, &answers)?;
    ensure!(judged.len() == answers.len(), "the grader judged {} of {} answers", judged.len(), answers.len());
    let answers = answers.iter().zip(judged).map(|(received, judgement)| RecordedAnswer::new(received, judgement));
    let record =
        Record { subnet: spec.name.into(), version: spec.version, seed, past: None, answers: answers.collect() };
    Ok((record, round.challenge))
}

async fn solve(
    solver: &dyn AnySolver,
    player: Player,
    challenge: &[u8],
    deadline: Duration,
) -> Result<(Vec<u8>, Duration)> {
    let (start, hotkey) = (Instant::now(), player.hotkey());
    let answer = tokio::time::timeout(deadline, solver.solve(&hotkey, challenge)).await;
    let answer =
        answer.with_context(|| format!("the solver took longer than the spec's {} s", deadline.as_secs_f32()))?;
    Ok((answer.context("the solver failed")?, start.elapsed()))
}

fn average(records: &[Record], player: Player) -> f32 {
    let hotkey = player.hotkey();
    let answers = records.iter().flat_map(|record| &record.answers).filter(|answer| answer.miner == hotkey);
    let scores: Vec<f32> = answers.map(|answer| answer.judgement.score.get()).collect();
    scores.iter().sum::<f32>() / scores.len().max(1) as f32
}

fn text(records: &[Record], averages: &[(Player, f32)]) -> String {
    let row = |(round, player, answer): (usize, Player, &RecordedAnswer)| {
        let score = format!("{:.4}", answer.judgement.score.get());
        let took = format!("{} ms", answer.took);
        vec![round.to_string(), player.name().into(), score, took, format::printable(&answer.judgement.reason)]
    };
    let table = format::table(&["round", "miner", "score", "took", "reason"], 5, rows(records).map(row));
    let averages: Vec<String> =
        averages.iter().map(|(player, score)| format!("{} {score:.4}", player.name())).collect();
    format!("{table}\n\non average: {}{}", averages.join(", "), advice(records))
}

/// A copy that earns is allowed, and worth a second thought.
fn advice(records: &[Record]) -> &'static str {
    let [honest, copy] = [Player::Honest, Player::Copy].map(|player| average(records, player));
    match copy > 0.0 && copy >= honest {
        true => "\na copy is paid like the original: bind answers to the miner's hotkey if that is not what you want",
        false => "",
    }
}

fn rows(records: &[Record]) -> impl Iterator<Item = (usize, Player, &RecordedAnswer)> {
    let numbered = (1..).zip(records);
    numbered.flat_map(|(round, record)| PLAYERS.iter().zip(&record.answers).map(move |(p, answer)| (round, *p, answer)))
}

fn document(name: &str, records: &[Record], averages: &[(Player, f32)]) -> Value {
    let row = |(round, player, answer): (usize, Player, &RecordedAnswer)| {
        let RecordedAnswer { took, judgement, .. } = answer;
        json!({ "round": round, "miner": player, "score": judgement.score, "reason": judgement.reason, "took_ms": took })
    };
    let averages: serde_json::Map<String, Value> =
        averages.iter().map(|(player, score)| (player.name().into(), json!(score))).collect();
    json!({ "subnet": name, "answers": rows(records).map(row).collect::<Vec<_>>(), "averages": averages })
}

#[cfg(test)]
mod tests {
    use super::*;
    use subnet_catalog::Settings;

    async fn played(name: &str) -> Record {
        let settings = Settings::default();
        let subnet = subnet_catalog::grader(name, &settings).unwrap().subnet;
        let solver = subnet_catalog::solver(name, &settings).unwrap();
        let before = subnet.challenge(Seed([0; 32])).unwrap().challenge;
        play(&*subnet, &*solver, Seed([1; 32]), &before).await.unwrap().0
    }

    #[tokio::test]
    async fn the_honest_solver_earns_and_the_others_do_not() {
        let record = played("template").await;
        let scores = PLAYERS.map(|player| average(std::slice::from_ref(&record), player));
        assert!(scores[0] > 0.0 && scores[1..] == [0.0; 3], "{scores:?}");
        assert_eq!(advice(&[record]), "");
    }

    #[tokio::test]
    async fn a_copy_that_earns_is_pointed_out() {
        let mut record = played("template").await;
        record.answers[1].judgement = record.answers[0].judgement.clone();
        assert!(advice(&[record]).contains("hotkey"));
    }
}
