//! Answering a prompt token by token.

use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commitment::Commitment;
use crate::error::InferenceError;
use crate::model::Model;
use crate::sampling::Sampling;

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Finish {
    /// The model said its end token.
    Stop,
    /// The tokens that were asked for, or that fit the model, are used up.
    Length,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// The end token, if the model said it, is the last one.
    pub tokens: Vec<u32>,
    /// Natural logarithm of each token's probability at temperature 1.
    pub logprobs: Vec<f32>,
    /// Without special tokens.
    pub text: String,
    pub finish: Finish,
    /// To the hidden states behind the tokens, where that was asked for (see [`crate::Request::commits`]).
    pub commitments: Vec<Commitment>,
}

impl Model {
    /// Answers `prompt`, calling `on_token` with each token as soon as it is known.
    ///
    /// If `on_token` breaks, the answer so far is returned, with [`Finish::Length`] unless its last token is the end.
    pub fn generate(
        &self,
        prompt: &[u32],
        sampling: &Sampling,
        on_token: &mut dyn FnMut(u32) -> ControlFlow<()>,
    ) -> Result<Generation, InferenceError> {
        let limit = self.answer_limit(prompt, sampling)?;
        let mut cache = self.decoder.cache(prompt.len() + limit)?;
        let (mut tokens, mut logprobs) = (Vec::new(), Vec::new());
        let mut hidden = self.decoder.forward(prompt, &mut cache)?;
        let finish = loop {
            let logits = self.decoder.logits(&hidden, hidden.dim(0)? - 1, 1)?;
            let (token, logprob) = sampling.draw(&logits[0], tokens.len())?;
            tokens.push(token);
            logprobs.push(logprob);
            let flow = on_token(token);
            if self.text.is_end(token) {
                break Finish::Stop;
            }
            if tokens.len() == limit || flow.is_break() {
                break Finish::Length;
            }
            hidden = self.decoder.forward(&[token], &mut cache)?;
        };
        Ok(Generation { text: self.text.decode(&tokens)?, tokens, logprobs, finish, commitments: Vec::new() })
    }

    /// Checks prompt and sampling; returns how many tokens the answer may have.
    pub(crate) fn answer_limit(&self, prompt: &[u32], sampling: &Sampling) -> Result<usize, InferenceError> {
        sampling.check()?;
        if prompt.is_empty() {
            return Err(InferenceError::EmptyPrompt);
        }
        let context = self.context_length();
        if prompt.len() >= context {
            return Err(InferenceError::PromptTooLong { tokens: prompt.len(), context });
        }
        if let Some(&token) = prompt.iter().find(|token| !self.text.is_known(**token)) {
            return Err(InferenceError::UnknownToken { token, vocab_size: self.vocab_size() });
        }
        Ok(sampling.max_tokens.min(context - prompt.len()))
    }
}
