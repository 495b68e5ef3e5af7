//! Logs, on standard error: standard output belongs to the ready line and to results.

use std::io::{stderr, IsTerminal};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Starts logging at level `info`, or as `RUST_LOG` says; as one JSON object a line if `json`. The first call counts.
pub fn init(json: bool) {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    // Fails only where a subscriber is set already, which then goes on.
    let _ = if json { logs.json().flatten_event(true).try_init() } else { logs.try_init() };
}
