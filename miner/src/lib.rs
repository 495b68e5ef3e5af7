//! Serves a subnet's challenges with a model and earns.
//!
//! A miner asks the chain who may ask and tells it where it serves; both go on while the node is away. What a challenge
//! means is the business of the subnet's solver, which the catalog hands out. `model` looks at a model without any of that.

pub mod admission;
pub mod announce;
pub mod bytes;
pub mod config;
pub mod metrics;
pub mod miner;
pub mod model;
pub mod queue;
pub mod serve;
pub mod server;
#[cfg(test)]
mod testing;
