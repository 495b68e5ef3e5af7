use super::{Validator, View};

/// Gives all its weight to the cabal's own miners, in equal parts.
pub struct Cabal {
    pub miners: Vec<usize>,
}

impl Validator for Cabal {
    fn weights(&mut self, view: &View) -> Vec<f64> {
        (0..view.quality.len()).map(|seat| if self.miners.contains(&seat) { 1.0 } else { 0.0 }).collect()
    }
}
