//! What a machine says about the hidden states behind an answer, so that whoever has the model can see whether they are
//! those of the model.
//!
//! The final hidden state of each token of an answer, normalised as the head sees it, is projected onto
//! [`DIRECTIONS`] directions of random signs. The directions come from the noise of the answer, so that what one machine
//! says serves no other. Both sides compute the same sums, and a difference between them is a difference between the
//! states: the length of a random projection is, on average, that of what was projected.

use base64::engine::general_purpose::STANDARD as BASE64;
use base64::Engine as _;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Tokens of an answer that one commitment is about; the last one of an answer may be about fewer.
pub const COMMITTED_TOKENS: usize = 32;
/// Numbers that are told of each token's state.
const DIRECTIONS: usize = 4;
/// Bytes of the scale, before the numbers.
const SCALE: usize = 4;
/// The stream of noise that no position of an answer has.
const STREAM: u64 = u64::MAX;

/// A state on its directions.
pub(crate) type Point = [f32; DIRECTIONS];

/// The directions of one answer.
pub(crate) struct Directions(Vec<Point>);

impl Directions {
    /// For the noise of an answer by a model whose hidden states have so many numbers.
    pub(crate) fn new(noise: [u8; 32], hidden: usize) -> Self {
        let mut words = ChaCha8Rng::from_seed(noise);
        words.set_stream(STREAM);
        let signs = |word: u32| std::array::from_fn(|bit| if (word >> bit) & 1 == 0 { 1.0 } else { -1.0 });
        Self((0..hidden).map(|_| signs(words.next_u32())).collect())
    }

    pub(crate) fn project(&self, state: &[f32]) -> Point {
        let mut point = [0.0; DIRECTIONS];
        for (value, signs) in state.iter().zip(&self.0) {
            point.iter_mut().zip(signs).for_each(|(sum, sign)| *sum += value * sign);
        }
        point
    }
}

/// What is told of the hidden states of up to [`COMMITTED_TOKENS`] tokens: 4 bytes and 8 for each token, 260 at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Commitment {
    /// The number that stands for one.
    scale: f32,
    /// As many for each token as there are directions.
    values: Vec<i16>,
}

impl Commitment {
    /// One for each [`COMMITTED_TOKENS`] states.
    pub(crate) fn of_all(points: &[Point]) -> Vec<Self> {
        points.chunks(COMMITTED_TOKENS).map(Self::of).collect()
    }

    fn of(points: &[Point]) -> Self {
        let largest = points.as_flattened().iter().fold(0.0f32, |most, value| most.max(value.abs()));
        // States that are all zero have no scale of their own.
        let scale = if largest > 0.0 { largest / f32::from(i16::MAX) } else { 1.0 };
        let values = points.as_flattened().iter().map(|value| (value / scale).round() as i16).collect();
        Self { scale, values }
    }

    /// Tokens that it is about.
    pub fn tokens(&self) -> usize {
        self.values.len() / DIRECTIONS
    }

    /// In base64: the scale as a little-endian 32-bit float, then 16-bit integers, also little-endian.
    pub fn encode(&self) -> String {
        let values = self.values.iter().flat_map(|value| value.to_le_bytes());
        BASE64.encode(self.scale.to_le_bytes().into_iter().chain(values).collect::<Vec<_>>())
    }

    /// None where it is nothing that [`Self::encode`] gives for 1 to [`COMMITTED_TOKENS`] states that are not all zero.
    pub fn decode(text: &str) -> Option<Self> {
        let longest = (SCALE + 2 * DIRECTIONS * COMMITTED_TOKENS).div_ceil(3) * 4;
        let bytes = (text.len() <= longest).then(|| BASE64.decode(text).ok()).flatten()?;
        let (scale, values) = bytes.split_first_chunk::<SCALE>()?;
        let (pairs, rest) = values.as_chunks::<2>();
        let scale = f32::from_le_bytes(*scale);
        let values = pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect::<Vec<_>>();
        let is_whole = rest.is_empty() && !values.is_empty() && values.len().is_multiple_of(DIRECTIONS);
        let says_something = scale.is_normal() && scale > 0.0 && values.iter().any(|value| *value != 0);
        (is_whole && says_something).then_some(Self { scale, values })
    }

    /// How far it is from `own`, in parts of the length of `own`: 0 for the same states, about 1.4 for unrelated ones,
    /// infinite where it is about another number of tokens, or `own` about nothing.
    pub fn distance(&self, own: &Self) -> f32 {
        if self.values.len() != own.values.len() {
            return f32::INFINITY;
        }
        let square = |value: f64| value * value;
        let differences = self.numbers().zip(own.numbers()).map(|(claimed, own)| square(claimed - own));
        let (difference, length) = (differences.sum::<f64>(), own.numbers().map(square).sum::<f64>());
        if length > 0.0 {
            (difference / length).sqrt() as f32
        } else {
            f32::INFINITY
        }
    }

    fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().map(|value| f64::from(*value) * f64::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: usize = 256;

    /// States that differ from token to token.
    fn states(tokens: usize, seed: u64) -> Vec<Vec<f32>> {
        let mut words = ChaCha8Rng::seed_from_u64(seed);
        let mut number = || words.next_u32() as f32 / u32::MAX as f32 - 0.5;
        (0..tokens).map(|_| (0..HIDDEN).map(|_| number()).collect()).collect()
    }

    fn commit(noise: u8, states: &[Vec<f32>]) -> Vec<Commitment> {
        let directions = Directions::new([noise; 32], HIDDEN);
        Commitment::of_all(&states.iter().map(|state| directions.project(state)).collect::<Vec<_>>())
    }

    #[test]
    fn there_is_one_for_each_32_tokens_and_none_is_longer_than_300_bytes() {
        let commitments = commit(1, &states(70, 1));
        assert_eq!(commitments.iter().map(Commitment::tokens).collect::<Vec<_>>(), [32, 32, 6]);
        assert!(commitments.iter().all(|one| BASE64.decode(one.encode()).unwrap().len() <= 300));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for one in commit(1, &states(70, 1)) {
            assert_eq!(Commitment::decode(&one.encode()), Some(one));
        }
    }

    #[test]
    fn the_distance_is_that_of_the_states() {
        let honest = states(32, 1);
        for off in [0.0, 0.001, 0.01, 0.1] {
            let noise = states(32, 2);
            let others = honest.iter().zip(&noise);
            let others =
                others.map(|(state, noise)| state.iter().zip(noise).map(|(x, n)| x + off * n).collect::<Vec<_>>());
            let distance = commit(1, &others.collect::<Vec<_>>())[0].distance(&commit(1, &honest)[0]);
            assert!((distance - off).abs() <= 0.4 * off + 1e-4, "{off}: {distance}");
        }
        assert!(commit(1, &states(32, 2))[0].distance(&commit(1, &honest)[0]) > 1.0);
    }

    #[test]
    fn what_was_said_under_other_noise_is_far_off() {
        let states = states(32, 1);
        assert!(commit(2, &states)[0].distance(&commit(1, &states)[0]) > 1.0);
    }

    #[test]
    fn what_is_about_another_number_of_tokens_is_infinitely_far_off() {
        let [all, fewer] = [32, 31].map(|tokens| commit(1, &states(tokens, 1)).remove(0));
        assert_eq!(fewer.distance(&all), f32::INFINITY);
    }

    #[test]
    fn what_says_nothing_is_not_read() {
        let text = |scale: f32, values: &[i16]| Commitment { scale, values: values.to_vec() }.encode();
        assert!(Commitment::decode(&text(1.0, &[0, 0, 0, 1])).is_some());
        let zero = text(1.0, &[0; 128]);
        let long = text(1.0, &[1; 132]);
        let scales = [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40].map(|scale| text(scale, &[1; 4]));
        let broken = [zero, long, text(1.0, &[1; 3]), text(1.0, &[]), String::new(), "?".into(), "A".repeat(1 << 20)];
        for text in broken.iter().chain(&scales) {
            assert_eq!(Commitment::decode(text), None, "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn states_of_zero_say_nothing() {
        let zero = commit(1, &[vec![0.0; HIDDEN]]).remove(0);
        assert_eq!(Commitment::decode(&zero.encode()), None);
        assert_eq!(zero.distance(&zero), f32::INFINITY);
    }
}
