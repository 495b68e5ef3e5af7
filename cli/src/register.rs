use crate::amount::Tokens;
use crate::context::{receipt, tokens, Context};
use crate::hotkey::HotkeyArgs;
use crate::work::Worker;
use anyhow::{bail, ensure, Context as _, Result};
use chain_client::Call;
use primitives::{mul_div, Amount, NetUid, RegistrationQuote};
use serde_json::json;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// Buy a seat on a subnet for your hotkey, or work for it.
///
/// Your coldkey pays the subnet's present price, which is burned. The price rises with each registration, so between
/// your look and your turn it may have moved: --max-burn is the most that you pay. With --pow the seat costs neither
/// price nor fee but a proof of work: as many hashes as `plexus subnet price` tells, on average.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus register 1 --wallet alice --hotkey miner
  plexus register 1 --suri //Dave --hotkey-address //Dave//hotkey --max-burn 0.5
  plexus register 1 --pow --threads 4 --wallet alice --hotkey miner")]
pub struct Args {
    /// The subnet.
    netuid: NetUid,
    /// The most tokens to pay; without it, a third more than the present price.
    #[arg(long, value_name = "TOKENS")]
    max_burn: Option<Tokens>,
    /// Work for the seat instead of paying.
    #[arg(long, conflicts_with = "max_burn")]
    pow: bool,
    /// Threads to work on; without it, one for each core.
    #[arg(long, value_name = "COUNT", requires = "pow")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let (signer, hotkey) = (args.hotkey.coldkey()?, args.hotkey.account()?);
    let chain = context.chain().await?;
    let netuid = args.netuid;
    let quote = possible(chain.registration_quote(netuid).await?)?;
    let (included, max_burn) = if args.pow {
        let threads = args.threads.or(available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        let worker = Worker { chain: &chain, signer: &signer, netuid, hotkey: hotkey.clone(), threads };
        (worker.register(context).await?, 0)
    } else {
        let max_burn = limit(args.max_burn, quote.burn)?;
        let call = Call::Register { netuid, hotkey: hotkey.clone(), max_burn };
        (chain.submit(&signer, call).await?, max_burn)
    };
    let metagraph = chain.metagraph(netuid).await?;
    let seat = metagraph.by_hotkey(&hotkey).context("the seat was given and taken again: register once more")?;
    let facts = json!({ "netuid": netuid, "hotkey": hotkey, "uid": seat.uid, "max_burn": max_burn });
    context.show(&receipt(&included, facts), || {
        format!("{hotkey} sits at uid {} of subnet {} (block {})", seat.uid, netuid, included.block)
    })
}

/// Refuses what the next block would refuse, and says when it will not.
fn possible(quote: RegistrationQuote) -> Result<RegistrationQuote> {
    match quote.obstacle {
        Some(obstacle) => bail!("nobody can register now: {obstacle}"),
        None => Ok(quote),
    }
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
    use primitives::RegistrationObstacle;

    #[test]
    fn a_registration_that_is_not_possible_now_is_told_when_it_is() {
        let quote = crate::testing::registration_quote();
        assert_eq!(possible(quote.clone()).unwrap(), quote);
        let obstacle = Some(RegistrationObstacle::IntervalFull { until: 44 });
        let error = possible(RegistrationQuote { obstacle, ..quote }).unwrap_err().to_string();
        assert!(error.contains("the next registration is possible in block 44"), "{error}");
    }

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
