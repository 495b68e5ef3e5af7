use crate::context::Context;
use crate::format::{age, printable};
use crate::{address, format};
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::NetUid;
use serde_json::json;

/// Publish small data about your seat, such as the hash of your model, or read what others publish.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus commitment publish 1 \"model 0x5f2c\" --wallet alice
  plexus commitment show 1")]
pub enum Verb {
    Publish(Publish),
    Show(Show),
}

/// Replace what your seat says about itself, at most 512 bytes. Your hotkey signs; it is free.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus commitment publish 1 \"model 0x5f2c\" --wallet alice
  plexus commitment publish 1 \"\" --suri //Bob//hotkey")]
pub struct Publish {
    netuid: NetUid,
    /// Any text; an empty one takes the commitment back.
    text: String,
    #[command(flatten)]
    keys: KeyArgs,
}

/// List what the seats of a subnet say about themselves.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus commitment show 1
  plexus commitment show 1 --json")]
pub struct Show {
    netuid: NetUid,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Publish(args) => publish(args, context).await,
        Verb::Show(args) => show(args, context).await,
    }
}

async fn publish(args: Publish, context: &Context) -> Result<()> {
    let Publish { netuid, text, keys } = args;
    let signer = keys.hotkey()?;
    let chain = context.chain().await?;
    let facts = json!({ "netuid": netuid, "bytes": text.len() });
    let done = format!("{} bytes published on subnet {netuid}", text.len());
    context.submit(&chain, &signer, Call::PublishCommitment { netuid, data: text.into_bytes() }, &done, facts).await
}

async fn show(args: Show, context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let (commitments, block) = (chain.commitments(args.netuid).await?, chain.best_block().await?);
    let rows = commitments.iter().map(|commitment| {
        let text = printable(&String::from_utf8_lossy(&commitment.data)).replace('\n', " ");
        vec![commitment.uid.to_string(), address::short(&commitment.hotkey), age(commitment.block, block), text]
    });
    context.show(&commitments, || match commitments.is_empty() {
        true => format!("no seat of subnet {} says anything about itself", args.netuid),
        false => format::table(&["uid", "hotkey", "published", "what"], 4, rows),
    })
}
