//! What an operator can set: flags, over environment (`PLEXUS_MINER_…`), over a file, over defaults.

mod lists;

use crate::admission::Rules;
use crate::bytes::Bytes;
use crate::model;
use crate::serve;
use anyhow::{ensure, Context};
use clap::Parser;
use daemon::keys::KeyArgs;
use inference::Format;
use lists::{blacklist, list};
use primitives::{AccountId, Axon, NetUid, TOKEN};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

const EXAMPLE: &str = "Example:
  plexus-miner --netuid 1 --wallet alice --hotkey miner --subnet text --model models/tiny \\
    --listen 0.0.0.0:8091 --external 203.0.113.7:8091";

/// Serves a subnet's challenges with a model and earns.
#[derive(Parser, Debug)]
#[command(name = "plexus-miner", version, after_help = EXAMPLE, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Without one, the miner serves
    #[command(subcommand)]
    pub verb: Option<Verb>,
    #[command(flatten)]
    pub keys: KeyArgs,
    /// TOML file with any of these settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

/// What needs no chain and no keys.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Say whether a model runs here, what it takes and how fast it is
    Check(model::CheckArgs),
    /// Measure a model: prefill, one stream, many streams
    Bench(model::BenchArgs),
    /// Serve a model to apps through OpenAI's API, without a chain
    Serve(serve::ServeArgs),
    /// Write a model folder as one smaller and faster GGUF file
    Quantize(model::QuantizeArgs),
    /// Write a GGUF file as a model folder, of which other formats can be made
    Unpack(model::UnpackArgs),
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
    /// Folder of the model, or GGUF file [default: models/tiny]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Run the model on this CUDA device instead of the CPU
    #[arg(long, value_name = "DEVICE")]
    cuda: Option<usize>,
    /// Quantise the weights of a folder when it is loaded: q8_0 or q4_k; validators that ask for this do the same
    #[arg(long, value_name = "FORMAT")]
    quantize: Option<Format>,
    /// Memory for the keys and values of all answers, such as 2GiB [default: half of what is free]
    #[arg(long, value_name = "SIZE")]
    kv_memory: Option<Bytes>,
    /// Threads to compute on; share out the cores between the processes of a machine [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8091]
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Address that validators reach this miner at, where it differs from --listen
    #[arg(long, value_name = "IP:PORT")]
    external: Option<SocketAddr>,
    /// Serve Prometheus metrics here
    #[arg(long, value_name = "IP:PORT")]
    metrics: Option<SocketAddr>,
    /// Forward to this miner and change its answers slightly: an adversary for local networks
    #[arg(long, value_name = "HOTKEY")]
    copy_from: Option<AccountId>,
    /// Say that answers are from the model in this folder: an adversary for local networks
    #[arg(long, value_name = "DIR")]
    claim_model: Option<PathBuf>,
    /// Have this OpenAI-compatible engine (vLLM, SGLang, llama.cpp) run the model; several may be named, with commas
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    backend: Vec<String>,
    /// Have this program answer, for the subnet `remote`; see docs/any-language.md
    #[arg(long, value_name = "URL")]
    program: Option<String>,
    /// Answer no request of these hotkeys; several may be named, with commas
    #[arg(long, value_name = "HOTKEY", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refuse: Vec<AccountId>,
    /// Answer no request of the hotkeys in this file, one on each line; what follows a # is not read
    #[arg(long, value_name = "FILE")]
    blacklist: Option<PathBuf>,
    /// Answer only hotkeys with as much stake on the subnet [default: 0]
    #[arg(long, value_name = "TOKENS")]
    min_stake: Option<u64>,
    /// Requests that wait for their turn; further ones are refused [default: 128]
    #[arg(long, value_name = "N")]
    queue: Option<usize>,
    /// Time that begun answers get when the miner is asked to stop [default: 30]
    #[arg(long, value_name = "SECONDS")]
    grace: Option<u64>,
    /// Requests answered at the same time [default: 32]
    #[arg(long, value_name = "N")]
    at_once: Option<usize>,
    /// Requests that one validator may send in a second [default: 20]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
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
    pub kv_memory: Option<Bytes>,
    pub threads: Option<usize>,
    pub listen: SocketAddr,
    pub external: Option<SocketAddr>,
    pub metrics: Option<SocketAddr>,
    pub copy_from: Option<AccountId>,
    pub claim_model: Option<PathBuf>,
    #[serde(deserialize_with = "list")]
    pub backend: Vec<String>,
    pub program: Option<String>,
    #[serde(deserialize_with = "list")]
    pub refuse: Vec<AccountId>,
    pub blacklist: Option<PathBuf>,
    pub min_stake: u64,
    pub queue: usize,
    pub grace: u64,
    pub at_once: usize,
    pub rate: u32,
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
            kv_memory: None,
            threads: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8091)),
            external: None,
            metrics: None,
            copy_from: None,
            claim_model: None,
            backend: Vec::new(),
            program: None,
            refuse: Vec::new(),
            blacklist: None,
            min_stake: 0,
            queue: 128,
            grace: 30,
            at_once: 32,
            rate: 20,
            json_logs: false,
        }
    }
}

impl Args {
    /// Threads that models compute on, if somebody says how many.
    pub fn threads(&self) -> anyhow::Result<Option<usize>> {
        Ok(match &self.verb {
            Some(Verb::Check(check)) => check.model.threads(),
            Some(Verb::Bench(bench)) => bench.model.threads(),
            Some(Verb::Serve(serve)) => serve.model.threads(),
            Some(Verb::Quantize(_) | Verb::Unpack(_)) => None,
            None => self.config()?.threads,
        })
    }

    pub fn config(&self) -> anyhow::Result<Config> {
        let config: Config = daemon::config::load(self.config.as_deref(), "PLEXUS_MINER_", &self.flags)?;
        config.check()?;
        Ok(config)
    }
}

impl Config {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.threads != Some(0), "--threads must be at least 1");
        ensure!(self.netuid != NetUid(0), "say which subnet to serve: --netuid N; `plexus subnet list` shows them");
        ensure!(self.at_once > 0 && self.rate > 0, "--at-once and --rate must be at least 1");
        Ok(())
    }

    /// Whom the operator does not serve; reads the blacklist.
    pub fn rules(&self) -> anyhow::Result<Rules> {
        let mut refused: BTreeSet<_> = self.refuse.iter().cloned().collect();
        if let Some(file) = &self.blacklist {
            refused.extend(blacklist(file)?);
        }
        let min_stake = self.min_stake.checked_mul(TOKEN).context("--min-stake is more than there can be")?;
        Ok(Rules { refused, min_stake })
    }

    /// The axon to announce for a miner that listens on `bound`.
    pub fn axon(&self, bound: SocketAddr) -> anyhow::Result<Axon> {
        let axon = Axon::new(self.external.unwrap_or(bound), protocol::VERSION);
        ensure!(
            axon.validate().is_ok(),
            "nobody can reach this miner at {axon}: name the address that validators see with --external IP:PORT"
        );
        Ok(axon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(flags: &[&str]) -> anyhow::Result<Config> {
        Args::try_parse_from([&["plexus-miner"], flags].concat())?.config()
    }

    #[test]
    fn only_the_subnet_must_be_named() {
        let config = config(&["--netuid", "3"]).unwrap();
        assert_eq!((config.netuid, config.listen.port(), config.json_logs), (NetUid(3), 8091, false));
    }

    #[test]
    fn a_missing_subnet_is_asked_for() {
        assert!(config(&[]).unwrap_err().to_string().contains("--netuid"));
    }

    #[test]
    fn a_file_is_overruled_by_flags_and_its_typos_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("miner.toml");
        std::fs::write(&file, "netuid = 2\nrate = 5").unwrap();
        let path = file.to_str().unwrap();
        let config_of = |extra: &[&str]| config(&[&["--config", path], extra].concat());
        assert_eq!(config_of(&["--netuid", "4", "--json-logs"]).unwrap().rate, 5);
        assert_eq!(config_of(&["--netuid", "4"]).unwrap().netuid, NetUid(4));
        std::fs::write(&file, "netuid = 2\nraet = 5").unwrap();
        assert!(config_of(&[]).unwrap_err().to_string().contains("raet"));
    }

    #[test]
    fn several_engines_are_named_one_by_one_or_with_commas() {
        let named = ["--netuid", "1", "--backend", "http://a:1,http://b:2", "--backend", "http://c:3"];
        assert_eq!(config(&named).unwrap().backend, ["http://a:1", "http://b:2", "http://c:3"]);
        for listed in [r#""http://a:1, http://b:2""#, r#"["http://a:1", "http://b:2"]"#] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("miner.toml");
            std::fs::write(&file, format!("netuid = 1\nbackend = {listed}")).unwrap();
            let config = config(&["--config", file.to_str().unwrap()]).unwrap();
            assert_eq!(config.backend, ["http://a:1", "http://b:2"]);
        }
    }

    #[test]
    fn hotkeys_are_refused_by_flag_and_by_file() {
        let [one, other] = [1, 2].map(fixtures::account);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("blacklist");
        std::fs::write(&file, format!("# these never pay\n\n{other}  # asks all night\n")).unwrap();
        let (path, name) = (file.to_str().unwrap(), one.to_string());
        let flags = ["--netuid", "1", "--blacklist", path, "--refuse", &name, "--min-stake", "5"];
        let rules = Rules { refused: [one, other].into(), min_stake: 5 * TOKEN };
        assert_eq!(config(&flags).unwrap().rules().unwrap(), rules);
        std::fs::write(&file, "5Nobody").unwrap();
        let error = config(&flags).unwrap().rules().unwrap_err().to_string();
        assert!(error.starts_with("line 1 of") && error.contains("blacklist"), "{error}");
    }

    #[test]
    fn an_address_that_nobody_can_dial_is_not_announced() {
        let bound = "0.0.0.0:8091".parse().unwrap();
        let error = config(&["--netuid", "1"]).unwrap().axon(bound).unwrap_err().to_string();
        assert!(error.contains("--external"), "{error}");
        let external = config(&["--netuid", "1", "--external", "203.0.113.7:80"]).unwrap();
        assert_eq!(external.axon(bound).unwrap().to_string(), "203.0.113.7:80");
    }
}
