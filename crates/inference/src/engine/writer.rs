//! The answer of one request, token by token: shaped, held to its form, drawn, and put into words.

use super::request::Request;
use super::TokenChoice;
use crate::constraint::Constraint;
use crate::detokenizer::Detokenizer;
use crate::error::InferenceError;
use crate::generate::Finish;
use crate::sampling::{Sampling, Softmax};
use crate::shaping::{likeliest, Seen, Shaping};
use crate::stop_strings::StopStrings;
use crate::text::Text;

pub(super) struct Writer {
    sampling: Sampling,
    shaping: Shaping,
    seen: Seen,
    stops: StopStrings,
    detokenizer: Detokenizer,
    constraint: Option<Constraint>,
    top_logprobs: usize,
    /// Tokens written so far.
    position: usize,
    limit: usize,
}

/// One further token of the answer.
pub(super) struct Written {
    pub choice: TokenChoice,
    /// What can be told of the answer now, and has not been told before.
    pub text: String,
    pub finish: Option<Finish>,
}

impl Writer {
    /// For an answer to `prompt` of `limit` tokens at most.
    pub(super) fn new(prompt: &[u32], request: Request, constraint: Option<Constraint>, limit: usize) -> Self {
        let seen = if request.shaping.is_off() { Seen::default() } else { Seen::new(prompt) };
        Self {
            sampling: request.sampling,
            shaping: request.shaping,
            seen,
            stops: StopStrings::new(request.stop),
            detokenizer: Detokenizer::default(),
            constraint,
            top_logprobs: request.top_logprobs,
            position: 0,
            limit,
        }
    }

    /// Draws the next token, whose logits these are.
    pub(super) fn write(&mut self, logits: &[f32], text: &Text) -> Result<Written, InferenceError> {
        let token = self.draw(logits)?;
        self.position += 1;
        self.seen.push(token);
        let choice = choice(logits, token, self.top_logprobs);
        let (told, finish) = self.tell(token, text)?;
        Ok(Written { choice, text: told, finish })
    }

    fn draw(&mut self, logits: &[f32]) -> Result<u32, InferenceError> {
        if self.shaping.is_off() && self.constraint.is_none() {
            return Ok(self.sampling.best(logits, self.position)?.0);
        }
        // What is made minus infinity below would hide it.
        if logits.iter().any(|logit| logit.is_nan()) {
            return Err(InferenceError::NotANumber);
        }
        let mut logits = logits.to_vec();
        if let Some(constraint) = &mut self.constraint {
            constraint.mask(&mut logits)?;
        }
        self.shaping.apply(&mut logits, self.sampling.temperature, &self.seen);
        Ok(self.sampling.best(&logits, self.position)?.0)
    }

    /// The words that `token` completes, and whether the answer ends with them.
    fn tell(&mut self, token: u32, text: &Text) -> Result<(String, Option<Finish>), InferenceError> {
        if text.is_end(token) {
            return Ok((self.rest(text)?, Some(Finish::Stop)));
        }
        let piece = self.detokenizer.push(token, text)?;
        let (mut told, stopped) = self.stops.push(&piece);
        if stopped {
            return Ok((told, Some(Finish::Stop)));
        }
        let formed = self.constraint.as_mut().map_or(Ok(false), |constraint| constraint.push(token))?;
        let finish = match formed {
            true => Some(Finish::Stop),
            false => (self.position == self.limit).then_some(Finish::Length),
        };
        if finish.is_some() {
            told.push_str(&self.rest(text)?);
        }
        Ok((told, finish))
    }

    /// What was held back, at the end.
    fn rest(&mut self, text: &Text) -> Result<String, InferenceError> {
        let piece = self.detokenizer.rest(text)?;
        let (mut told, stopped) = self.stops.push(&piece);
        if !stopped {
            told.push_str(&self.stops.rest());
        }
        Ok(told)
    }
}

/// What the model says about `token` and about the likeliest ones, at temperature 1 and unshaped.
pub(super) fn choice(logits: &[f32], token: u32, top: usize) -> TokenChoice {
    let softmax = Softmax::of(logits);
    let top = if top == 0 { Vec::new() } else { likeliest(logits, top) };
    let top = top.into_iter().map(|(token, logit)| (token, softmax.log(logit))).collect();
    TokenChoice { token, logprob: softmax.log(logits[token as usize]), top }
}
