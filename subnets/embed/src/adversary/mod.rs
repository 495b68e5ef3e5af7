//! Miners that cheat, to show in tests and in the tables of `docs/embed.md` that it does not pay.

mod cheat;
mod coarse;

pub use cheat::{Cheat, Cheater};
pub use coarse::{coarsen, Coarse};
