//! What every process needs: config, keys, wallets, tracing, metrics, ready line, shutdown.
//!
//! Knows no chain and no subnet; decides nothing for the process that uses it.

pub mod config;
pub mod keys;
pub mod metrics;
pub mod password;
pub mod ready;
pub mod shutdown;
pub mod tracing;
pub mod wallet;
