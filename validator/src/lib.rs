//! Asks, verifies, scores, sets weights and serves apps.
//!
//! A [`round`] asks the miners whose turn it is and moves their averages in [`scores`], where [`history`] keeps the round
//! itself; [`publish`] turns the averages into weights when they are due; [`relay`] hands an [`app`]'s question to the best
//! miners; [`status`] tells how all that is going. All of them read the same [view](chain_client::view) of the chain,
//! which outlives the node's absence. What a challenge means is the subnet's business.

pub mod app;
pub mod ask;
pub mod beacon;
pub mod board;
pub mod config;
pub mod history;
pub mod metrics;
pub mod pool;
pub mod publish;
pub mod relay;
pub mod round;
pub mod scores;
pub mod status;
pub mod store;
#[cfg(test)]
mod testing;
pub mod validator;
