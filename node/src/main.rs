//! The Plexus node: it keeps the chain, authors and finalises blocks, and answers JSON-RPC.
//!
//! The runtime is not part of this binary. It comes out of the chain spec and runs as wasm, so that a change of the
//! runtime neither rebuilds nor replaces the node.

#![allow(clippy::result_large_err, reason = "the SDK's callbacks return its own large errors, and only at start")]

mod chain_spec;
mod cli;
mod command;
mod consensus;
mod ready;
mod rpc;
mod runtime_api;
mod service;

use std::process::ExitCode;

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}
