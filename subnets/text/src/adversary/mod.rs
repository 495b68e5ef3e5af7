//! Miners that cheat, to show on a local network, in tests and in the table of `docs/verification.md` that it does not pay.

mod cheat;
mod copier;
mod forger;
mod two_faced;

pub use cheat::{Cheat, Cheater};
pub use copier::CopySolver;
pub use forger::Forger;
pub use two_faced::TwoFaced;
