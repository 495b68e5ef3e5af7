//! The check of an answer, and its thresholds.
//!
//! `make verification` measures what passes at these thresholds, honest and not, and renews the tables of
//! `docs/verification.md`, where the choice of each threshold is explained.

use crate::{TextAnswer, TextChallenge};
use inference::{Checker, Commitment, Evidence, InferenceError, InvalidAnswer, Model, COMMITTED_TOKENS};
use subnet::{AccountId, Judgement, Score};

/// Share of tokens that may be others than the model samples under the miner's noise, rounded up to whole tokens.
///
/// All arithmetic is 32-bit, so honest answers differ only where two tokens score almost alike.
pub const MAX_MISMATCHED: f32 = 0.05;
/// Most that the tokens may fall behind the sampled ones, as the mean over all tokens of the difference of their noisy
/// scores (logits over temperature plus noise), each counted as 1 at most.
pub const MAX_MEAN_MARGIN: f32 = 0.0002;
/// Most that the hidden states behind 32 tokens may be off, in parts of their length, see [`Commitment::distance`].
pub const MAX_COMMITMENT_DISTANCE: f32 = 0.005;
/// Most that the claimed logprobs may differ from the model's own, on average.
pub const MAX_LOGPROB_ERROR: f32 = 0.01;

/// What a check of an answer found.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The model gave this answer for this miner.
    Genuine(Evidence),
    Rejected(Fault),
}

impl Verdict {
    pub fn is_genuine(&self) -> bool {
        matches!(self, Verdict::Genuine(_))
    }

    pub fn judgement(&self) -> Judgement {
        match self {
            Verdict::Genuine(evidence) => {
                Judgement::new(Score::ONE, format!("genuine: {} of {} tokens match", evidence.matched, evidence.tokens))
            }
            Verdict::Rejected(fault) => Judgement::zero(fault.to_string()),
        }
    }
}

/// The first thing that is wrong with an answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    #[error("it was made with the model {0}, which is not the one that was asked for")]
    WrongModel(String),
    #[error("{0}")]
    Impossible(#[from] InvalidAnswer),
    #[error("it does not have one logprob at or below zero for each token")]
    BadLogprobs,
    #[error("it does not have one readable commitment, not all zero, for each 32 tokens")]
    BadCommitments,
    #[error("its commitments are about hidden states that differ from the model's by {0} of their length")]
    StatesDiffer(f32),
    #[error("only {matched} of its {tokens} tokens are what the model samples for this miner")]
    NotSampled { matched: usize, tokens: usize },
    #[error("its tokens fall behind those that the model samples for this miner by {0} on average")]
    TooFarOff(f32),
    #[error("its logprobs differ from the model's by {0} on average")]
    LogprobsDiffer(f32),
    #[error("it ends where the model would not have ended")]
    EndsElsewhere,
    #[error("its text is not what its tokens say")]
    TextDiffers,
    /// The machine that checks is to blame, not the one that answered.
    #[error("it cannot be checked: {0}")]
    Unverifiable(String),
}

impl From<InferenceError> for Fault {
    fn from(error: InferenceError) -> Self {
        match error {
            InferenceError::InvalidAnswer(invalid) => Fault::Impossible(invalid),
            other => Fault::Unverifiable(other.to_string()),
        }
    }
}

/// Checks that `answer` is what `model` gives to `challenge` for the miner `hotkey`, with one pass over both.
pub fn verify(model: &Model, hotkey: &AccountId, challenge: &TextChallenge, answer: &TextAnswer) -> Verdict {
    match Examiner::new(model, challenge) {
        Ok(mut examiner) => examiner.verify(hotkey, answer),
        Err(fault) => Verdict::Rejected(fault),
    }
}

/// Checks the answers of several miners to one challenge, whose conversation it reads once for all of them.
pub struct Examiner<'a> {
    model: &'a Model,
    challenge: &'a TextChallenge,
    checker: Checker<'a>,
}

impl<'a> Examiner<'a> {
    pub fn new(model: &'a Model, challenge: &'a TextChallenge) -> Result<Self, Fault> {
        let checker = model.checker(model.encode_chat(&challenge.messages)?, challenge.max_tokens as usize)?;
        Ok(Self { model, challenge, checker })
    }

    /// Whether `answer` is what the model gives for the miner `hotkey`: costs one pass over the answer, the first time
    /// also over the conversation.
    pub fn verify(&mut self, hotkey: &AccountId, answer: &TextAnswer) -> Verdict {
        match self.examine(hotkey, answer) {
            Ok(evidence) => Verdict::Genuine(evidence),
            Err(fault) => Verdict::Rejected(fault),
        }
    }

    fn examine(&mut self, hotkey: &AccountId, answer: &TextAnswer) -> Result<Evidence, Fault> {
        if answer.model != self.model.id() {
            return Err(Fault::WrongModel(short(&answer.model)));
        }
        // Also refuses what is not a number.
        if answer.logprobs.len() != answer.tokens.len() || !answer.logprobs.iter().all(|logprob| *logprob <= 0.0) {
            return Err(Fault::BadLogprobs);
        }
        let commitments = read_commitments(answer)?;
        let evidence = self.checker.verify(&answer.tokens, &self.challenge.sampling(hotkey))?;
        check_tokens(&evidence)?;
        check_states(&evidence, &commitments)?;
        check_logprobs(&evidence, &answer.logprobs)?;
        if !evidence.complete || answer.finish != evidence.finish {
            return Err(Fault::EndsElsewhere);
        }
        if self.model.decode(&answer.tokens)? != answer.text {
            return Err(Fault::TextDiffers);
        }
        Ok(evidence)
    }
}

/// None, or one for each [`COMMITTED_TOKENS`] tokens of the answer.
fn read_commitments(answer: &TextAnswer) -> Result<Vec<Commitment>, Fault> {
    let covered = answer.tokens.chunks(COMMITTED_TOKENS).map(<[u32]>::len);
    if !answer.commitments.is_empty() && answer.commitments.len() != covered.len() {
        return Err(Fault::BadCommitments);
    }
    let read = |(text, tokens): (&String, usize)| Commitment::decode(text).filter(|one| one.tokens() == tokens);
    let commitments = answer.commitments.iter().zip(covered).map(read);
    commitments.collect::<Option<_>>().ok_or(Fault::BadCommitments)
}

fn check_states(evidence: &Evidence, claimed: &[Commitment]) -> Result<(), Fault> {
    let distances = claimed.iter().zip(&evidence.commitments).map(|(claimed, own)| claimed.distance(own));
    match distances.reduce(f32::max) {
        Some(furthest) if furthest > MAX_COMMITMENT_DISTANCE => Err(Fault::StatesDiffer(furthest)),
        _ => Ok(()),
    }
}

fn check_tokens(evidence: &Evidence) -> Result<(), Fault> {
    let Evidence { tokens, matched, mean_margin, .. } = *evidence;
    if (tokens - matched) as f32 > (MAX_MISMATCHED * tokens as f32).ceil() {
        return Err(Fault::NotSampled { matched, tokens });
    }
    if mean_margin > MAX_MEAN_MARGIN {
        return Err(Fault::TooFarOff(mean_margin));
    }
    Ok(())
}

fn check_logprobs(evidence: &Evidence, claimed: &[f32]) -> Result<(), Fault> {
    let errors = evidence.logprobs.iter().zip(claimed).map(|(own, claimed)| (own - claimed).abs().min(1.0));
    let mean = errors.sum::<f32>() / claimed.len() as f32;
    match mean > MAX_LOGPROB_ERROR {
        true => Err(Fault::LogprobsDiffer(mean)),
        false => Ok(()),
    }
}

/// What a stranger wrote, fit for a log.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
