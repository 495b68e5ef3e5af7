//! `plexus-miner`: configuration, keys, address, ready line; then it serves until it is asked to stop.

use clap::Parser;
use miner::config::Args;
use miner::miner::Miner;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let config = args.config()?;
    daemon::tracing::init(config.json_logs);
    let stop = daemon::shutdown::signal();
    let miner = Miner::bind(config, args.keys.hotkey()?, args.keys.known_coldkey()).await?;
    let Some(serving) = stop.run_until_cancelled(miner.start(stop.clone())).await else { return Ok(()) };
    let serving = serving?;
    daemon::ready::announce(&serving.ready)?;
    serving.wait().await
}
