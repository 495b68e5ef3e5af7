use super::{Validator, View};

/// Evaluates nothing: sends the consensus of the weights that are public.
pub struct Copier;

impl Validator for Copier {
    fn weights(&mut self, view: &View) -> Vec<f64> {
        view.consensus.iter().copied().map(f64::from).collect()
    }

    fn waits(&self) -> bool {
        true
    }
}
