//! `plexus-miner serve`: a model for apps, through OpenAI's API, without a chain.

mod guard;

use crate::model::ModelArgs;
use anyhow::{ensure, Context};
use axum::middleware::from_fn_with_state;
use inference::{Engine, Limits};
use openai::{Options, Server};
use serde::Serialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tracing::info;

const EXAMPLE: &str = "Example:
  plexus-miner serve models/tiny --listen 127.0.0.1:8000
  curl http://127.0.0.1:8000/v1/completions -H 'content-type: application/json' \\
    -d '{\"model\": \"tiny\", \"prompt\": \"Speak\", \"max_tokens\": 20}'";

#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub struct ServeArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// File with the keys that apps may send, one a line; needed to listen beyond this machine
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Answers written at the same time
    #[arg(long, value_name = "N", default_value_t = Limits::default().running)]
    at_once: usize,
    /// Answers that wait for their turn; further ones are refused
    #[arg(long, value_name = "N", default_value_t = Limits::default().waiting)]
    waiting: usize,
    /// Seconds after which an answer is cut off
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    patience: u64,
    /// Log in JSON
    #[arg(long)]
    json_logs: bool,
}

/// The one line on standard output by which others know that the model is served.
#[derive(Debug, Serialize)]
struct Ready {
    role: &'static str,
    url: String,
    model: String,
}

pub async fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    daemon::tracing::init(args.json_logs);
    let keys = args.keys()?;
    let stop = daemon::shutdown::signal();
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!("cannot listen on {}: another process may, so choose another --listen", args.listen)
    })?;
    let model = tokio::task::block_in_place(|| args.model.load())?;
    let limits = Limits { waiting: args.waiting, ..args.model.limits(args.at_once.max(1)) };
    let engine = Arc::new(Engine::start(model.clone(), limits));
    let registry = daemon::metrics::registry("miner")?;
    let guard = from_fn_with_state(keys.is_empty(), guard::guard);
    let options = Options { keys, patience: Duration::from_secs(args.patience) };
    let router = Server::new(engine, options, &registry)?.router(registry).layer(guard);
    let url = format!("http://{}", listener.local_addr()?);
    info!(%url, model = model.name(), "serving");
    daemon::ready::announce(&Ready { role: "openai", url, model: model.name().into() })?;
    protocol::serve(listener, router, stop.cancelled_owned()).await;
    Ok(())
}

impl ServeArgs {
    fn keys(&self) -> anyhow::Result<Vec<String>> {
        let keys = self.api_key_file.as_deref().map(keys).transpose()?.unwrap_or_default();
        ensure!(
            self.listen.ip().is_loopback() || !keys.is_empty(),
            "{} can be reached from elsewhere, so apps must show a key: name a file of keys with --api-key-file, or \
             listen on 127.0.0.1",
            self.listen
        );
        Ok(keys)
    }
}

/// The lines of the file that are neither empty nor comments.
fn keys(file: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the keys in {}", file.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Vec<String> = lines.map(str::to_owned).collect();
    ensure!(!keys.is_empty(), "{} holds no key: write one on a line of its own", file.display());
    Ok(keys)
}
