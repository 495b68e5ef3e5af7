use crate::address;
use crate::amount::Tokens;
use crate::context::{tokens, Context};
use crate::format;
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AccountId, Amount};
use serde_json::json;

/// Put tokens behind a hotkey, take them back, or see where they are.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus stake add 1000 --wallet alice
  plexus stake show //Bob")]
pub enum Verb {
    /// Move tokens from your coldkey to a hotkey's stake.
    Add(Change),
    /// Move tokens from a hotkey's stake back to your coldkey.
    Remove(Change),
    Show(Show),
}

/// Move tokens between your coldkey and a hotkey's stake.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake add 1000 --wallet alice
  plexus stake remove 12.5 --suri //Bob --hotkey-address //Bob//hotkey")]
pub struct Change {
    /// How many tokens.
    amount: Tokens,
    /// The hotkey; without it, the hotkey of the keys given.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    hotkey_address: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// List the hotkeys that a coldkey has staked to.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake show //Bob
  plexus stake show --wallet alice --json")]
pub struct Show {
    /// The coldkey; without it, the coldkey of the keys given.
    #[arg(value_parser = address::parse)]
    coldkey: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Add(change) => {
            submit(change, context, "added to", |hotkey, amount| Call::AddStake { hotkey, amount }).await
        }
        Verb::Remove(change) => {
            submit(change, context, "taken from", |hotkey, amount| Call::RemoveStake { hotkey, amount }).await
        }
        Verb::Show(args) => show(args, context).await,
    }
}

async fn submit(
    change: Change,
    context: &Context,
    moved: &str,
    call: impl FnOnce(AccountId, Amount) -> Call,
) -> Result<()> {
    let Change { amount: Tokens(amount), hotkey_address, keys } = change;
    let hotkey = address::given_or_hotkey(hotkey_address, &keys)?;
    let signer = keys.coldkey()?;
    let chain = context.chain().await?;
    let done = format!("{} {moved} the stake of {hotkey}", tokens(amount));
    let facts = json!({ "hotkey": hotkey, "amount": amount });
    context.submit(&chain, &signer, call(hotkey, amount), &done, facts).await
}

async fn show(args: Show, context: &Context) -> Result<()> {
    let coldkey = address::given_or_coldkey(args.coldkey, &args.keys)?;
    let stakes = context.chain().await?.stakes(&coldkey).await?;
    let entries: Vec<_> = stakes.iter().map(|(hotkey, amount)| json!({ "hotkey": hotkey, "amount": amount })).collect();
    context.show(&json!({ "coldkey": coldkey, "stakes": entries }), || match stakes.is_empty() {
        true => format!("{coldkey} has staked nothing: `plexus stake add` puts tokens behind a hotkey"),
        false => format::table(
            &["hotkey", "stake"],
            1,
            stakes.iter().map(|(hotkey, amount)| vec![hotkey.to_string(), format!("{:.9}", Tokens(*amount))]),
        ),
    })
}
