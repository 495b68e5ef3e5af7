//! What a program is asked and what it answers, as JSON. `docs/any-language.md` explains it to those who write one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use subnet::{AccountId, Judgement, Received, Score, Seed, Spec};

/// The version of the contract, which a program names in its spec.
pub const CONTRACT: u32 = 1;
/// Bytes of a challenge, of one answer and of a key.
pub const MAX_CHALLENGE: usize = 256 * 1024;
pub const MAX_ANSWER: usize = 256 * 1024;
pub const MAX_KEY: usize = 1024 * 1024;
pub const MAX_DEADLINE: Duration = Duration::from_secs(60);

/// Characters of a program's name, of a reason and of a complaint.
const MAX_NAME: usize = 32;
const MAX_SENTENCE: usize = 300;

/// Why whoever gave none gets nothing.
pub const NO_ANSWER: &str = "no answer";

pub const SPEC_PATH: &str = "/v1/spec";
pub const CHALLENGE_PATH: &str = "/v1/challenge";
pub const SCORE_PATH: &str = "/v1/score";
pub const SOLVE_PATH: &str = "/v1/solve";

/// Bytes that `compact` bytes of JSON may have as a program writes them, with spaces, escapes and the reply around them.
pub fn written(compact: usize) -> usize {
    4 * compact + 4 * 1024
}

/// What every program keeps to; its own spec, known once it is asked, may allow less.
pub fn spec() -> Spec {
    Spec {
        name: "remote".into(),
        version: 0,
        deadline: MAX_DEADLINE,
        max_challenge_bytes: MAX_CHALLENGE,
        max_answer_bytes: MAX_ANSWER,
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct SpecReply {
    contract: u32,
    name: String,
    version: u64,
    deadline_ms: u64,
    max_challenge_bytes: usize,
    max_answer_bytes: usize,
}

impl SpecReply {
    /// The spec, or what is wrong with it.
    pub fn checked(self) -> Result<Spec, String> {
        let most = spec();
        if self.contract != CONTRACT {
            return Err(format!("it keeps version {} of the contract and this is version {CONTRACT}", self.contract));
        }
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.chars().all(is_plain) {
            return Err(format!("its name has to be 1 to {MAX_NAME} of the characters a to z, 0 to 9 and -"));
        }
        let within = |name: &str, value: u64, most: u64| match (1..=most).contains(&value) {
            true => Ok(()),
            false => Err(format!("its {name} is {value}, which is not within 1 and {most}")),
        };
        within("deadline_ms", self.deadline_ms, most.deadline.as_millis() as u64)?;
        within("max_challenge_bytes", self.max_challenge_bytes as u64, most.max_challenge_bytes as u64)?;
        within("max_answer_bytes", self.max_answer_bytes as u64, most.max_answer_bytes as u64)?;
        Ok(Spec {
            name: format!("{}:{}", most.name, self.name).into(),
            version: self.version,
            deadline: Duration::from_millis(self.deadline_ms),
            max_challenge_bytes: self.max_challenge_bytes,
            max_answer_bytes: self.max_answer_bytes,
        })
    }
}

#[derive(Serialize)]
pub struct ChallengeAsked {
    pub seed: Seed,
}

#[derive(Deserialize)]
pub struct ChallengeReply {
    pub challenge: Value,
    /// What the scorer wants to be told again and miners must not see.
    #[serde(default)]
    pub key: Value,
}

#[derive(Serialize)]
pub struct ScoreAsked<'a> {
    pub challenge: &'a Value,
    pub key: &'a Value,
    pub answers: &'a [AnswerToScore<'a>],
}

#[derive(Serialize)]
pub struct AnswerToScore<'a> {
    miner: &'a AccountId,
    /// `null` for none.
    answer: Value,
    took_ms: u64,
}

impl<'a> AnswerToScore<'a> {
    /// What is larger than `limit`, or no JSON, is no answer.
    pub fn new(received: &'a Received<Vec<u8>>, limit: usize) -> Self {
        let bytes = received.answer.as_ref().filter(|bytes| bytes.len() <= limit);
        let answer = bytes.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let took_ms = u64::try_from(received.took.as_millis()).unwrap_or(u64::MAX);
        Self { miner: &received.miner, answer, took_ms }
    }

    pub fn is_none(&self) -> bool {
        self.answer.is_null()
    }
}

#[derive(Deserialize)]
pub struct ScoreReply {
    judgements: Vec<JudgementReply>,
}

#[derive(Deserialize)]
struct JudgementReply {
    score: f32,
    #[serde(default)]
    reason: String,
}

impl ScoreReply {
    /// One judgement for each of `answers`, or what is wrong with them; no answer is worth nothing, whatever the program
    /// says.
    pub fn checked(self, answers: &[AnswerToScore]) -> Result<Vec<Judgement>, String> {
        if self.judgements.len() != answers.len() {
            return Err(format!("it gave {} judgements of {} answers", self.judgements.len(), answers.len()));
        }
        let judge = |(reply, answer): (JudgementReply, &AnswerToScore)| match reply.score {
            _ if answer.is_none() => Ok(Judgement::zero(NO_ANSWER)),
            score if (0.0..=1.0).contains(&score) => Ok(Judgement::new(Score::new(score), clean(&reply.reason))),
            score => Err(format!("it gave the score {score}, which is not within 0 and 1")),
        };
        self.judgements.into_iter().zip(answers).map(judge).collect()
    }
}

#[derive(Serialize)]
pub struct SolveAsked<'a> {
    pub hotkey: &'a AccountId,
    pub challenge: Value,
}

#[derive(Deserialize)]
pub struct SolveReply {
    pub answer: Value,
}

/// What comes with any status but 200.
#[derive(Deserialize)]
struct Complaint {
    error: String,
}

/// The sentence of a program that refuses.
pub fn complaint(body: &[u8]) -> String {
    let sentence = serde_json::from_slice(body).map(|Complaint { error }| error);
    clean(&sentence.unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned()))
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_SENTENCE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec_of(changes: Value) -> Result<Spec, String> {
        let mut spec = json!({
            "contract": 1, "name": "words", "version": 3, "deadline_ms": 5_000, "max_challenge_bytes": 100,
            "max_answer_bytes": 200,
        });
        spec.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value::<SpecReply>(spec).map_err(|error| error.to_string())?.checked()
    }

    fn received(answer: Option<&str>) -> Received<Vec<u8>> {
        let answer = answer.map(|answer| answer.as_bytes().to_vec());
        Received { miner: [1; 32].into(), answer, took: Duration::from_millis(7) }
    }

    fn judged(reply: Value, given: &[Option<&str>]) -> Result<Vec<Judgement>, String> {
        let received: Vec<_> = given.iter().map(|answer| received(*answer)).collect();
        let answers: Vec<_> = received.iter().map(|received| AnswerToScore::new(received, 8)).collect();
        serde_json::from_value::<ScoreReply>(json!({ "judgements": reply })).unwrap().checked(&answers)
    }

    #[test]
    fn a_spec_carries_the_name_of_the_program() {
        let spec = spec_of(json!({})).unwrap();
        assert_eq!((&*spec.name, spec.version, spec.deadline), ("remote:words", 3, Duration::from_secs(5)));
        assert_eq!((spec.max_challenge_bytes, spec.max_answer_bytes), (100, 200));
    }

    #[test]
    fn a_spec_that_asks_for_more_than_is_allowed_is_refused() {
        for (changes, fault) in [
            (json!({ "contract": 2 }), "version 2"),
            (json!({ "name": "" }), "name"),
            (json!({ "name": "Big Words" }), "name"),
            (json!({ "name": "x".repeat(33) }), "name"),
            (json!({ "deadline_ms": 0 }), "deadline_ms"),
            (json!({ "deadline_ms": 60_001 }), "deadline_ms"),
            (json!({ "max_challenge_bytes": MAX_CHALLENGE + 1 }), "max_challenge_bytes"),
            (json!({ "max_answer_bytes": MAX_ANSWER + 1 }), "max_answer_bytes"),
            (json!({ "version": -1 }), "number"),
        ] {
            let error = spec_of(changes.clone()).unwrap_err();
            assert!(error.contains(fault), "{changes}: {error}");
        }
    }

    #[test]
    fn scores_outside_of_zero_and_one_make_the_round_count_for_nobody() {
        for score in [-0.1, 1.1, 1e30] {
            let error = judged(json!([{ "score": score }]), &[Some("1")]).unwrap_err();
            assert!(error.contains("not within 0 and 1"), "{error}");
        }
        assert!(judged(json!([]), &[Some("1")]).unwrap_err().contains("0 judgements of 1 answers"));
        let judgements = judged(json!([{ "score": 0.5, "reason": "half\u{7} right" }]), &[Some("1")]).unwrap();
        assert_eq!(judgements, [Judgement::new(Score::new(0.5), "half right")]);
    }

    #[test]
    fn what_is_missing_too_large_or_no_json_is_worth_nothing() {
        let all = json!([{ "score": 1 }, { "score": 1 }, { "score": 1 }, { "score": 1 }]);
        let judgements = judged(all, &[None, Some("123456789"), Some("{"), Some("12345678")]).unwrap();
        assert_eq!(judgements.iter().map(|judgement| judgement.score.get()).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_complaint_is_read_whatever_form_it_has() {
        assert_eq!(complaint(br#"{"error":"Too many\nwords."}"#), "Too manywords.");
        assert_eq!(complaint(b"<html>"), "<html>");
        assert_eq!(complaint(&[b'x'; 1_000]).len(), MAX_SENTENCE);
    }
}
