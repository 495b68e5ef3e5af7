use super::{Evaluator, Validator, View};

/// Evaluates, but gives nothing to the one miner that it wants out.
pub struct DownVoter {
    pub evaluator: Evaluator,
    pub victim: usize,
}

impl Validator for DownVoter {
    fn weights(&mut self, view: &View) -> Vec<f64> {
        let mut weights = self.evaluator.weights(view);
        weights[self.victim] = 0.0;
        weights
    }
}
