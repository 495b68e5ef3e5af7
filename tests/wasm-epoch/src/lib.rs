//! An epoch of the consensus inside wasm: a guest that is built as the chain's runtime is, and a host that runs it as
//! the node does.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(not(feature = "std"))]
mod guest;
#[cfg(feature = "std")]
mod host;

#[cfg(feature = "std")]
pub use host::Host;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
