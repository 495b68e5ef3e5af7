mod coldkey;

use crate::address;
use crate::context::Context;
use crate::hotkey::HotkeyArgs;
use anyhow::Result;
use chain_client::Call;
use primitives::AccountId;
use serde_json::json;

/// Exchange a key for a new one, with everything that it has.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus swap hotkey //Bob//second --suri //Bob --hotkey-address //Bob//hotkey
  plexus swap coldkey announce //Bob//new --suri //Bob")]
pub enum Verb {
    Hotkey(Hotkey),
    #[command(subcommand)]
    Coldkey(coldkey::Verb),
}

/// Give everything that your hotkey has in all subnets to a new hotkey.
///
/// Seats, stake of all nominators, root seat, child keys, takes and votes go on under the new key; the old one is retired
/// for good. It burns 0.1 tokens, and the new key can be swapped again after 7,200 blocks (a day). Make the new key first,
/// with `plexus wallet new alice --hotkey second`; afterwards start miners and validators with it. Weights that are
/// committed and not revealed yet count as never revealed, which costs a validator the dividends until it reveals the
/// next ones: `plexus weights status` tells whether there are any.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus swap hotkey 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty --wallet alice --hotkey miner
  plexus swap hotkey //Bob//second --suri //Bob --hotkey-address //Bob//hotkey --json")]
pub struct Hotkey {
    /// The new hotkey, which has never been one before.
    #[arg(value_parser = address::parse)]
    new: AccountId,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Hotkey(args) => hotkey(args, context).await,
        Verb::Coldkey(verb) => coldkey::run(verb, context).await,
    }
}

async fn hotkey(args: Hotkey, context: &Context) -> Result<()> {
    let (new, old, signer) = (args.new, args.hotkey.account()?, args.hotkey.coldkey()?);
    let chain = context.chain().await?;
    let done = format!("{new} has taken the place of {old}: start your miner or validator with the new key");
    let facts = json!({ "old": old, "new": new });
    context.submit(&chain, &signer, Call::SwapHotkey { old, new }, &done, facts).await
}
