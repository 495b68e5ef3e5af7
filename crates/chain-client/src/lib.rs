//! All that a process asks of the chain: whole snapshots, balances, new blocks, and calls that are seen through.
//!
//! Built on `substrate-api-client`: its configuration, metadata and extrinsic types. Only its transport is replaced by
//! the jsonrpsee client underneath, because the futures of its `Api` are not `Send`: they could be awaited neither in a
//! spawned task nor in an HTTP handler.
//!
//! This crate knows no subnet, no miner and no model; it prints nothing and reads no files.

mod advice;
mod calls;
mod chain;
mod config;
mod connection;
mod error;
mod events;
mod extrinsic;
mod follow;
mod identity;
mod pursue;
mod queries;
mod refusal;
mod runtime;
mod submit;
pub mod view;

pub use calls::Call;
pub use chain::Chain;
pub use error::ChainError;
pub use events::Failure;
pub use extrinsic::Extrinsic;
pub use pursue::Place;
pub use refusal::Refusal;
pub use submit::Included;
