//! What can be asked of an engine.

use crate::constraint::Grammar;
use crate::error::InferenceError;
use crate::model::Model;
use crate::sampling::Sampling;
use crate::shaping::Shaping;
use crate::stop_strings;

/// Alternatives that are told for each token, at most.
const MAX_TOP_LOGPROBS: usize = 20;

/// One answer to one prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    pub prompt: Vec<u32>,
    pub sampling: Sampling,
    pub shaping: Shaping,
    /// The answer ends before the first of these, up to 16 of them.
    pub stop: Vec<String>,
    /// How many of the likeliest tokens are told for each position, 0 to 20.
    pub top_logprobs: usize,
    /// Whether the prompt's own tokens are told with their probabilities first. `max_tokens` may then be 0.
    pub prompt_logprobs: bool,
    /// Whether the hidden states behind the answer are told, in short, before its end.
    pub commits: bool,
    /// The form that the answer is held to.
    pub grammar: Option<Grammar>,
}

impl Request {
    /// The plain kind, which [`Model::verify`] can recheck.
    pub fn new(prompt: Vec<u32>, sampling: Sampling) -> Self {
        Self { prompt, sampling, ..Self::default() }
    }

    /// Checks everything but the grammar; returns how many tokens the answer may have.
    pub(super) fn limit(&self, model: &Model) -> Result<usize, InferenceError> {
        self.shaping.check(model.vocab_size())?;
        stop_strings::check(&self.stop)?;
        if self.top_logprobs > MAX_TOP_LOGPROBS {
            let (value, most) = (self.top_logprobs as f32, MAX_TOP_LOGPROBS as f32);
            return Err(InferenceError::OutOfRange { name: "top_logprobs", value, least: 0.0, most });
        }
        if self.prompt_logprobs && self.sampling.max_tokens == 0 {
            let one = Sampling { max_tokens: 1, ..self.sampling.clone() };
            return model.answer_limit(&self.prompt, &one).map(|_| 0);
        }
        model.answer_limit(&self.prompt, &self.sampling)
    }
}
