//! What an operator can set: flags, over environment (`PLEXUS_VALIDATOR_…`), over a file, over defaults.

use anyhow::ensure;
use clap::Parser;
use daemon::keys::KeyArgs;
use primitives::NetUid;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use subnet_catalog::Format;

const EXAMPLE: &str = "Example:
  plexus-validator --netuid 1 --wallet alice --hotkey validator --subnet text --model models/tiny \\
    --data ~/.plexus/validator --app 127.0.0.1:8080";

/// Asks, verifies, scores, sets weights and serves apps.
#[derive(Parser, Debug)]
#[command(name = "plexus-validator", version, after_help = EXAMPLE)]
pub struct Args {
    #[command(flatten)]
    pub keys: KeyArgs,
    /// TOML file with any of these settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(clap::Args, Debug, Serialize)]
struct Flags {
    /// WebSocket address of a node [default: ws://127.0.0.1:9944]
    #[arg(long, value_name = "URL")]
    node: Option<String>,
    /// The subnet's number
    #[arg(long)]
    netuid: Option<u16>,
    /// What the subnet does, by its name in the catalog [default: text]
    #[arg(long, value_name = "NAME")]
    subnet: Option<String>,
    /// Folder of the model that answers are checked with [default: models/tiny]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Run the model on this CUDA device instead of the CPU
    #[arg(long, value_name = "DEVICE")]
    cuda: Option<usize>,
    /// Quantise the weights of a folder when it is loaded: q8_0 or q4_k; only miners that do the same are right
    #[arg(long, value_name = "FORMAT")]
    quantize: Option<Format>,
    /// Have this program draw and score rounds, for the subnet `remote`; see docs/any-language.md
    #[arg(long, value_name = "URL")]
    program: Option<String>,
    /// Folder that keeps the scores, the rounds and what was committed [default: validator-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Serve the OpenAI-compatible API here; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "IP:PORT")]
    app: Option<SocketAddr>,
    /// Serve Prometheus metrics here
    #[arg(long, value_name = "IP:PORT")]
    metrics: Option<SocketAddr>,
    /// Seconds from the start of one round to the next, on average [default: 12]
    #[arg(long, value_name = "N")]
    interval_seconds: Option<u64>,
    /// Miners asked at the same time [default: 256]
    #[arg(long, value_name = "N")]
    at_once: Option<usize>,
    /// Miners judged in a round, each in its turn [default: as many as there is time for]
    #[arg(long, value_name = "N")]
    miners_per_round: Option<usize>,
    /// Rounds kept to be audited; the oldest go first [default: 1000]
    #[arg(long, value_name = "N")]
    keep_rounds: Option<u64>,
    /// MiB that these rounds may take [default: 256]
    #[arg(long, value_name = "MIB")]
    keep_mib: Option<u64>,
    /// Part of the newest round in a miner's average, above 0 and up to 1; after 2/PART genuine answers in a row it counts
    /// [default: 0.1]
    #[arg(long, value_name = "PART")]
    rate: Option<f32>,
    /// App requests open at the same time [default: 32]
    #[arg(long, value_name = "N")]
    app_at_once: Option<usize>,
    /// Seconds for an app request, all attempts together [default: 60]
    #[arg(long, value_name = "N")]
    app_seconds: Option<u64>,
    /// Log in JSON
    #[arg(long, num_args = 0, default_missing_value = "true")]
    json_logs: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub node: String,
    pub netuid: NetUid,
    pub subnet: String,
    pub model: PathBuf,
    pub cuda: Option<usize>,
    pub quantize: Option<Format>,
    pub program: Option<String>,
    pub data: PathBuf,
    pub app: SocketAddr,
    pub metrics: Option<SocketAddr>,
    pub interval_seconds: u64,
    pub at_once: usize,
    pub miners_per_round: Option<usize>,
    pub keep_rounds: u64,
    pub keep_mib: u64,
    pub rate: f32,
    pub app_at_once: usize,
    pub app_seconds: u64,
    pub json_logs: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node: "ws://127.0.0.1:9944".into(),
            netuid: NetUid(0),
            subnet: "text".into(),
            model: "models/tiny".into(),
            cuda: None,
            quantize: None,
            program: None,
            data: "validator-data".into(),
            app: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics: None,
            interval_seconds: 12,
            at_once: 256,
            miners_per_round: None,
            keep_rounds: 1_000,
            keep_mib: 256,
            rate: 0.1,
            app_at_once: 32,
            app_seconds: 60,
            json_logs: false,
        }
    }
}

impl Args {
    pub fn config(&self) -> anyhow::Result<Config> {
        let config: Config = daemon::config::load(self.config.as_deref(), "PLEXUS_VALIDATOR_", &self.flags)?;
        config.check()?;
        Ok(config)
    }
}

impl Config {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.netuid != NetUid(0), "say which subnet to judge: --netuid N; `plexus subnet list` shows them");
        ensure!(self.rate > 0.0 && self.rate <= 1.0, "--rate must lie above 0 and not above 1");
        let counts = [self.interval_seconds, self.app_seconds, self.at_once as u64, self.app_at_once as u64];
        ensure!(
            counts.iter().all(|count| *count > 0) && self.miners_per_round != Some(0),
            "--interval-seconds, --app-seconds, --at-once, --app-at-once and --miners-per-round must be at least 1"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> anyhow::Result<Config> {
        Args::try_parse_from([&["plexus-validator"], flags].concat())?.config()
    }

    #[test]
    fn only_the_subnet_must_be_named() {
        let config = config(&["--netuid", "3"]).unwrap();
        assert_eq!((config.netuid, config.app.port(), config.interval_seconds), (NetUid(3), 8080, 12));
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        for flags in [
            vec![],
            vec!["--netuid", "0"],
            vec!["--netuid", "1", "--rate", "0"],
            vec!["--netuid", "1", "--rate", "1.5"],
            vec!["--netuid", "1", "--rate", "NaN"],
            vec!["--netuid", "1", "--interval-seconds", "0"],
            vec!["--netuid", "1", "--app-at-once", "0"],
            vec!["--netuid", "1", "--miners-per-round", "0"],
        ] {
            assert!(config(&flags).is_err(), "{flags:?}");
        }
    }
}
