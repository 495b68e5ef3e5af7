use crate::context::{tokens, Context};
use crate::format;
use anyhow::{bail, ensure, Context as _, Result};
use indicatif::HumanCount;
use primitives::{Amount, BlockNumber, CreationQuote, NetUid, RegistrationQuote};

/// Show what a seat in a subnet costs in the next block, or what creating a subnet does, and whether it is possible.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus subnet price 1
  plexus subnet price
  plexus subnet price 1 --json")]
pub struct Price {
    /// The subnet to take a seat in; without it, the price of a subnet.
    netuid: Option<NetUid>,
}

pub async fn price(args: Price, context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    match args.netuid {
        Some(netuid) => {
            let quote = chain.registration_quote(netuid).await?;
            context.show(&quote, || seat(&quote))
        }
        None => {
            let quote = chain.creation_quote().await?;
            context.show(&quote, || subnet(&quote))
        }
    }
}

fn seat(quote: &RegistrationQuote) -> String {
    let work = quote.difficulty.map_or("not taken here".into(), |hashes| format!("{} hashes", HumanCount(hashes)));
    let interval = match quote.interval_ends {
        Some(end) => format!("{} more before block {end}", quote.room_in_interval),
        None => format!("{} more, none is under way", quote.room_in_interval),
    };
    format::facts([
        ("in block", next(quote.block)),
        ("possible", quote.obstacle.map_or("yes".into(), |obstacle| format!("no: {obstacle}"))),
        ("price of a seat", tokens(quote.burn)),
        ("at most", format!("{}, for the last whom that block admits", tokens(quote.burn_at_most))),
        ("or work for a seat", work),
        ("the block admits", quote.room_in_block.to_string()),
        ("the interval admits", interval),
        ("takes the seat of", quote.replaces.map_or("nobody".into(), |uid| format!("uid {uid}"))),
    ])
}

fn subnet(quote: &CreationQuote) -> String {
    format::facts([
        ("in block", next(quote.block)),
        ("possible", quote.obstacle.map_or("yes".into(), |obstacle| format!("no: {obstacle}"))),
        ("locks", quote.lock.map_or("more than exists".into(), tokens)),
        ("falls to", format!("{} by block {}", tokens(quote.lowest_lock), quote.lowest_from)),
        ("takes the place of", quote.replaces.map_or("none".into(), |netuid| format!("subnet {netuid}"))),
    ])
}

fn next(block: BlockNumber) -> String {
    block.saturating_add(1).to_string()
}

/// Refuses what the next block would refuse to an account with `free` base units, and says when it will not.
pub fn affordable(quote: &CreationQuote, free: Amount) -> Result<()> {
    if let Some(obstacle) = quote.obstacle {
        bail!("no subnet can be created now: {obstacle}");
    }
    let lock = quote.lock.context("a subnet locks more tokens than exist: wait for the price to fall")?;
    let (has, falls) = (tokens(free), tokens(quote.lowest_lock));
    ensure!(
        free > lock,
        "a subnet locks {} now and the account has {has}: get more, or wait, it falls to {falls} by block {}",
        tokens(lock),
        quote.lowest_from
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::registration_quote;
    use primitives::{CreationObstacle, RegistrationObstacle, TOKEN};

    fn creation() -> CreationQuote {
        CreationQuote {
            block: 9,
            obstacle: None,
            lock: Some(2_000 * TOKEN),
            lowest_lock: 1_000 * TOKEN,
            lowest_from: 90,
            replaces: None,
        }
    }

    #[test]
    fn a_creation_that_is_not_possible_now_is_told_when_it_is() {
        assert!(affordable(&creation(), 2_001 * TOKEN).is_ok());
        let poor = affordable(&creation(), TOKEN).unwrap_err().to_string();
        assert!(poor.contains("2000 tokens now") && poor.contains("1000 tokens by block 90"), "{poor}");
        let soon = CreationQuote { obstacle: Some(CreationObstacle::TooSoon { until: 50 }), ..creation() };
        let early = affordable(&soon, Amount::MAX).unwrap_err().to_string();
        assert!(early.contains("the next creation is possible in block 50"), "{early}");
        assert!(affordable(&CreationQuote { lock: None, ..creation() }, Amount::MAX).is_err());
    }

    #[test]
    fn a_quote_names_its_block_its_price_and_who_makes_room() {
        let text = seat(&RegistrationQuote { replaces: Some(3), ..registration_quote() });
        assert!(text.contains("24") && text.contains("0.0000003 tokens") && text.contains("uid 3"), "{text}");
        let closed = seat(&RegistrationQuote { obstacle: Some(RegistrationObstacle::Closed), ..registration_quote() });
        assert!(closed.contains("no: the subnet's owner"), "{closed}");
        let replacing = subnet(&CreationQuote { replaces: Some(NetUid(4)), ..creation() });
        assert!(replacing.contains("subnet 4") && replacing.contains("1000 tokens by block 90"), "{replacing}");
    }
}
