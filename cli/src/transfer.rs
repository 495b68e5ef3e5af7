use crate::address;
use crate::amount::Tokens;
use crate::context::{tokens, Context};
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::AccountId;
use serde_json::json;

/// Send tokens from your coldkey to an account.
///
/// The transfer is refused when it would leave your account too small to exist.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus transfer //Bob 12.5 --suri //Alice")]
pub struct Args {
    /// Who receives.
    #[arg(value_parser = address::parse)]
    to: AccountId,
    /// How many tokens.
    amount: Tokens,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let Args { to, amount: Tokens(amount), keys } = args;
    let signer = keys.coldkey()?;
    let chain = context.chain().await?;
    let done = format!("sent {} to {to}", tokens(amount));
    let facts = json!({ "to": to, "amount": amount });
    context.submit(&chain, &signer, Call::Transfer { to, amount }, &done, facts).await
}
