//! `plexus-miner`: configuration, keys, address, ready line; then it serves until it is asked to stop. Its verbs work
//! with a model without a chain.

use clap::Parser;
use miner::config::{Args, Verb};
use miner::miner::Miner;
use miner::model;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    inference::use_threads(args.threads()?);
    run(args)
}

#[tokio::main]
async fn run(args: Args) -> anyhow::Result<()> {
    match &args.verb {
        Some(Verb::Check(check)) => model::check(check).await,
        Some(Verb::Bench(bench)) => model::bench(bench).await,
        Some(Verb::Quantize(quantize)) => model::quantize(quantize),
        Some(Verb::Unpack(unpack)) => model::unpack(unpack),
        Some(Verb::Serve(serve)) => miner::serve::serve(serve).await,
        None => mine(args).await,
    }
}

async fn mine(args: Args) -> anyhow::Result<()> {
    let config = args.config()?;
    daemon::tracing::init(config.json_logs);
    let stop = daemon::shutdown::signal();
    let miner = Miner::bind(config, args.keys.hotkey()?, args.keys.known_coldkey()).await?;
    let Some(serving) = stop.run_until_cancelled(miner.start(stop.clone())).await else { return Ok(()) };
    let serving = serving?;
    daemon::ready::announce(&serving.ready)?;
    serving.wait().await
}
