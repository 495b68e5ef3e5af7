//! The signed wire between app, validator and miner.
//!
//! A request is plain HTTP whose headers carry an [`Envelope`]: who asks whom, a nonce, when it was issued, when it
//! expires and the hash of the body, signed by the sender's hotkey. The answer, a refusal included, is signed by the
//! receiver over the request and the answer, so nobody in between can change either unseen.
//!
//! - [`Gate`] wraps an axum router and lets through only what is signed, fresh, new, admitted and within [`Limits`].
//! - [`serve`] serves a router over connections that cannot be held open for nothing.
//! - [`Client`] makes calls that end by their deadline, and tells apart the ways in which they fail.
//!
//! This crate knows neither subnets nor the chain: who may ask is an [`Admission`].

mod body;
mod client;
mod clock;
mod envelope;
mod error;
mod gate;
mod limits;
mod places;
mod receipt;
mod replay;
mod routes;
mod senders;
mod serve;

pub use client::{Client, Signed};
pub use envelope::{Envelope, Nonce};
pub use error::{CallError, Code, Refusal};
pub use gate::{Admission, Gate, Sender};
pub use limits::Limits;
pub use receipt::Receipt;
pub use routes::solve_path;
pub use serve::{serve, serve_with_grace};

/// The version of this protocol, which an axon announces.
pub const VERSION: u32 = 1;
