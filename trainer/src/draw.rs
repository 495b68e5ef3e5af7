//! Chance that depends on a seed alone.

use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws. Streams of one seed have nothing in common.
pub struct Draw(ChaCha8Rng);

impl Draw {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number from 0 to `bound - 1`; `bound` is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    /// One of `items`, of which there is at least one.
    pub fn one<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// True in a share `probability` of all draws.
    pub fn chance(&mut self, probability: f64) -> bool {
        f64::from(self.0.next_u32()) < probability * 4_294_967_296.0
    }

    /// The place of one of `weights`, drawn in their ratio.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = f64::from(self.0.next_u32()) / 4_294_967_296.0 * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return place;
            }
        }
        weights.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_drawn_in_their_ratio_and_never_at_zero() {
        let mut draw = Draw::new(1, 1);
        let mut counts = [0; 3];
        (0..4000).for_each(|_| counts[draw.weighted(&[1.0, 0.0, 3.0])] += 1);
        assert!((900..1100).contains(&counts[0]) && counts[1] == 0, "{counts:?}");
    }

    #[test]
    fn a_seed_and_a_stream_fix_every_draw() {
        let draws = |seed, stream| {
            let mut draw = Draw::new(seed, stream);
            (0..9).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draws(1, 2), draws(1, 2));
        assert!(draws(1, 2) != draws(1, 3) && draws(1, 2) != draws(2, 2));
    }
}
