use crate::address;
use crate::amount::Tokens;
use crate::context::{receipt, tokens, Context};
use anyhow::{ensure, Context as _, Result};
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{mul_div, AccountId, Amount, NetUid};
use serde_json::json;

/// Buy a seat on a subnet for your hotkey.
///
/// Your coldkey pays the subnet's present price, which is burned. The price rises with each registration, so between
/// your look and your turn it may have moved: --max-burn is the most that you pay.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus register 1 --wallet alice --hotkey miner
  plexus register 1 --suri //Dave --hotkey-address //Dave//hotkey --max-burn 0.5")]
pub struct Args {
    /// The subnet.
    netuid: NetUid,
    /// The hotkey that gets the seat; without it, the hotkey of the keys given.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    hotkey_address: Option<AccountId>,
    /// The most tokens to pay; without it, a third more than the present price.
    #[arg(long, value_name = "TOKENS")]
    max_burn: Option<Tokens>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let signer = args.keys.coldkey()?;
    let hotkey = address::given_or_hotkey(args.hotkey_address, &args.keys)?;
    let chain = context.chain().await?;
    let price = chain.metagraph(args.netuid).await?.subnet.burn;
    let max_burn = limit(args.max_burn, price)?;
    let call = Call::Register { netuid: args.netuid, hotkey: hotkey.clone(), max_burn };
    let included = chain.submit(&signer, call).await?;
    let metagraph = chain.metagraph(args.netuid).await?;
    let seat = metagraph.by_hotkey(&hotkey).context("the seat was given and taken again: register once more")?;
    let facts = json!({ "netuid": args.netuid, "hotkey": hotkey, "uid": seat.uid, "max_burn": max_burn });
    context.show(&receipt(&included, facts), || {
        format!("{hotkey} sits at uid {} of subnet {} (block {})", seat.uid, args.netuid, included.block)
    })
}

fn limit(asked: Option<Tokens>, price: Amount) -> Result<Amount> {
    let Some(Tokens(limit)) = asked else {
        return mul_div(price, 4, 3).context("the price of a seat is beyond all amounts: choose another subnet");
    };
    let (costs, offered) = (tokens(price), tokens(limit));
    ensure!(limit >= price, "a seat costs {costs} now, more than {offered}: raise --max-burn or wait for it to fall");
    Ok(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_limit_one_registration_ahead_is_allowed_for() {
        assert_eq!(limit(None, 300).unwrap(), 400);
    }

    #[test]
    fn a_limit_under_the_price_is_refused_before_anything_is_sent() {
        assert!(limit(Some(Tokens(299)), 300).is_err());
        assert_eq!(limit(Some(Tokens(300)), 300).unwrap(), 300);
    }
}
