use super::{Api, DataArgs};
use crate::address;
use crate::amount::Tokens;
use crate::context::Context;
use crate::format::{self, printable, share};
use anyhow::Result;
use std::collections::BTreeMap;
use validator_api::{Agreement, Average, Judged, Kept, LastRound, Status, Submission, Weights, STATUS_PATH};

/// Show what a validator is doing, what it scored and why, when it sets weights, and whether it agrees with the others.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus validator status
  plexus validator status --data /var/lib/plexus/validator --json")]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let status: Status = Api::of(&args.data.data)?.get(STATUS_PATH).await?;
    context.show(&status, || describe(&status))
}

fn describe(status: &Status) -> String {
    let mut parts = vec![format::facts(facts(status))];
    if !status.averages.is_empty() || status.last_round.is_some() {
        parts.push(miners(status));
    }
    if !status.weights.submissions.is_empty() {
        let header = ["weights", "sent", "outcome", "block", "why"];
        let rows = status.weights.submissions.iter().map(|sent| submission(sent, status.now));
        parts.push(format::table(&header, header.len(), rows));
    }
    if !status.errors.is_empty() {
        let rows = status.errors.iter().map(|error| vec![ago(error.at, status.now), printable(&error.message)]);
        parts.push(format::table(&["errors", ""], 2, rows));
    }
    parts.join("\n\n")
}

fn facts(status: &Status) -> Vec<(&'static str, String)> {
    let seat = status.uid.map_or("no seat".into(), |uid| format!("uid {uid}"));
    let subnet = format!("subnet {} ({} version {})", status.netuid, status.subnet, status.version);
    let node = match status.block {
        Some(block) => format!("block {block}; the node spoke {} s ago", status.silent),
        None => "the node has not answered yet".into(),
    };
    vec![
        ("doing", format!("{}, for {}", status.doing.what, span(status.now.saturating_sub(status.doing.since)))),
        ("validator", format!("{} ({seat}) on {subnet}", address::short(&status.hotkey))),
        ("running", format!("for {}", span(status.now.saturating_sub(status.started)))),
        ("chain", node),
        ("last round", status.last_round.as_ref().map_or("none yet".into(), |round| last_round(round, status.now))),
        ("weights", if status.block.is_some() { weights(&status.weights) } else { "waiting for the node".into() }),
        ("agreement", status.agreement.as_ref().map_or("no epoch yet, or no seat".into(), agreement)),
        ("kept", kept(&status.kept)),
    ]
}

fn last_round(round: &LastRound, now: u64) -> String {
    let rewarded = round.judged.iter().filter(|judged| judged.score > 0.0).count();
    let (number, asked, seconds) = (round.number, round.judged.len(), round.took as f64 / 1_000.0);
    let block = round.block;
    format!(
        "{number}, {}, took {seconds:.1} s: {rewarded} of {asked} rewarded; drawn from block {block}",
        ago(round.at, now)
    )
}

fn weights(weights: &Weights) -> String {
    let held = weights.held.as_deref().unwrap_or("being decided");
    match (weights.due, weights.due_in) {
        (Some(block), Some(seconds)) => format!("next at block {block}, in {}: {held}", span(seconds)),
        _ => held.into(),
    }
}

fn agreement(agreement: &Agreement) -> String {
    let Agreement { vtrust, deviation, dividends, emission, permit } = agreement;
    let permit = if *permit { "" } else { "; no permit" };
    let (vtrust, dividends, earned) = (share(*vtrust), share(*dividends), Tokens(*emission));
    let elsewhere = deviation * 100.0;
    format!(
        "vtrust {vtrust}; {elsewhere:.1} % of its weights lie elsewhere than the consensus; dividends {dividends}, \
         {earned:.4} tokens in the last epoch{permit}"
    )
}

fn kept(kept: &Kept) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let from = kept.oldest.map_or(String::new(), |oldest| format!(" from {oldest} on"));
    format!("{} rounds{from}, {:.1} MiB; database {:.1} MiB", kept.rounds, mib(kept.bytes), mib(kept.file_bytes))
}

/// Everybody with an average or an answer in the last round.
fn miners(status: &Status) -> String {
    let mut rows: BTreeMap<u16, (Option<&Average>, Option<&Judged>)> = BTreeMap::new();
    for average in &status.averages {
        rows.entry(average.uid).or_default().0 = Some(average);
    }
    for judged in status.last_round.iter().flat_map(|round| &round.judged) {
        rows.entry(judged.uid).or_default().1 = Some(judged);
    }
    let header = ["uid", "hotkey", "average", "rounds", "weight", "consensus", "last", "ms", "why"];
    format::table(&header, header.len(), rows.into_iter().map(|(uid, (average, judged))| miner(uid, average, judged)))
}

fn miner(uid: u16, average: Option<&Average>, judged: Option<&Judged>) -> Vec<String> {
    let hotkey = average.map(|average| &average.hotkey).or(judged.map(|judged| &judged.hotkey));
    let of_average = |cell: &dyn Fn(&Average) -> String| average.map_or("-".into(), cell);
    let of_last = |cell: &dyn Fn(&Judged) -> String| judged.map_or("-".into(), cell);
    vec![
        uid.to_string(),
        hotkey.map(address::short).unwrap_or_default(),
        of_average(&|average| format!("{:.4}", average.score)),
        of_average(&|average| average.rounds.to_string()),
        of_average(&weight),
        of_average(&|average| format!("{:.4}", average.consensus)),
        of_last(&|judged| format!("{:.4}", judged.score)),
        of_last(&|judged| judged.took.to_string()),
        of_last(&|judged| printable(&judged.reason)),
    ]
}

/// How much a miner has of the weights, or when it has any.
fn weight(average: &Average) -> String {
    match average.missing {
        0 => format!("{:.4}", average.weight),
        missing => format!("in {missing} rounds"),
    }
}

fn submission(sent: &Submission, now: u64) -> Vec<String> {
    let block = sent.block.map_or("-".into(), |block| block.to_string());
    let why = printable(sent.reason.as_deref().unwrap_or_default());
    vec![sent.call.clone(), ago(sent.at, now), sent.outcome.name().into(), block, why]
}

fn ago(then: u64, now: u64) -> String {
    format!("{} ago", span(now.saturating_sub(then)))
}

/// The two largest units of a number of seconds.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;
    use primitives::NetUid;
    use validator_api::{Activity, Outcome, Trouble};

    fn status() -> Status {
        let judged = |uid: u16, score: f32, reason: &str| Judged {
            uid,
            hotkey: account(uid as u8),
            score,
            reason: reason.into(),
            took: 120,
        };
        let average = |uid: u16, missing| {
            let hotkey = account(uid as u8);
            Average { uid, hotkey, score: 0.9, rounds: 30, missing, weight: 1.0, consensus: 0.5 }
        };
        let sent = Submission {
            call: "commit".into(),
            at: 900,
            sent_at: 60,
            outcome: Outcome::Rejected,
            block: None,
            extrinsic: None,
            reason: Some("no permit".into()),
        };
        let judged = vec![judged(2, 1.0, "genuine"), judged(5, 0.0, "its text is not\x1b[2J what its tokens say")];
        Status {
            hotkey: account(1),
            uid: Some(1),
            netuid: NetUid(1),
            subnet: "text".into(),
            version: 1,
            started: 0,
            now: 1_000,
            doing: Activity { what: "judging 2 answers".into(), since: 998 },
            block: Some(68),
            silent: 3,
            last_round: Some(LastRound { number: 57, block: 66, at: 990, took: 1_400, judged }),
            averages: vec![average(2, 0), average(3, 13)],
            weights: Weights {
                next_epoch: Some(70),
                due: Some(70),
                due_in: Some(200),
                held: Some("weights of block 61 stand".into()),
                submissions: vec![sent],
            },
            agreement: Some(Agreement { vtrust: u16::MAX, deviation: 0.5, dividends: 0, emission: 0, permit: true }),
            errors: vec![Trouble { at: 995, message: "a round counted for nothing".into() }],
            kept: Kept { oldest: Some(8), rounds: 50, bytes: 1 << 20, file_bytes: 4 << 20 },
        }
    }

    #[test]
    fn the_status_answers_the_four_questions() {
        let text = describe(&status());
        for part in [
            "judging 2 answers, for 2 s",
            "57, 10 s ago, took 1.4 s: 1 of 2 rewarded",
            "its text is not[2J what its tokens say",
            "in 13 rounds",
            "next at block 70, in 3 min 20 s: weights of block 61 stand",
            "vtrust 1.0000; 50.0 % of its weights",
            "no permit",
            "a round counted for nothing",
            "50 rounds from 8 on, 1.0 MiB; database 4.0 MiB",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn a_validator_that_has_just_started_has_little_to_tell() {
        let weights = Weights::default();
        let young = Status { uid: None, block: None, last_round: None, averages: vec![], agreement: None, ..status() };
        let text = describe(&Status { weights, errors: vec![], ..young });
        assert!(text.contains("no seat") && text.contains("the node has not answered yet"), "{text}");
    }

    #[test]
    fn spans_have_their_two_largest_units() {
        let spans = [59, 61, 3_720, 90_000].map(span);
        assert_eq!(spans, ["59 s", "1 min 1 s", "1 h 2 min", "1 d 1 h"]);
    }
}
