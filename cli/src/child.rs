use crate::context::Context;
use crate::format::{self, share};
use crate::hotkey::HotkeyArgs;
use crate::{address, fraction};
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AccountId, Loan, NetUid};
use serde_json::json;

/// Lend the stake weight of your hotkey to child keys in a subnet, or see who lends to whom.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus child set 1 //Charlie//hotkey=50% --wallet alice
  plexus child show 1 //Bob//hotkey")]
pub enum Verb {
    Set(Set),
    Take(Take),
    Show(Show),
    Sweep(Sweep),
}

/// Replace the children of your hotkey in a subnet; without any, take all stake back.
///
/// The tokens stay where they are: a child only weighs more, and passes your part of its dividends on.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus child set 1 //Charlie//hotkey=50% --wallet alice
  plexus child set 1 --wallet alice")]
pub struct Set {
    netuid: NetUid,
    /// Up to five children, each with its part of your stake in percent.
    #[arg(value_name = "ADDRESS=PERCENT", value_parser = loan)]
    children: Vec<Loan>,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// Set what you keep of the dividends that your hotkey earns for its parents.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus child take 1 9% --wallet alice")]
pub struct Take {
    netuid: NetUid,
    /// At most 18 %.
    #[arg(value_name = "PERCENT", value_parser = fraction::proportion)]
    take: u16,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// Show what a hotkey lends and borrows in a subnet.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus child show 1 //Bob//hotkey
  plexus child show 1 --wallet alice --json")]
pub struct Show {
    netuid: NetUid,
    /// The hotkey; without it, the hotkey of the keys given.
    #[arg(value_parser = address::parse)]
    hotkey: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// End the loans of those in a subnet that nobody lends to and that have no stake to lend, and free unused places.
///
/// A place is kept until its hotkey may change its children and take again, unless all places of the subnet are taken.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus child sweep 1 --wallet alice")]
pub struct Sweep {
    netuid: NetUid,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Set(args) => set(args, context).await,
        Verb::Take(args) => take(args, context).await,
        Verb::Show(args) => show(args, context).await,
        Verb::Sweep(args) => sweep(args, context).await,
    }
}

/// Reads `ADDRESS=PERCENT`.
fn loan(text: &str) -> Result<Loan, String> {
    let (child, part) = text.split_once('=').ok_or_else(|| format!("`{text}` is not ADDRESS=PERCENT"))?;
    Ok(Loan { hotkey: address::parse(child)?, proportion: fraction::of_u64(part)? })
}

async fn set(args: Set, context: &Context) -> Result<()> {
    let Set { netuid, children, hotkey: named } = args;
    let (hotkey, signer) = (named.account()?, named.coldkey()?);
    let chain = context.chain().await?;
    let done = match children.len() {
        0 => format!("{hotkey} lends nothing in subnet {netuid} any more"),
        some => format!("{hotkey} lends to {some} child keys in subnet {netuid}"),
    };
    let facts = json!({ "netuid": netuid, "hotkey": hotkey, "children": children });
    context.submit(&chain, &signer, Call::SetChildren { netuid, hotkey, children }, &done, facts).await
}

async fn take(args: Take, context: &Context) -> Result<()> {
    let Take { netuid, take, hotkey: named } = args;
    let (hotkey, signer) = (named.account()?, named.coldkey()?);
    let chain = context.chain().await?;
    let done = format!("{hotkey} keeps {} of what it earns for its parents in subnet {netuid}", share(take));
    let facts = json!({ "netuid": netuid, "hotkey": hotkey, "take": take });
    context.submit(&chain, &signer, Call::SetChildTake { netuid, hotkey, take }, &done, facts).await
}

async fn sweep(args: Sweep, context: &Context) -> Result<()> {
    let (netuid, signer) = (args.netuid, args.keys.coldkey()?);
    let chain = context.chain().await?;
    let done = format!("subnet {netuid} has room for child keys again");
    context.submit(&chain, &signer, Call::SweepChildren { netuid }, &done, json!({ "netuid": netuid })).await
}

async fn show(args: Show, context: &Context) -> Result<()> {
    let hotkey = address::given_or_hotkey(args.hotkey, &args.keys)?;
    let keys = context.chain().await?.child_keys(args.netuid, &hotkey).await?;
    let row = |side: &str, loan: &Loan| vec![side.into(), loan.hotkey.to_string(), fraction::percent(loan.proportion)];
    let lends = keys.children.iter().map(|loan| row("lends to", loan));
    let borrows = keys.parents.iter().map(|loan| row("borrows from", loan));
    context.show(&keys, || match keys.children.is_empty() && keys.parents.is_empty() {
        true => format!("{hotkey} neither lends nor borrows in subnet {}", args.netuid),
        false => {
            let table = format::table(&["", "hotkey", "of the parent's stake"], 2, lends.chain(borrows));
            format!("{table}\nIt keeps {} of what it earns for its parents.", share(keys.take))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_is_an_address_and_a_part() {
        let half = loan("//Bob=50%").unwrap();
        assert_eq!((half.hotkey, half.proportion), (address::parse("//Bob").unwrap(), u64::MAX / 2));
        assert!(loan("//Bob").unwrap_err().contains("ADDRESS=PERCENT"));
        assert!(loan("//Bob=101%").unwrap_err().contains("100"));
    }
}
