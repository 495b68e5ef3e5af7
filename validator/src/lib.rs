//! Asks, verifies, scores, sets weights and serves apps.
//!
//! A [`round`] asks every serving miner and moves its average in [`scores`]; [`publish`] turns the averages into weights
//! when they are due; [`relay`] hands an [`app`]'s question to the best miners. All of them read the same [`view`] of the
//! chain, which outlives the node's absence. What a challenge means is the subnet's business.

pub mod app;
pub mod ask;
pub mod config;
pub mod metrics;
pub mod publish;
pub mod relay;
pub mod round;
pub mod scores;
#[cfg(test)]
mod testing;
pub mod validator;
