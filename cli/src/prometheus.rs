use crate::context::Context;
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{Axon, NetUid};
use serde_json::json;
use std::net::SocketAddr;

/// What a Prometheus endpoint speaks: its text format, which has had no other version.
const VERSION: u32 = 1;

/// Announce where your hotkey shows its Prometheus metrics, for whoever watches the network.
///
/// The address stands beside the hotkey in `plexus metagraph --json`. Miner and validator serve metrics with --metrics.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus prometheus 1 203.0.113.7:9616 --wallet alice --hotkey miner")]
pub struct Args {
    netuid: NetUid,
    /// IP and port that others reach the metrics at.
    #[arg(value_name = "IP:PORT")]
    endpoint: SocketAddr,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let Args { netuid, endpoint, keys } = args;
    let signer = keys.hotkey()?;
    let chain = context.chain().await?;
    let call = Call::ServePrometheus { netuid, endpoint: Axon::new(endpoint, VERSION) };
    let facts = json!({ "netuid": netuid, "endpoint": endpoint });
    context.submit(&chain, &signer, call, &format!("metrics announced at {endpoint}"), facts).await
}
