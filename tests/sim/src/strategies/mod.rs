//! Who sits on the seats: how validators weigh and how good miners are.

mod cabal;
mod copier;
mod down_voter;
mod evaluator;
mod judge;
mod lazy;
mod miners;
mod mover;
mod self_voter;

pub use cabal::Cabal;
pub use copier::Copier;
pub use down_voter::DownVoter;
pub use evaluator::Evaluator;
pub use judge::{Crew, Judge, Worker};
pub use lazy::Lazy;
pub use miners::{sybil, Newcomer, Redrawn, Steady};
pub use mover::Mover;
pub use self_voter::SelfVoter;

/// What a validator can look at when it sets its weights. Lists have one element per seat.
pub struct View<'a> {
    pub epoch: usize,
    pub uid: usize,
    /// What each seat's work is worth now; only who does the work of evaluating may look.
    pub quality: &'a [f64],
    /// The consensus over the newest weights that are public; zeros as long as none are.
    pub consensus: &'a [u16],
}

pub trait Validator {
    /// One weight per seat, on any scale; all zero sets no weights.
    fn weights(&mut self, view: &View) -> Vec<f64>;

    /// Moves only once the weights that count in this epoch are public, so that it can see them.
    fn waits(&self) -> bool {
        false
    }
}

pub trait Miner {
    /// What its work is worth in this epoch, at least 0.
    fn quality(&mut self, epoch: usize) -> f64;
}
