//! Rechecking an answer with one pass over prompt and answer.

use candle_core::Tensor;

use crate::commitment::{Commitment, Directions};
use crate::engine::DRAWING;
use crate::error::{InferenceError, InvalidAnswer};
use crate::generate::Finish;
use crate::host;
use crate::kv_cache::OwnCache;
use crate::model::Model;
use crate::sampling::{Judgement, Sampling};

/// Positions whose logits are computed at a time: bounds memory to `ROWS * vocabulary` floats.
const ROWS: usize = 64;
/// One token counts at most this much in the mean margin, so that a single flip does not drown the rest.
const MAX_MARGIN: f64 = 1.0;
/// Honest machines may round differently: whether the answer ends here is left open if the scores are this close.
const END_TOLERANCE: f64 = 0.1;

/// What the model says about an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Tokens in the answer.
    pub tokens: usize,
    /// Tokens that the model draws itself, given those before and the same noise.
    pub matched: usize,
    /// Mean distance of the claimed tokens' noisy scores from the best ones, each counted as 1 at most.
    pub mean_margin: f32,
    /// Mean of `logprobs`.
    pub mean_logprob: f32,
    /// What the model itself does by the end of this answer: `Stop` if it says its end token at its last position or
    /// before, otherwise `Length`.
    pub finish: Finish,
    /// Whether the answer ends where the model's does: with the end token drawn by the model too, or at the
    /// limit without the model having ended before.
    pub complete: bool,
    /// Natural logarithm of each claimed token's probability at temperature 1, as a miner should report it.
    pub logprobs: Vec<f32>,
    /// To the hidden states of which the claimed tokens are drawn, as a miner should give them.
    pub commitments: Vec<Commitment>,
}

/// Checks answers to one prompt, which it reads once for all of them.
pub struct Checker<'a> {
    model: &'a Model,
    prompt: Vec<u32>,
    /// Begins with the prompt without its last token, once there was an answer worth reading.
    own: OwnCache,
}

impl Model {
    /// [`Checker::verify`] of one answer: costs one pass over prompt and answer, and no generation.
    pub fn verify(&self, prompt: &[u32], answer: &[u32], sampling: &Sampling) -> Result<Evidence, InferenceError> {
        self.checker(prompt.to_vec(), answer.len())?.verify(answer, sampling)
    }

    /// For answers of at most `longest` tokens to `prompt`.
    pub fn checker(&self, prompt: Vec<u32>, longest: usize) -> Result<Checker<'_>, InferenceError> {
        let capacity = (prompt.len() + longest).min(self.context_length());
        Ok(Checker { model: self, own: self.decoder.cache(capacity)?, prompt })
    }

    fn check_answer(&self, answer: &[u32], limit: usize) -> Result<(), InvalidAnswer> {
        let [before_last @ .., _] = answer else { return Err(InvalidAnswer::Empty) };
        if answer.len() > limit {
            return Err(InvalidAnswer::TooLong { tokens: answer.len(), limit });
        }
        if let Some(&token) = answer.iter().find(|token| !self.text.is_known(**token)) {
            return Err(InvalidAnswer::UnknownToken { token, vocab_size: self.vocab_size() });
        }
        match before_last.iter().position(|token| self.text.is_end(*token)) {
            Some(end) => Err(InvalidAnswer::AfterEnd { position: end + 1 }),
            None => Ok(()),
        }
    }

    fn commit(&self, hidden: &Tensor, noise: [u8; 32]) -> Result<Vec<Commitment>, InferenceError> {
        let directions = Directions::new(noise, self.decoder.hidden_size());
        let states: Vec<Vec<f32>> = hidden.to_vec2()?;
        Ok(Commitment::of_all(&states.iter().map(|state| directions.project(state)).collect::<Vec<_>>()))
    }

    /// Judges every token of the answer.
    fn judge(&self, hidden: &Tensor, answer: &[u32], sampling: &Sampling) -> Result<Vec<Judgement>, InferenceError> {
        let mut judgements = Vec::with_capacity(answer.len());
        for claimed in answer.chunks(ROWS) {
            let first = judgements.len();
            let logits = self.decoder.logits(hidden, first, claimed.len())?;
            judgements.extend(judge_rows(sampling, &logits, first, claimed)?);
        }
        Ok(judgements)
    }

    fn weigh(&self, answer: &[u32], limit: usize, judgements: &[Judgement]) -> Evidence {
        let tokens = answer.len();
        let logprobs = judgements.iter().map(|judgement| judgement.logprob).collect::<Vec<_>>();
        let margins = judgements.iter().map(|judgement| judgement.margin.min(MAX_MARGIN));
        let matched = judgements.iter().zip(answer).filter(|(judgement, claimed)| judgement.best == **claimed).count();
        let own_end = judgements.iter().zip(answer).position(|(judgement, claimed)| self.ends(judgement, *claimed));
        let claims_end = answer.last().is_some_and(|token| self.text.is_end(*token));
        Evidence {
            tokens,
            matched,
            mean_margin: (margins.sum::<f64>() / tokens as f64) as f32,
            mean_logprob: logprobs.iter().sum::<f32>() / tokens as f32,
            finish: if own_end.is_some() { Finish::Stop } else { Finish::Length },
            complete: match own_end {
                Some(position) => claims_end && position + 1 == tokens,
                None => !claims_end && tokens == limit,
            },
            logprobs,
            commitments: Vec::new(),
        }
    }

    /// Whether the model ends its answer at this position; close calls go the way the answer claims.
    fn ends(&self, judgement: &Judgement, claimed: u32) -> bool {
        if judgement.margin <= END_TOLERANCE {
            self.text.is_end(claimed)
        } else {
            self.text.is_end(judgement.best)
        }
    }
}

impl Checker<'_> {
    /// Compares `answer` with what the model draws under the same prompt, temperature and noise. Answers that were
    /// shaped, held to a form or ended at a stop string are drawn otherwise, and do not match.
    ///
    /// Costs one pass over the answer, the first time also over the prompt. An answer that no run could give (empty, too
    /// long, continued after its end, unknown tokens) is an [`InferenceError::InvalidAnswer`]; other errors are not the
    /// answer's fault.
    pub fn verify(&mut self, answer: &[u32], sampling: &Sampling) -> Result<Evidence, InferenceError> {
        let limit = self.model.answer_limit(&self.prompt, sampling)?;
        self.model.check_answer(answer, limit)?;
        let hidden = self.states(answer)?;
        let judgements = self.model.judge(&hidden, answer, sampling)?;
        let commitments = self.model.commit(&hidden, sampling.noise)?;
        Ok(Evidence { commitments, ..self.model.weigh(answer, limit, &judgements) })
    }

    /// The final hidden states of which the tokens of the answer are drawn, each given the claimed ones before it.
    fn states(&mut self, answer: &[u32]) -> Result<Tensor, InferenceError> {
        let decoder = &self.model.decoder;
        let (before, last) = self.prompt.split_at(self.prompt.len() - 1);
        if self.own.table.length() < before.len() {
            self.own.table.return_to(0);
            decoder.forward(before, &mut self.own)?;
        }
        self.own.table.return_to(before.len());
        Ok(decoder.forward(&[last, &answer[..answer.len() - 1]].concat(), &mut self.own)?)
    }
}

/// Judges the tokens from the position `first` on, on all threads.
fn judge_rows(
    sampling: &Sampling,
    logits: &[Vec<f32>],
    first: usize,
    claimed: &[u32],
) -> Result<Vec<Judgement>, InferenceError> {
    let mut judgements = claimed.iter().map(|_| None).collect::<Vec<_>>();
    let work = logits.iter().map(Vec::len).sum::<usize>() * DRAWING;
    let rows = judgements.iter_mut().zip(logits.iter().zip(claimed)).enumerate().collect();
    host::for_each(rows, work, |(row, (place, (logits, token)))| {
        *place = Some(sampling.judge(logits, first + row, *token));
    });
    judgements.into_iter().flatten().collect()
}
