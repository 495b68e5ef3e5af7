//! Chance that is the same on every machine.

use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers; streams of one seed are independent of each other.
pub struct Random(ChaCha8Rng);

impl Random {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        let step = 1.0 / (1u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * step
    }

    /// Normal with mean 1 and the given deviation, but never below 0.
    pub fn around_one(&mut self, deviation: f64) -> f64 {
        // Box and Muller's transform; 1 - u lies in (0, 1], so the logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let angle = 2.0 * core::f64::consts::PI * self.uniform();
        (1.0 + deviation * radius * libm::cos(angle)).max(0.0)
    }
}
