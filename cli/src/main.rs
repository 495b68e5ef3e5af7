//! `plexus`, the command line of the network.

mod address;
mod amount;
mod app;
mod audit;
mod authority;
mod balance;
mod chat;
mod child;
mod cli;
mod columns;
mod commitment;
mod context;
mod format;
mod fraction;
mod gov;
mod hotkey;
mod identity;
mod localnet;
mod metagraph;
mod model;
mod neurons;
mod prometheus;
mod register;
mod root;
mod screen;
mod solver;
mod sse;
mod stake;
mod subnet;
mod swap;
#[cfg(test)]
mod testing;
mod transfer;
mod validator;
mod wallet;
mod weights;
mod work;
mod yuma;

use clap::Parser;
use std::process::ExitCode;

/// How clap itself ends when it cannot read the command line.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match cli::Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) if error.use_stderr() && std::env::args().any(|word| word == "--json") => {
            fail(&json_error(error.render().to_string().trim()));
            ExitCode::from(USAGE)
        }
        Err(error) => error.exit(),
    }
}

/// Runs the verb on the main thread: the kernel ends a leashed process when the thread that started it ends.
fn run(cli: cli::Cli) -> ExitCode {
    let json = cli.json;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(cli.run())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) if json => fail(&json_error(&format!("{error:#}"))),
        Err(error) => fail(&format!("error: {error:#}")),
    }
}

/// Whether standard output is a pipe whose reader has seen enough, such as `head`.
fn reader_left(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn json_error(message: &str) -> String {
    serde_json::json!({ "error": message }).to_string()
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
