use crate::address;
use crate::context::{tokens, Context};
use anyhow::{bail, ensure, Result};
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AccountId, BlockNumber, ColdkeySuccessor, ColdkeySwap};
use serde_json::json;

/// Give everything that a coldkey has to a new one: announce it, wait five days, and take over with the new one.
///
/// From the announcement on all tokens of the old coldkey are frozen, so that nobody else who has the key can move
/// anything. Whoever has the key may dispute; then governance decides.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus swap coldkey announce //Bob//new --suri //Bob
  plexus swap coldkey status //Bob
  plexus swap coldkey finish //Bob --suri //Bob//new")]
pub enum Verb {
    Announce(Announce),
    Finish(Finish),
    Dispute(Dispute),
    Status(Status),
}

/// Announce the coldkey that will take over, and freeze the old one until then.
///
/// It burns 0.1 tokens. Free tokens, stake, hotkeys and subnets will go to the new coldkey, which must have none yet. Send
/// it a token first, as it pays a fee in the end that it gets back; this asks the chain whether it could take over now,
/// and announces nothing otherwise. The chain learns only its hash. There is no way back: if the new key is lost, dispute,
/// and ask governance.
///
/// What `plexus identity` says stays with the old coldkey, and its deposit too: take both back first with `plexus identity
/// clear`, as the old coldkey can pay for nothing afterwards.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus swap coldkey announce 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty --wallet alice
  plexus swap coldkey announce //Bob//new --suri //Bob")]
pub struct Announce {
    /// The new coldkey.
    #[arg(value_parser = address::parse)]
    new: AccountId,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Take over from an old coldkey, once the delay has passed; signed with the new one.
///
/// It pays a fee, which comes back. An identity does not come along: set it anew with `plexus identity set`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus swap coldkey finish 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty --wallet alice2
  plexus swap coldkey finish //Bob --suri //Bob//new")]
pub struct Finish {
    /// The old coldkey, which announced yours.
    #[arg(value_parser = address::parse)]
    old: AccountId,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Stop a swap of your coldkey that you did not announce: everything stays frozen until governance decides. Free of fees.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus swap coldkey dispute --wallet alice
  plexus swap coldkey dispute --suri //Bob")]
pub struct Dispute {
    #[command(flatten)]
    keys: KeyArgs,
}

/// Show whether a coldkey is to be swapped, and when.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus swap coldkey status --wallet alice
  plexus swap coldkey status //Bob --json")]
pub struct Status {
    /// The coldkey; without it, the coldkey of the keys given.
    #[arg(value_parser = address::parse)]
    coldkey: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Announce(args) => announce(args, context).await,
        Verb::Finish(args) => finish(args, context).await,
        Verb::Dispute(args) => dispute(args, context).await,
        Verb::Status(args) => status(args, context).await,
    }
}

async fn announce(Announce { new, keys }: Announce, context: &Context) -> Result<()> {
    let (old, signer) = (keys.coldkey_account()?, keys.coldkey()?);
    ensure!(new != old, "{new} is the coldkey itself: name the new one");
    let chain = context.chain().await?;
    let successor = chain.coldkey_successor(&old, &new).await?;
    may_succeed(&new, &successor)?;
    let hash = ColdkeySwap::hash_of(&new);
    let done = format!(
        "{old} is frozen, and {new} will take over with `plexus swap coldkey finish`; `plexus swap coldkey status` tells \
         when"
    );
    let facts = json!({ "old": old, "new": new, "hash": hash, "fee_to_finish": successor.fee });
    context.submit(&chain, &signer, Call::AnnounceColdkeySwap { hash }, &done, facts).await
}

fn may_succeed(new: &AccountId, successor: &ColdkeySuccessor) -> Result<()> {
    let ColdkeySuccessor { obstacle, fee, spendable } = successor;
    if let Some(obstacle) = obstacle {
        bail!("{new} cannot take over: {obstacle}");
    }
    ensure!(
        spendable >= fee,
        "{new} pays a fee when it takes over, {} as prices stand, which comes back, and has {} to spend: send it some more \
         first, as fees can rise, with `plexus transfer {new} 1`",
        tokens(*fee),
        tokens(*spendable)
    );
    Ok(())
}

async fn finish(Finish { old, keys }: Finish, context: &Context) -> Result<()> {
    let (new, signer) = (keys.coldkey_account()?, keys.coldkey()?);
    let chain = context.chain().await?;
    let done = format!("{new} has taken the place of {old}");
    let facts = json!({ "old": old, "new": new });
    context.submit(&chain, &signer, Call::SwapColdkey { old }, &done, facts).await
}

async fn dispute(Dispute { keys }: Dispute, context: &Context) -> Result<()> {
    let (coldkey, signer) = (keys.coldkey_account()?, keys.coldkey()?);
    let chain = context.chain().await?;
    // Only a dispute that can succeed is free: who cannot pay would hear of the fee and not of the reason.
    let swap = chain.coldkey_swap(&coldkey).await?;
    may_dispute(&coldkey, swap.as_ref())?;
    let done = format!("{coldkey} stays frozen until governance decides: make your case to its members");
    context.submit(&chain, &signer, Call::DisputeColdkeySwap, &done, json!({ "coldkey": coldkey })).await
}

fn may_dispute(coldkey: &AccountId, swap: Option<&ColdkeySwap>) -> Result<()> {
    ensure!(swap.is_some(), "no swap of {coldkey} is announced: there is nothing to dispute");
    ensure!(!swap.is_some_and(|swap| swap.disputed), "the swap of {coldkey} is disputed already: governance decides");
    Ok(())
}

async fn status(Status { coldkey, keys }: Status, context: &Context) -> Result<()> {
    let coldkey = address::given_or_coldkey(coldkey, &keys)?;
    let chain = context.chain().await?;
    let (swap, block) = (chain.coldkey_swap(&coldkey).await?, chain.best_block().await?);
    context.show(&json!({ "coldkey": coldkey, "block": block, "swap": swap }), || sentence(&coldkey, &swap, block))
}

/// Where a coldkey stands after `block`.
fn sentence(coldkey: &AccountId, swap: &Option<ColdkeySwap>, block: BlockNumber) -> String {
    let Some(swap) = swap else { return format!("{coldkey} stays: no swap of it is announced") };
    let left = swap.ready_at.saturating_sub(block.saturating_add(1));
    let outlook = match (swap.disputed, left) {
        (true, _) => "disputed: governance decides what becomes of it".into(),
        (false, 0) => "the new coldkey can take over now, with `plexus swap coldkey finish`".into(),
        (false, left) => format!(
            "the new coldkey can take over from block {} on, in {left} blocks; if you did not announce it, stop it with \
             `plexus swap coldkey dispute`",
            swap.ready_at
        ),
    };
    format!("{coldkey} is to be swapped and frozen until then\n{outlook}\nhash of the new coldkey: {:?}", swap.hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use primitives::SuccessorObstacle;

    fn swap(disputed: bool) -> Option<ColdkeySwap> {
        Some(ColdkeySwap { hash: ColdkeySwap::hash_of(&testing::account(2)), ready_at: 100, disputed })
    }

    #[test]
    fn the_status_says_what_can_be_done_and_when() {
        let said = |swap, block| sentence(&testing::account(1), &swap, block);
        assert!(said(None, 5).contains("no swap"));
        assert!(said(swap(false), 89).contains("from block 100 on, in 10 blocks"));
        assert!(said(swap(false), 99).contains("take over now"));
        assert!(said(swap(true), 99).contains("governance decides"));
    }

    #[test]
    fn a_successor_that_could_not_take_over_is_told_why_and_what_it_lacks() {
        let ready = ColdkeySuccessor { obstacle: None, fee: 300_000_000, spendable: 300_000_000 };
        let refused = |successor| may_succeed(&testing::account(2), &successor).unwrap_err().to_string();
        assert!(may_succeed(&testing::account(2), &ready).is_ok());
        let poor = refused(ColdkeySuccessor { spendable: 299_999_999, ..ready.clone() });
        assert!(poor.contains("0.3 tokens") && poor.contains("plexus transfer"), "{poor}");
        let used = refused(ColdkeySuccessor { obstacle: Some(SuccessorObstacle::InUse), ..ready });
        assert!(used.contains("has stake") && used.contains("plexus wallet new"), "{used}");
    }

    #[test]
    fn only_what_is_announced_is_disputed_and_only_once() {
        let coldkey = testing::account(1);
        assert!(may_dispute(&coldkey, swap(false).as_ref()).is_ok());
        assert!(may_dispute(&coldkey, None).unwrap_err().to_string().contains("nothing to dispute"));
        assert!(may_dispute(&coldkey, swap(true).as_ref()).unwrap_err().to_string().contains("already"));
    }
}
