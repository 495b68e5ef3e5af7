use super::{Validator, View};
use crate::random::Random;

/// Measures every miner each epoch and weighs what it measured.
pub struct Evaluator {
    error: f64,
    random: Random,
}

impl Evaluator {
    /// `error`: the relative standard deviation of one measurement; noisy is who has a large one.
    pub fn new(error: f64, random: Random) -> Self {
        Self { error, random }
    }
}

impl Validator for Evaluator {
    fn weights(&mut self, view: &View) -> Vec<f64> {
        view.quality.iter().map(|quality| quality * self.random.around_one(self.error)).collect()
    }
}
