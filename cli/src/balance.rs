use crate::address;
use crate::context::{tokens, Context};
use anyhow::Result;
use daemon::keys::KeyArgs;
use primitives::AccountId;
use serde_json::json;

/// Show what an account owns: free tokens, and stake on all hotkeys.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus balance //Bob
  plexus balance --wallet alice
  plexus balance 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --json")]
pub struct Args {
    /// The account; without it, the coldkey of the keys given.
    #[arg(value_parser = address::parse)]
    account: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let account = address::given_or_coldkey(args.account, &args.keys)?;
    let chain = context.chain().await?;
    let free = chain.balance(&account).await?;
    let staked: u64 = chain.stakes(&account).await?.iter().map(|position| position.amount).sum();
    let facts = json!({ "account": account, "free": free, "staked": staked });
    context.show(&facts, || format!("{} free, {} staked", tokens(free), tokens(staked)))
}
