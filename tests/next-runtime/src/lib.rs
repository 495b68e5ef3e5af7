//! The runtime that a rehearsed upgrade puts in place of the shipped one: a higher version, and a migration of its state
//! (see `migrations.rs` of the runtime). Outside wasm, this crate is the code as bytes.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(target_arch = "wasm32")]
pub use plexus_runtime::*;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
