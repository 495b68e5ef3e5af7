//! Drawing tokens with noise that a seed fixes, and judging tokens drawn by others.
//!
//! A draw from the model's distribution is the largest of `logit / temperature + noise`, with independent Gumbel noise
//! for each token of the vocabulary (the Gumbel-max trick). The noise of position `p` of the answer and token `t` is
//! made of the 32-bit word `t` of stream `p` of ChaCha8 under the seed: it depends neither on what was drawn before nor
//! on the order of computation.
//!
//! A request may shape the distribution first ([`Shaping`](crate::Shaping)); the noise stays the same.

mod candidates;

pub use candidates::Drawn;

use std::f64::consts::LN_2;

use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::InferenceError;
use crate::host::exp;
use crate::kv_cache::LANES;

const MAX_TEMPERATURE: f32 = 100.0;
/// Numbers that are summed in 32 bits, which would lose too much over a whole vocabulary.
const SUMMED: usize = 1_024;
/// Words of noise that are made at a time.
const WORDS: usize = 256;

/// How an answer is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// 0 takes the likeliest token; 1 is the model's own distribution; at most 100.
    pub temperature: f32,
    /// The answer ends after this many tokens at the latest; at least 1.
    pub max_tokens: usize,
    /// Seed of the noise. Without effect at temperature 0.
    pub noise: [u8; 32],
}

/// What the model says about a token that another drew.
pub(crate) struct Judgement {
    /// The token the model draws itself.
    pub best: u32,
    /// How far the claimed token's noisy score lies below the best one; 0 if it is the best.
    pub margin: f64,
    /// Natural logarithm of the claimed token's probability at temperature 1.
    pub logprob: f32,
}

impl Default for Sampling {
    /// The likeliest tokens, up to the end of the context.
    fn default() -> Self {
        Self { temperature: 0.0, max_tokens: usize::MAX, noise: [0; 32] }
    }
}

impl Sampling {
    pub(crate) fn check(&self) -> Result<(), InferenceError> {
        if !(0.0..=MAX_TEMPERATURE).contains(&self.temperature) {
            return Err(InferenceError::InvalidTemperature(self.temperature));
        }
        if self.max_tokens == 0 {
            return Err(InferenceError::NoTokensAllowed);
        }
        Ok(())
    }

    /// The token drawn at `position` of the answer, and its logarithmic probability at temperature 1.
    pub(crate) fn draw(&self, logits: &[f32], position: usize) -> Result<(u32, f32), InferenceError> {
        let (best, _) = self.best(logits, position)?;
        Ok((best, logprob(logits, best)))
    }

    /// Compares `claimed`, which must be below the vocabulary size, with the model's own draw.
    pub(crate) fn judge(&self, logits: &[f32], position: usize, claimed: u32) -> Result<Judgement, InferenceError> {
        let (best, score) = self.best(logits, position)?;
        let margin = score - self.score(logits, position, claimed);
        Ok(Judgement { best, margin, logprob: logprob(logits, claimed) })
    }

    /// The token with the highest noisy score, and that score.
    pub(crate) fn best(&self, logits: &[f32], position: usize) -> Result<(u32, f64), InferenceError> {
        let noise = (self.temperature > 0.0).then(|| self.stream(position));
        let mut best = Best { token: 0, score: f64::NEG_INFINITY };
        match noise {
            Some(words) => self.loudest(logits, words, &mut best),
            None => (0..).zip(logits).for_each(|(token, logit)| best.offer(token, f64::from(*logit))),
        }
        // What is not a number surpasses none, and would not be found.
        match best.score.is_finite() && !logits.iter().fold(false, |any, logit| any | logit.is_nan()) {
            true => Ok((best.token, best.score)),
            false => Err(InferenceError::NotANumber),
        }
    }

    /// Passes over groups of tokens none of which can be the best: two logarithms for each token of a large vocabulary would
    /// cost more than the model, and so would looking at each alone.
    fn loudest(&self, logits: &[f32], mut words: ChaCha8Rng, best: &mut Best) {
        let mut bytes = [0; 4 * WORDS];
        for (chunk, logits) in (0..).step_by(WORDS).zip(logits.chunks(WORDS)) {
            words.fill_bytes(&mut bytes[..4 * logits.len()]);
            let words: [u32; WORDS] =
                std::array::from_fn(|word| u32::from_le_bytes(std::array::from_fn(|byte| bytes[4 * word + byte])));
            for (group, (logits, words)) in (chunk..).step_by(LANES).zip(logits.chunks(LANES).zip(words.chunks(LANES)))
            {
                if !self.may_surpass(best.score as f32, logits, words) {
                    continue;
                }
                for (token, (logit, word)) in (group..).zip(logits.iter().zip(words)) {
                    let scaled = self.scaled(*logit);
                    if scaled + gumbel_bound(*word) > best.score {
                        best.offer(token, scaled + gumbel(*word));
                    }
                }
            }
        }
    }

    /// False only if none of the tokens reaches `score`.
    fn may_surpass(&self, score: f32, logits: &[f32], words: &[u32]) -> bool {
        // What is lost by reckoning in 32 bits.
        let least = score - 1e-4 * (1.0 + score.abs());
        let bounds = logits.iter().zip(words).map(|(logit, word)| logit / self.temperature + rough_bound(*word));
        bounds.fold(false, |any, bound| any | (bound > least))
    }

    /// The noisy score of one token.
    fn score(&self, logits: &[f32], position: usize, token: u32) -> f64 {
        let logit = logits[token as usize];
        if self.temperature == 0.0 {
            return f64::from(logit);
        }
        let mut words = self.stream(position);
        words.set_word_pos(u128::from(token));
        self.scaled(logit) + gumbel(words.next_u32())
    }

    fn scaled(&self, logit: f32) -> f64 {
        f64::from(logit) / f64::from(self.temperature)
    }

    fn stream(&self, position: usize) -> ChaCha8Rng {
        let mut words = ChaCha8Rng::from_seed(self.noise);
        words.set_stream(position as u64);
        words
    }
}

/// Gumbel noise from a uniform 32-bit word: `-ln(-ln u)` with `u` in the middle of the word's interval.
/// The logarithm is libm's, which gives the same bits on every platform.
fn gumbel(word: u32) -> f64 {
    let uniform = (f64::from(word) + 0.5) / 4_294_967_296.0;
    -libm::log(-libm::log(uniform))
}

/// No less than `gumbel(word)`, without a logarithm: `-ln(-ln u) <= -ln(1 - u)`, and `1 - u` is at least a power of two
/// that the leading zeros tell.
fn gumbel_bound(word: u32) -> f64 {
    f64::from((!word).leading_zeros() + 1) * LN_2 + 1e-9
}

/// No less than `gumbel_bound(word)` but for a millionth, without branches, so that the compiler does several at once. The
/// exponent of a 32-bit float is its logarithm, rounded down.
fn rough_bound(word: u32) -> f32 {
    const BIAS: i32 = 127;
    let exponent = ((!word) as f32).to_bits() >> (f32::MANTISSA_DIGITS - 1);
    (32 + BIAS - exponent as i32) as f32 * std::f32::consts::LN_2
}

/// The best so far, the first of equals.
struct Best {
    token: u32,
    score: f64,
}

impl Best {
    fn offer(&mut self, token: u32, score: f64) {
        if score > self.score {
            *self = Self { token, score };
        }
    }
}

/// Logarithm of the softmax at `token`.
pub(crate) fn logprob(logits: &[f32], token: u32) -> f32 {
    Softmax::of(logits).log(logits[token as usize])
}

/// What turns a logit into a logarithmic probability.
pub(crate) struct Softmax {
    max: f32,
    sum: f64,
}

impl Softmax {
    pub(crate) fn of(logits: &[f32]) -> Self {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, |most, logit| if logit > most { logit } else { most });
        Self { max, sum: logits.chunks(SUMMED).map(|some| sum_of_exps(some, max)).sum() }
    }

    pub(crate) fn log(&self, logit: f32) -> f32 {
        (f64::from(logit - self.max) - self.sum.ln()) as f32
    }
}

/// Of the differences to `max`, in sums of 32 bits that do not wait for each other.
fn sum_of_exps(logits: &[f32], max: f32) -> f64 {
    let (chunks, rest) = logits.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, logit)| *sum += exp(logit - max));
    }
    let rest = rest.iter().map(|logit| exp(logit - max));
    sums.into_iter().chain(rest).map(f64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(temperature: f32) -> Sampling {
        Sampling { temperature, max_tokens: 1, noise: [3; 32] }
    }

    #[test]
    fn the_bound_is_never_below_the_noise() {
        let mut words = ChaCha8Rng::from_seed([1; 32]);
        let random = (0..100_000).map(|_| words.next_u32()).collect::<Vec<_>>();
        let edges = (0..32).flat_map(|bit| [!(1u32 << bit), u32::MAX >> bit, u32::MAX << bit, 1 << bit]);
        for word in random.into_iter().chain(edges) {
            assert!(gumbel_bound(word) >= gumbel(word), "{word}");
        }
    }

    #[test]
    fn the_rough_bound_is_hardly_below_the_noise() {
        let mut words = ChaCha8Rng::from_seed([2; 32]);
        let random = (0..100_000).map(|_| words.next_u32()).collect::<Vec<_>>();
        let edges =
            (0..32).flat_map(|bit| [!(1u32 << bit), u32::MAX >> bit, u32::MAX << bit, 1 << bit, !(u32::MAX >> bit)]);
        for word in random.into_iter().chain(edges) {
            assert!(f64::from(rough_bound(word)) + 1e-5 >= gumbel(word), "{word}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused_wherever_it_stands() {
        for at in [0, 17, 499] {
            let mut logits = vec![1.0; 500];
            logits[at] = f32::NAN;
            for temperature in [0.0, 0.8] {
                assert!(sampling(temperature).best(&logits, 0).is_err(), "{at}");
            }
        }
        assert!(sampling(0.8).best(&[f32::NEG_INFINITY; 20], 0).is_err());
    }

    #[test]
    fn skipping_by_the_bound_changes_no_draw() {
        let sampling = sampling(0.8);
        let logits = (0..500).map(|token| ((token * 37) % 101) as f32 / 20.0).collect::<Vec<_>>();
        for position in 0..200 {
            let (best, score) = sampling.best(&logits, position).unwrap();
            let scores = (0..500).map(|token| sampling.score(&logits, position, token));
            let exhaustive = scores.fold(f64::NEG_INFINITY, f64::max);
            assert_eq!((score, sampling.score(&logits, position, best)), (exhaustive, exhaustive));
        }
    }

    #[test]
    fn draws_follow_the_models_distribution() {
        let logits = [1.0f32, 0.0, -1.0, 2.0];
        let mut counts = [0f32; 4];
        for position in 0..20_000 {
            counts[sampling(1.0).draw(&logits, position).unwrap().0 as usize] += 1.0 / 20_000.0;
        }
        for (token, share) in counts.iter().enumerate() {
            let expected = logprob(&logits, token as u32).exp();
            assert!((share - expected).abs() < 0.01, "token {token}: drawn {share}, expected {expected}");
        }
    }

    #[test]
    fn the_draw_is_pinned_so_that_machines_of_different_releases_agree() {
        let logits = (0..1000).map(|token| (token % 7) as f32).collect::<Vec<_>>();
        let drawn = (0..8).map(|position| sampling(1.0).draw(&logits, position).unwrap().0).collect::<Vec<_>>();
        assert_eq!(drawn, [62, 251, 410, 712, 919, 139, 489, 179]);
    }

    #[test]
    fn temperature_zero_takes_the_likeliest_token() {
        let judgement = sampling(0.0).judge(&[0.5, 3.0, 1.0], 0, 2).unwrap();
        assert_eq!((judgement.best, judgement.margin), (1, 2.0));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for temperature in [f32::NAN, -1.0, f32::INFINITY, 101.0] {
            assert!(matches!(sampling(temperature).check(), Err(InferenceError::InvalidTemperature(_))));
        }
        for logits in [[0.0, f32::NAN], [f32::NEG_INFINITY; 2], [0.0, f32::INFINITY]] {
            assert!(matches!(sampling(1.0).draw(&logits, 0), Err(InferenceError::NotANumber)), "{logits:?}");
        }
    }
}
