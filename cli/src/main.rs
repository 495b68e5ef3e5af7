//! `plexus`, the command line of the network.

mod address;
mod amount;
mod app;
mod balance;
mod chat;
mod cli;
mod context;
mod format;
mod localnet;
mod metagraph;
mod neurons;
mod register;
mod screen;
mod sse;
mod stake;
mod subnet;
mod transfer;
mod wallet;
mod weights;
mod yuma;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.json;
    // The verb runs on the main thread: the kernel ends a leashed process when the thread that started it ends.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(cli.run())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) if json => fail(&serde_json::json!({ "error": format!("{error:#}") }).to_string()),
        Err(error) => fail(&format!("error: {error:#}")),
    }
}

/// Whether standard output is a pipe whose reader has seen enough, such as `head`.
fn reader_left(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
