//! `plexus-validator`: configuration, keys, address, ready line; then it works until it is asked to stop.

use clap::Parser;
use validator::config::Args;
use validator::validator::Validator;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let config = args.config()?;
    daemon::tracing::init(config.json_logs);
    let stop = daemon::shutdown::signal();
    let validator = Validator::bind(config, args.keys.hotkey()?, args.keys.known_coldkey()).await?;
    let Some(working) = stop.run_until_cancelled(validator.start(stop.clone())).await else { return Ok(()) };
    let working = working?;
    daemon::ready::announce(&working.ready)?;
    working.wait().await
}
