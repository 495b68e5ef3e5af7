//! An answer on its way, and which of an engine's positions carry it on.

use super::engine::Position;
use inference::{Finish, Model, Sampling};

/// Positions asked for at first, and at most.
const FIRST_AHEAD: usize = 4;
const MOST_AHEAD: usize = 32;
/// Probability, at one position, that a token is taken though an unnamed one would have been drawn. Below it the engine is
/// not asked again. Without commitments such a token mostly fails an answer, and of a thousand answers of 96 tokens at most
/// five have one.
const MAX_DOUBT: f64 = 0.000_05;

/// What an engine's positions add to an answer.
#[derive(Debug, PartialEq)]
pub struct Accepted {
    /// Drawn by us, with their logprobs.
    pub tokens: Vec<(u32, f32)>,
    /// Where the token after them is in doubt: between which, see [`inference::Drawn::biases`].
    pub biases: Vec<(u32, f32)>,
}

/// Draws at `first` and the positions that follow it, as long as they are about this answer.
pub fn accept(model: &Model, sampling: &Sampling, first: usize, positions: &[Position]) -> Accepted {
    let mut accepted = Accepted { tokens: Vec::new(), biases: Vec::new() };
    for (place, position) in (first..).zip(positions) {
        let Some(drawn) = sampling.draw_among(place, &position.candidates, model.vocab_size()) else { break };
        if drawn.doubt > MAX_DOUBT && !drawn.biases.is_empty() {
            accepted.biases = drawn.biases;
            break;
        }
        accepted.tokens.push((drawn.token, drawn.logprob));
        if drawn.token != position.chosen || model.is_end(drawn.token) {
            break;
        }
    }
    accepted
}

/// The prompt and what is written of the answer.
pub struct Walk {
    prompt: Vec<u32>,
    tokens: Vec<u32>,
    logprobs: Vec<f32>,
    limit: usize,
    ended: bool,
    ahead: usize,
}

impl Walk {
    /// `limit` is the most tokens of the answer.
    pub fn new(prompt: Vec<u32>, limit: usize) -> Self {
        Self { prompt, tokens: Vec::new(), logprobs: Vec::new(), limit, ended: false, ahead: FIRST_AHEAD }
    }

    /// Tokens of the answer so far.
    pub fn written(&self) -> usize {
        self.tokens.len()
    }

    /// Prompt and answer so far.
    pub fn context(&self) -> Vec<u32> {
        [self.prompt.as_slice(), &self.tokens].concat()
    }

    pub fn is_over(&self) -> bool {
        self.ended || self.tokens.len() >= self.limit
    }

    /// How many positions to ask for: twice as many after all were of use, else one more than were.
    pub fn ahead(&self) -> usize {
        self.ahead.min(self.limit - self.tokens.len())
    }

    pub fn extend(&mut self, accepted: &[(u32, f32)], is_end: impl Fn(u32) -> bool) {
        let all = accepted.len() >= self.ahead();
        self.ahead = if all { (self.ahead * 2).min(MOST_AHEAD) } else { accepted.len() + 1 };
        accepted.iter().for_each(|token| self.push(*token, &is_end));
    }

    pub fn push(&mut self, (token, logprob): (u32, f32), is_end: impl Fn(u32) -> bool) {
        self.tokens.push(token);
        // Rounding can lift a certainty above itself.
        self.logprobs.push(logprob.min(0.0));
        self.ended |= is_end(token);
    }

    pub fn finish(self) -> (Vec<u32>, Vec<f32>, Finish) {
        let finish = if self.ended { Finish::Stop } else { Finish::Length };
        (self.tokens, self.logprobs, finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_asked_for_where_all_was_of_use_and_less_where_little_was() {
        let mut walk = Walk::new(vec![1], 100);
        let never = |_| false;
        assert_eq!(walk.ahead(), FIRST_AHEAD);
        walk.extend(&[(5, -1.0); FIRST_AHEAD], never);
        assert_eq!(walk.ahead(), 2 * FIRST_AHEAD);
        walk.extend(&[(5, -1.0)], never);
        assert_eq!((walk.ahead(), walk.written()), (2, FIRST_AHEAD + 1));
    }

    #[test]
    fn an_answer_ends_with_its_end_token_or_at_its_limit() {
        let mut stopped = Walk::new(vec![1], 10);
        stopped.extend(&[(5, -1.0), (0, 0.001)], |token| token == 0);
        assert!(stopped.is_over());
        assert_eq!(stopped.finish(), (vec![5, 0], vec![-1.0, 0.0], Finish::Stop));
        let mut full = Walk::new(vec![1], 2);
        assert_eq!(full.ahead(), 2);
        full.extend(&[(5, -1.0), (6, -1.0)], |_| false);
        assert!(full.is_over());
        assert_eq!(full.finish().2, Finish::Length);
    }
}
