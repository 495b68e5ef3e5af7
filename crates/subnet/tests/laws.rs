//! A subnet small enough to see through, and variants of it that break one law each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use subnet::{
    conformance, schema, AccountId, AnySolver, AnySubnet, GradeError, Judgement, Received, Record, RecordedAnswer,
    ReplayError, Score, Seed, SolveError, Solver, Spec, Subnet,
};

/// Square a number.
#[derive(Default)]
struct Square {
    flaw: Flaw,
    calls: AtomicU32,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Flaw {
    #[default]
    None,
    UnseededChallenge,
    ConstantChallenge,
    LostScore,
    PaysSilence,
    PaysEverybody,
    PaysByPosition,
    PaysCopies,
    Moody,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Challenge {
    number: u64,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Answer {
    square: u64,
}

impl Subnet for Square {
    type Challenge = Challenge;
    type Answer = Answer;
    type Key = u64;

    fn spec(&self) -> Spec {
        let deadline = Duration::from_secs(1);
        Spec { name: "square".into(), version: 1, deadline, max_challenge_bytes: 64, max_answer_bytes: 64 }
    }

    fn challenge(&self, seed: Seed) -> Result<(Challenge, u64), GradeError> {
        let number = match self.flaw {
            Flaw::UnseededChallenge => u64::from(self.calls.fetch_add(1, Ordering::Relaxed)),
            Flaw::ConstantChallenge => 3,
            _ => seed.draw().below(1_000_000) as u64,
        };
        Ok((Challenge { number }, number * number))
    }

    fn score(&self, _: &Challenge, key: &u64, answers: &[Received<Answer>]) -> Result<Vec<Judgement>, GradeError> {
        let right = |received: &Received<Answer>| received.answer.as_ref().is_some_and(|a| a.square == *key);
        let mut scores: Vec<_> = answers.iter().map(|a| if right(a) { 0.5 } else { 0.0 }).collect();
        match self.flaw {
            Flaw::LostScore => drop(scores.pop()),
            Flaw::PaysSilence => scores.iter_mut().for_each(|score| *score += 0.1),
            Flaw::PaysEverybody => {
                scores = answers.iter().map(|a| if a.answer.is_some() { 0.5 } else { 0.0 }).collect();
            }
            Flaw::PaysByPosition => scores.iter_mut().enumerate().for_each(|(n, score)| *score /= 1.0 + n as f32),
            Flaw::PaysCopies => scores.iter_mut().enumerate().for_each(|(n, score)| *score *= 1.0 + n as f32 / 10.0),
            Flaw::Moody => scores[0] += self.calls.fetch_add(1, Ordering::Relaxed) as f32 / 100.0,
            _ => (),
        }
        Ok(scores.into_iter().map(|score| Judgement::new(Score::new(score), "by its square")).collect())
    }
}

struct Honest;

impl Solver for Honest {
    type Subnet = Square;

    fn spec(&self) -> Spec {
        Subnet::spec(&Square::default())
    }

    async fn solve(&self, _: &AccountId, challenge: Challenge) -> Result<Answer, SolveError> {
        Ok(Answer { square: challenge.number * challenge.number })
    }
}

fn received(miner: AccountId, answer: Vec<u8>) -> Received<Vec<u8>> {
    Received { miner, answer: Some(answer), took: Duration::ZERO }
}

async fn violation(flaw: Flaw) -> String {
    conformance::check(&Square { flaw, ..Square::default() }, &Honest).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_sound_subnet_conforms() {
    assert_eq!(conformance::check(&Square::default(), &Honest).await, Ok(()));
}

#[tokio::test]
async fn each_broken_law_is_named() {
    assert_eq!(violation(Flaw::UnseededChallenge).await, "the same seed drew two challenges");
    assert_eq!(violation(Flaw::ConstantChallenge).await, "two seeds drew the same challenge");
    assert_eq!(violation(Flaw::LostScore).await, "there are not as many scores as answers");
    assert_eq!(violation(Flaw::PaysSilence).await, "no answer did not score zero");
    assert_eq!(violation(Flaw::PaysEverybody).await, "the honest answer did not beat one to another challenge");
    assert_eq!(violation(Flaw::PaysByPosition).await, "permuting the answers did not permute the scores");
    assert_eq!(violation(Flaw::PaysCopies).await, "a copy beat the original");
    assert_eq!(violation(Flaw::Moody).await, "the same answers scored differently a second time");
}

#[tokio::test]
async fn bytes_travel_through_the_erased_forms() {
    let (subnet, solver): (&dyn AnySubnet, &dyn AnySolver) = (&Square::default(), &Honest);
    let round = subnet.challenge(Seed([5; 32])).unwrap();
    let miner = AccountId::from([1; 32]);
    let answer = solver.solve(&miner, &round.challenge).await.unwrap();
    let judgements = subnet.score(&round, &[received(miner, answer)]).unwrap();
    assert_eq!(judgements[0].score, Score::new(0.5));
}

#[tokio::test]
async fn a_challenge_that_is_not_utf8_is_refused() {
    let error = AnySolver::solve(&Honest, &AccountId::from([1; 32]), b"\xff\xfe").await.unwrap_err();
    assert!(matches!(error, SolveError::BadChallenge(_)), "{error}");
}

#[test]
fn an_answer_larger_than_the_spec_allows_counts_as_none() {
    let subnet = Square::default();
    let round = AnySubnet::challenge(&subnet, Seed([5; 32])).unwrap();
    let square = serde_json::from_slice::<Challenge>(&round.challenge).unwrap().number.pow(2);
    let answer = format!("{{\"square\":{square}}}");
    let padded = format!("{}{answer}", " ".repeat(64));
    let score = |answer: String| {
        AnySubnet::score(&subnet, &round, &[received([1; 32].into(), answer.into_bytes())]).unwrap()[0].score
    };
    assert_eq!(score(answer), Score::new(0.5));
    assert_eq!(score(padded), Score::ZERO);
}

#[test]
fn a_subnet_that_cannot_judge_what_apps_ask_asks_nothing_again() {
    assert!(AnySubnet::again(&Square::default(), br#"{"number":3}"#, Seed([5; 32])).is_none());
}

#[test]
fn the_schema_names_the_fields_of_both_types() {
    let schema = schema::<Square>();
    assert_eq!(schema["challenge"]["required"], serde_json::json!(["number"]));
    assert_eq!(schema["answer"]["required"], serde_json::json!(["square"]));
}

/// A record of a right, an unreadable and a missing answer.
fn record(subnet: &Square) -> Record {
    let seed = Seed([5; 32]);
    let round = AnySubnet::challenge(subnet, seed).unwrap();
    let square = serde_json::from_slice::<Challenge>(&round.challenge).unwrap().number.pow(2);
    let right = received([1; 32].into(), format!("{{\"square\":{square}}}").into_bytes());
    let unreadable = received([2; 32].into(), vec![0xff, 0xfe]);
    let missing = Received { answer: None, took: Duration::from_micros(1_700), ..right.clone() };
    let answers = [right, unreadable, missing].map(Received::in_milliseconds);
    let judgements = AnySubnet::score(subnet, &round, &answers).unwrap();
    let answers = answers.iter().zip(judgements).map(|(answer, judgement)| RecordedAnswer::new(answer, judgement));
    Record { subnet: "square".into(), version: 1, seed, past: None, answers: answers.collect() }
}

#[test]
fn a_recorded_round_survives_json_and_is_judged_again_alike() {
    let subnet = Square::default();
    let recorded = record(&subnet);
    let read: Record = serde_json::from_str(&serde_json::to_string(&recorded).unwrap()).unwrap();
    assert_eq!(read, recorded);
    let judged: Vec<_> = recorded.answers.iter().map(|answer| answer.judgement.clone()).collect();
    assert_eq!(read.replay(&subnet).unwrap(), judged);
    assert_eq!(judged[0].score, Score::new(0.5));
    assert_eq!(recorded.answers[2].took, 1);
}

#[test]
fn another_version_does_not_judge_a_recorded_round() {
    let subnet = Square::default();
    let older = Record { version: 0, ..record(&subnet) };
    let error = older.replay(&subnet).unwrap_err();
    let sentence =
        "the round was judged by square version 0 and this is square version 1: use the version that judged it";
    assert_eq!(error.to_string(), sentence);
    let asked_again = Record { past: Some("{}".into()), ..record(&subnet) };
    assert_eq!(asked_again.replay(&subnet).unwrap_err(), ReplayError::BadPast);
}
