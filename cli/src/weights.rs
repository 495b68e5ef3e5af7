mod status;

use crate::address;
use crate::context::{receipt, Context};
use crate::format;
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{BondRow, Metagraph, NetUid, Uid, WeightRow};
use serde_json::json;
use status::Status;

/// See who judged whom on a subnet and what it earned them, or judge by hand.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus weights show 1
  plexus weights bonds 1
  plexus weights set 1 2:65535 3:32768 --wallet alice
  plexus weights status 1 --wallet alice")]
pub enum Verb {
    Show(Show),
    Bonds(Bonds),
    Set(Set),
    Status(Status),
}

/// Show the weights that each validator of a subnet set last.
///
/// The largest weight of a row is always 65,535.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus weights show 1
  plexus weights show 1 --json")]
pub struct Show {
    netuid: NetUid,
}

/// Show the bonds to miners that the weights of each validator have earned it.
///
/// Bonds decide who shares a miner's incentive; each is from 0 to 65,535.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus weights bonds 1
  plexus weights bonds 1 --json")]
pub struct Bonds {
    netuid: NetUid,
}

/// Set your hotkey's weights on a subnet, as a validator does by itself.
///
/// Only the proportions of the weights count. Setting needs a validator permit, which the epoch gives to the hotkeys
/// with the most stake, and is limited in rate; it costs no fee. Where a subnet hides weights (commit_reveal), they cannot
/// be set by hand: run plexus-validator, which commits and reveals them.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus weights set 1 2:65535 3:32768 --wallet alice --hotkey validator")]
pub struct Set {
    netuid: NetUid,
    /// One uid and its weight, 0 to 65535, for each neuron that you judge.
    #[arg(required = true, value_name = "UID:WEIGHT", value_parser = entry)]
    weights: Vec<(Uid, u16)>,
    #[command(flatten)]
    keys: KeyArgs,
}

fn entry(text: &str) -> Result<(Uid, u16), String> {
    let parse = || {
        let (uid, weight) = text.split_once(':')?;
        Some((uid.parse().ok()?, weight.parse().ok()?))
    };
    parse().ok_or_else(|| format!("`{text}` is not UID:WEIGHT with a weight from 0 to 65535, such as 2:65535"))
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Show(args) => show(args.netuid, context).await,
        Verb::Bonds(args) => bonds(args.netuid, context).await,
        Verb::Set(args) => set(args, context).await,
        Verb::Status(args) => status::status(args, context).await,
    }
}

async fn show(netuid: NetUid, context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let (metagraph, rows) = (chain.metagraph(netuid).await?, chain.weights(netuid).await?);
    context.show(&rows, || match rows.is_empty() {
        true => format!("nobody has set weights on subnet {netuid} yet"),
        false => format::table(&["uid", "hotkey", "set", "weights"], 4, rows.iter().map(|row| cells(row, &metagraph))),
    })
}

fn cells(row: &WeightRow, metagraph: &Metagraph) -> Vec<String> {
    let set = format::age(row.set_at, metagraph.block);
    vec![row.uid.to_string(), hotkey(row.uid, metagraph), set, entries(&row.weights)]
}

async fn bonds(netuid: NetUid, context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let (metagraph, rows) = (chain.metagraph(netuid).await?, chain.bonds(netuid).await?);
    let cells = |row: &BondRow| vec![row.uid.to_string(), hotkey(row.uid, &metagraph), entries(&row.bonds)];
    context.show(&rows, || match rows.is_empty() {
        true => format!("nobody holds bonds on subnet {netuid} yet; epochs give them to validators that set weights"),
        false => format::table(&["uid", "hotkey", "bonds"], 3, rows.iter().map(cells)),
    })
}

fn hotkey(uid: Uid, metagraph: &Metagraph) -> String {
    metagraph.neurons.get(usize::from(uid)).map(|neuron| address::short(&neuron.hotkey)).unwrap_or_default()
}

fn entries(row: &[(Uid, u16)]) -> String {
    row.iter().map(|(uid, value)| format!("{uid}:{value}")).collect::<Vec<_>>().join(" ")
}

async fn set(args: Set, context: &Context) -> Result<()> {
    let signer = args.keys.hotkey()?;
    let chain = context.chain().await?;
    let version = chain.metagraph(args.netuid).await?.subnet.hyperparams.weights_version;
    let (uids, values) = args.weights.iter().copied().unzip();
    let call = Call::SetWeights { netuid: args.netuid, uids, values, version };
    let included = chain.submit(&signer, call).await?;
    let facts = json!({ "netuid": args.netuid, "weights": args.weights });
    context.show(&receipt(&included, facts), || {
        format!("weights for {} neurons set on subnet {} (block {})", args.weights.len(), args.netuid, included.block)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_a_uid_and_a_weight() {
        assert_eq!(entry("2:65535"), Ok((2, 65_535)));
        for refused in ["", "2", "2:", ":2", "2:65536", "2:-1", "2:0.5", "a:1", "1:2:3"] {
            assert!(entry(refused).is_err(), "{refused}");
        }
    }
}
