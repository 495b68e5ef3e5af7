//! The draw where only the likeliest tokens of a position are known, because another engine computed them.

use super::{gumbel, gumbel_bound, logprob, Sampling};
use crate::error::InferenceError;
use crate::model::Model;
use rand_chacha::rand_core::RngCore;

/// Added to the bias of each token that may still be the one, so that no other can win.
const LIFT: f64 = 50.0;
/// Sums of rounded probabilities tell nothing about what is rarer than this.
const ROUNDING: f64 = 1e-6;

/// What is drawn among the likeliest tokens, and how sure it is that no other token would have been.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub token: u32,
    /// Natural logarithm of its probability at temperature 1, as it was given.
    pub logprob: f32,
    /// Most that the probability of drawing a token that is not among the candidates can be.
    pub doubt: f64,
    /// Empty if no other token can be the one. Otherwise, for `token` and each that can: what to add to its logit so
    /// that the largest sum is the one to draw. Within 0 and 100 for temperatures up to 2.
    pub biases: Vec<(u32, f32)>,
}

impl Model {
    /// The `count` likeliest tokens after `tokens`, with the natural logarithms of their probabilities; likeliest first.
    pub fn likeliest(&self, tokens: &[u32], count: usize) -> Result<Vec<(u32, f32)>, InferenceError> {
        let room = Sampling { temperature: 0.0, max_tokens: 1, noise: [0; 32] };
        self.answer_limit(tokens, &room)?;
        let mut cache = self.decoder.cache(tokens.len())?;
        let hidden = self.decoder.forward(tokens, &mut cache)?;
        let logits = self.decoder.logits(&hidden, tokens.len() - 1, 1)?;
        let first = logprob(&logits[0], 0) - logits[0][0];
        let mut all = (0..).zip(logits[0].iter().map(|logit| logit + first)).collect::<Vec<(u32, f32)>>();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(count);
        Ok(all)
    }
}

impl Sampling {
    /// The token drawn at `position` of the answer, of a vocabulary of `vocab_size`, where `candidates` are its likeliest
    /// tokens with the natural logarithms of their probabilities at temperature 1. Nothing if there are no candidates, or
    /// none with a probability.
    pub fn draw_among(&self, position: usize, candidates: &[(u32, f32)], vocab_size: usize) -> Option<Drawn> {
        let noisy = |(token, logprob): &(u32, f32)| (*token, *logprob, self.noisy(position, *token, *logprob));
        let better = |best: (u32, f32, f64), next: (u32, f32, f64)| if next.2 > best.2 { next } else { best };
        let (token, logprob, score) =
            candidates.iter().map(noisy).reduce(better).filter(|(_, logprob, _)| logprob.is_finite())?;
        if self.temperature == 0.0 {
            return Some(Drawn { token, logprob, doubt: 0.0, biases: Vec::new() });
        }
        let tail = Tail::of(candidates, vocab_size);
        let mut biases = self.contenders(position, candidates, vocab_size, score - self.scaled(tail.most as f32));
        if !biases.is_empty() {
            let noise = score - self.scaled(logprob);
            biases.push((token, self.bias(noise)));
        }
        Some(Drawn { token, logprob, doubt: tail.share(candidates, self.temperature.into()), biases })
    }

    fn noisy(&self, position: usize, token: u32, logprob: f32) -> f64 {
        if self.temperature == 0.0 {
            return logprob.into();
        }
        let mut words = self.stream(position);
        words.set_word_pos(u128::from(token));
        self.scaled(logprob) + gumbel(words.next_u32())
    }

    /// The tokens besides `candidates` whose noise is above `least`, with their biases.
    fn contenders(&self, position: usize, candidates: &[(u32, f32)], vocab_size: usize, least: f64) -> Vec<(u32, f32)> {
        let mut words = self.stream(position);
        let noises = (0..vocab_size as u32).map(|token| (token, words.next_u32()));
        let loud = noises.filter(|(_, word)| gumbel_bound(*word) > least && gumbel(*word) > least);
        let unknown = loud.filter(|(token, _)| candidates.iter().all(|(known, _)| known != token));
        unknown.map(|(token, word)| (token, self.bias(gumbel(word)))).collect()
    }

    fn bias(&self, noise: f64) -> f32 {
        (LIFT + noise * f64::from(self.temperature)) as f32
    }
}

/// What can be said about the tokens that are not candidates.
struct Tail {
    tokens: f64,
    /// Probability of all of them.
    mass: f64,
    /// Most that the logarithm of one of their probabilities can be.
    most: f64,
}

impl Tail {
    fn of(candidates: &[(u32, f32)], vocab_size: usize) -> Self {
        let known = candidates.iter().map(|(_, logprob)| f64::from(*logprob).exp()).sum::<f64>();
        let least = candidates.iter().map(|(_, logprob)| f64::from(*logprob)).fold(0.0, f64::min);
        let mass = (1.0 - known).max(ROUNDING);
        Self { tokens: vocab_size.saturating_sub(candidates.len()) as f64, mass, most: least.min(mass.ln()) }
    }

    /// Most that their share can be once all probabilities are raised to `1 / temperature`. Below temperature 1 it is
    /// largest where the mass lies on tokens that are as likely as possible, above where it is spread evenly.
    fn share(&self, candidates: &[(u32, f32)], temperature: f64) -> f64 {
        if self.tokens == 0.0 {
            return 0.0;
        }
        let power = 1.0 / temperature;
        let tail = match power >= 1.0 {
            true => self.mass * (self.most * (power - 1.0)).exp(),
            false => self.tokens.powf(1.0 - power) * self.mass.powf(power),
        };
        let known = candidates.iter().map(|(_, logprob)| (f64::from(*logprob) * power).exp()).sum::<f64>();
        tail / (tail + known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCAB: usize = 500;

    fn sampling(temperature: f32) -> Sampling {
        Sampling { temperature, max_tokens: 1, noise: [3; 32] }
    }

    fn logits(seed: usize) -> Vec<f32> {
        (0..VOCAB).map(|token| ((token * 37 + seed * 11) % 101) as f32 / 9.0).collect()
    }

    fn likeliest(logits: &[f32], count: usize) -> Vec<(u32, f32)> {
        let mut all = (0..VOCAB as u32).map(|token| (token, logprob(logits, token))).collect::<Vec<_>>();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(count);
        all
    }

    #[test]
    fn a_draw_among_all_tokens_is_the_draw() {
        for (position, temperature) in (0..300).zip([0.0, 0.5, 1.0, 2.0].into_iter().cycle()) {
            let (sampling, logits) = (sampling(temperature), logits(position));
            let drawn = sampling.draw_among(position, &likeliest(&logits, VOCAB), VOCAB).unwrap();
            assert_eq!((drawn.token, drawn.logprob), sampling.draw(&logits, position).unwrap());
            assert_eq!((drawn.doubt, drawn.biases), (0.0, vec![]));
        }
    }

    /// Also where a few tokens hide the one to draw.
    #[test]
    fn the_biases_find_the_token_to_draw_whatever_was_known() {
        let mut hidden = 0;
        for (position, temperature) in (0..600).zip([0.5, 1.0, 2.0].into_iter().cycle()) {
            let (sampling, logits) = (sampling(temperature), logits(position));
            let (expected, _) = sampling.draw(&logits, position).unwrap();
            let drawn = sampling.draw_among(position, &likeliest(&logits, 5), VOCAB).unwrap();
            let mut biased = logits.clone();
            drawn.biases.iter().for_each(|(token, bias)| biased[*token as usize] += bias);
            let found = match drawn.biases.is_empty() {
                true => drawn.token,
                false => super::super::Sampling { temperature: 0.0, ..sampling }.draw(&biased, 0).unwrap().0,
            };
            assert_eq!(found, expected, "position {position} at {temperature}");
            assert!(drawn.biases.iter().all(|(_, bias)| (0.0..=100.0).contains(bias)));
            hidden += usize::from(drawn.token != expected);
        }
        assert!(hidden > 50, "only {hidden} were hidden: the test shows little");
    }

    #[test]
    fn the_doubt_bounds_how_often_the_token_is_another() {
        for temperature in [0.5, 1.0, 2.0] {
            let sampling = sampling(temperature);
            let (mut missed, mut doubt) = (0.0, 0.0);
            for position in 0..2_000 {
                let logits = logits(position % 7);
                let drawn = sampling.draw_among(position, &likeliest(&logits, 60), VOCAB).unwrap();
                missed += f64::from(u8::from(drawn.token != sampling.draw(&logits, position).unwrap().0));
                doubt += drawn.doubt;
            }
            assert!(missed <= doubt * 1.2 + 5.0, "{missed} of 2,000 at {temperature}, where {doubt} were expected");
        }
    }

    #[test]
    fn nothing_is_drawn_from_nothing() {
        for candidates in [&[][..], &[(3, f32::NEG_INFINITY)], &[(3, f32::NAN)]] {
            assert_eq!(sampling(1.0).draw_among(0, candidates, VOCAB), None);
        }
    }
}
