use super::{Validator, View};

/// Gives all its weight to one seat, and from an epoch on to another.
pub struct Mover {
    pub before: usize,
    pub after: usize,
    pub moves_at: usize,
}

impl Validator for Mover {
    fn weights(&mut self, view: &View) -> Vec<f64> {
        let favourite = if view.epoch < self.moves_at { self.before } else { self.after };
        (0..view.quality.len()).map(|seat| if seat == favourite { 1.0 } else { 0.0 }).collect()
    }
}
