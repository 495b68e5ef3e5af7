//! What a request changes in the model's distribution before a token is drawn.
//!
//! Shaping is a function of the logits and of the tokens so far, and draws nothing: the noise of a draw stays that of
//! [`Sampling`](crate::Sampling). [`Model::verify`](crate::Model::verify) covers answers that were drawn without shaping.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::error::InferenceError;

/// Most tokens whose logits a request may change.
const MAX_BIASES: usize = 1_024;
/// Candidates that are sorted first when the smallest sufficient set of them is looked for.
const FIRST_HEAD: usize = 64;
/// Divided by less than this, logits could leave the range of their numbers.
const LEAST_REPETITION_PENALTY: f32 = 0.01;

/// Penalties, then biases, then the choice of tokens that may be drawn, in this order. [`Default`] changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaping {
    /// Only so many of the likeliest tokens may be drawn; 0 for all.
    pub top_k: usize,
    /// Only the fewest likeliest tokens whose probabilities add up to this may be drawn; 0 (one token) to 1 (all).
    pub top_p: f32,
    /// Only tokens at least this likely, relative to the likeliest, may be drawn; 0 (all) to 1.
    pub min_p: f32,
    /// Taken from the logit of each token that the answer has already; -2 to 2.
    pub presence_penalty: f32,
    /// The same, as often as the answer has the token; -2 to 2.
    pub frequency_penalty: f32,
    /// Divides the positive and multiplies the negative logits of tokens in prompt and answer; 0.01 to 10; 1 is without
    /// effect.
    pub repetition_penalty: f32,
    /// Added to the logits of these tokens; -100 to 100 each.
    pub logit_bias: Vec<(u32, f32)>,
}

impl Default for Shaping {
    fn default() -> Self {
        Self {
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            repetition_penalty: 1.0,
            logit_bias: Vec::new(),
        }
    }
}

/// The tokens so far, as penalties look at them.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    prompt: HashSet<u32>,
    answer: HashMap<u32, u32>,
}

impl Seen {
    pub(crate) fn new(prompt: &[u32]) -> Self {
        Self { prompt: prompt.iter().copied().collect(), answer: HashMap::new() }
    }

    pub(crate) fn push(&mut self, token: u32) {
        *self.answer.entry(token).or_default() += 1;
    }
}

/// A token that may be drawn, and its logit.
type Candidate = (u32, f32);

impl Shaping {
    pub(crate) fn check(&self, vocab_size: usize) -> Result<(), InferenceError> {
        let ranges = [
            ("top_p", self.top_p, 0.0, 1.0),
            ("min_p", self.min_p, 0.0, 1.0),
            ("presence_penalty", self.presence_penalty, -2.0, 2.0),
            ("frequency_penalty", self.frequency_penalty, -2.0, 2.0),
            ("repetition_penalty", self.repetition_penalty, LEAST_REPETITION_PENALTY, 10.0),
            ("the number of entries of logit_bias", self.logit_bias.len() as f32, 0.0, MAX_BIASES as f32),
        ];
        let biases = self.logit_bias.iter().map(|(_, bias)| ("logit_bias", *bias, -100.0, 100.0));
        for (name, value, least, most) in ranges.into_iter().chain(biases) {
            if !(least..=most).contains(&value) {
                return Err(InferenceError::OutOfRange { name, value, least, most });
            }
        }
        match self.logit_bias.iter().find(|(token, _)| *token as usize >= vocab_size) {
            Some(&(token, _)) => Err(InferenceError::UnknownToken { token, vocab_size }),
            None => Ok(()),
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// Changes `logits`; those of tokens that may not be drawn become minus infinity. At least one stays finite if one
    /// was.
    pub(crate) fn apply(&self, logits: &mut [f32], temperature: f32, seen: &Seen) {
        self.penalise(logits, seen);
        for (token, bias) in &self.logit_bias {
            logits[*token as usize] += bias;
        }
        // Without noise the likeliest token is drawn, which no choice of the likeliest excludes.
        if temperature > 0.0 && (self.top_k > 0 || self.top_p < 1.0 || self.min_p > 0.0) {
            self.choose(logits, temperature);
        }
    }

    fn penalise(&self, logits: &mut [f32], seen: &Seen) {
        if self.repetition_penalty != 1.0 {
            for token in seen.prompt.union(&seen.answer.keys().copied().collect()) {
                let logit = &mut logits[*token as usize];
                *logit = if *logit > 0.0 { *logit / self.repetition_penalty } else { *logit * self.repetition_penalty };
            }
        }
        for (token, count) in &seen.answer {
            logits[*token as usize] -= self.presence_penalty + self.frequency_penalty * *count as f32;
        }
    }

    fn choose(&self, logits: &mut [f32], temperature: f32) {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let least = if self.min_p > 0.0 { max + temperature * self.min_p.ln() } else { f32::NEG_INFINITY };
        let all = logits.iter().enumerate().map(|(token, &logit)| (token as u32, logit));
        let mut kept: Vec<Candidate> = all.filter(|(_, logit)| *logit >= least && logit.is_finite()).collect();
        if (1..kept.len()).contains(&self.top_k) {
            kept.select_nth_unstable_by(self.top_k - 1, likelier);
            kept.truncate(self.top_k);
        }
        if self.top_p < 1.0 && !kept.is_empty() {
            let enough = nucleus(&mut kept, self.top_p, |logit| f64::from((logit - max) / temperature).exp());
            kept.truncate(enough);
        }
        logits.fill(f32::NEG_INFINITY);
        kept.into_iter().for_each(|(token, logit)| logits[token as usize] = logit);
    }
}

/// Of two equally likely tokens the one with the smaller number comes first, so that the order is one.
fn likelier(a: &Candidate, b: &Candidate) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// Sorts the `count` likeliest to the front, without sorting the rest: vocabularies are large.
fn sort_head(candidates: &mut [Candidate], count: usize) {
    if count < candidates.len() {
        candidates.select_nth_unstable_by(count, likelier);
    }
    let head = count.min(candidates.len());
    candidates[..head].sort_unstable_by(likelier);
}

/// How many of the likeliest candidates, sorted to the front, have the share `top_p` of the weight of all; at least 1.
fn nucleus(candidates: &mut [Candidate], top_p: f32, weight: impl Fn(f32) -> f64) -> usize {
    let all = candidates.iter().map(|(_, logit)| weight(*logit)).sum::<f64>();
    let mut head = FIRST_HEAD;
    loop {
        sort_head(candidates, head);
        let mut sum = 0.0;
        for (index, (_, logit)) in candidates.iter().take(head).enumerate() {
            sum += weight(*logit);
            if sum >= f64::from(top_p) * all {
                return index + 1;
            }
        }
        if head >= candidates.len() {
            return candidates.len();
        }
        head *= 8;
    }
}

/// The `count` likeliest tokens and their logits, likeliest first.
pub(crate) fn likeliest(logits: &[f32], count: usize) -> Vec<(u32, f32)> {
    let mut all: Vec<Candidate> = logits.iter().enumerate().map(|(token, &logit)| (token as u32, logit)).collect();
    sort_head(&mut all, count);
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(shaping: Shaping, logits: &[f32], temperature: f32) -> Vec<u32> {
        let mut logits = logits.to_vec();
        shaping.apply(&mut logits, temperature, &Seen::default());
        (0..logits.len() as u32).filter(|token| logits[*token as usize].is_finite()).collect()
    }

    fn probabilities(logits: &[f32], temperature: f32) -> Vec<f64> {
        let weights: Vec<f64> = logits.iter().map(|logit| f64::from(logit / temperature).exp()).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    proptest! {
        #[test]
        fn top_p_keeps_the_smallest_set_that_reaches_it(
            logits in prop::collection::vec(-8f32..8.0, 1..600), top_p in 0.01f32..0.999, temperature in 0.2f32..3.0,
        ) {
            let kept = kept(Shaping { top_p, ..Shaping::default() }, &logits, temperature);
            let shares = probabilities(&logits, temperature);
            let sum: f64 = kept.iter().map(|token| shares[*token as usize]).sum();
            let least = kept.iter().map(|token| shares[*token as usize]).fold(1.0, f64::min);
            prop_assert!(sum >= f64::from(top_p) - 1e-5);
            prop_assert!(sum - least < f64::from(top_p) + 1e-5, "{sum} without {least} is enough");
            let others = (0..shares.len() as u32).filter(|token| !kept.contains(token));
            prop_assert!(others.map(|token| shares[token as usize]).fold(0.0, f64::max) <= least + 1e-9);
        }

        #[test]
        fn top_k_keeps_the_likeliest(logits in prop::collection::vec(-8f32..8.0, 1..300), top_k in 1usize..50) {
            let kept = kept(Shaping { top_k, ..Shaping::default() }, &logits, 1.0);
            let mut expected: Vec<u32> = likeliest(&logits, top_k).into_iter().map(|(token, _)| token).collect();
            expected.sort_unstable();
            prop_assert_eq!(kept, expected);
        }

        #[test]
        fn min_p_is_relative_to_the_likeliest(logits in prop::collection::vec(-8f32..8.0, 1..300), min_p in 0.01f32..1.0) {
            let kept = kept(Shaping { min_p, ..Shaping::default() }, &logits, 1.0);
            let shares = probabilities(&logits, 1.0);
            let most = shares.iter().copied().fold(0.0, f64::max);
            for (token, share) in shares.iter().enumerate() {
                let distance = share / most - f64::from(min_p);
                prop_assert!(distance.abs() < 1e-4 || kept.contains(&(token as u32)) == (distance > 0.0));
            }
            prop_assert!(!kept.is_empty());
        }
    }

    #[test]
    fn penalties_look_at_what_was_said_and_biases_at_nothing() {
        let mut seen = Seen::new(&[0]);
        [1, 1, 2].into_iter().for_each(|token| seen.push(token));
        let shaped = |shaping: Shaping| {
            let mut logits = [1.0, 2.0, -1.0, 0.5];
            shaping.apply(&mut logits, 1.0, &seen);
            logits
        };
        assert_eq!(shaped(Shaping { presence_penalty: 0.5, ..Shaping::default() }), [1.0, 1.5, -1.5, 0.5]);
        assert_eq!(shaped(Shaping { frequency_penalty: 0.5, ..Shaping::default() }), [1.0, 1.0, -1.5, 0.5]);
        assert_eq!(shaped(Shaping { repetition_penalty: 2.0, ..Shaping::default() }), [0.5, 1.0, -2.0, 0.5]);
        assert_eq!(shaped(Shaping { logit_bias: vec![(3, -100.0)], ..Shaping::default() }), [1.0, 2.0, -1.0, -99.5]);
        assert_eq!(shaped(Shaping::default()), [1.0, 2.0, -1.0, 0.5]);
    }

    #[test]
    fn what_has_no_meaning_is_refused_by_name() {
        assert!(Shaping::default().check(4).is_ok());
        for shaping in [
            Shaping { top_p: 1.1, ..Shaping::default() },
            Shaping { min_p: f32::NAN, ..Shaping::default() },
            Shaping { repetition_penalty: 0.0, ..Shaping::default() },
            Shaping { repetition_penalty: 0.009, ..Shaping::default() },
            Shaping { presence_penalty: 2.5, ..Shaping::default() },
            Shaping { logit_bias: vec![(0, 101.0)], ..Shaping::default() },
            Shaping { logit_bias: vec![(4, 1.0)], ..Shaping::default() },
        ] {
            assert!(shaping.check(4).is_err(), "{shaping:?}");
        }
    }
}
