use crate::address;
use crate::amount::Tokens;
use crate::context::{receipt, tokens, Context};
use crate::format;
use crate::hotkey::HotkeyArgs;
use anyhow::{ensure, Context as _, Result};
use chain_client::{Call, ChainError};
use daemon::keys::KeyArgs;
use primitives::{AccountId, NetUid, RootInfo, RootSeat, SubnetInfo, SubnetShare, WHOLE_SHARE};
use serde_json::json;

/// Decide with your stake which subnets get how much of each block's emission.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus root show
  plexus root register --wallet alice
  plexus root weights 1=70 2=30 --wallet alice")]
pub enum Verb {
    Show(Show),
    Register(Register),
    Weights(Weights),
}

/// Show the seats of the root network, what they say, and what each subnet gets.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus root show
  plexus root show --json")]
pub struct Show {}

/// Take a root seat for your hotkey.
///
/// The hotkey must have been registered in a subnet, or own one. While seats are free, anybody gets one; a full root
/// gives the seat with least stake to whoever has more.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus root register --wallet alice
  plexus root register --suri //Bob --hotkey-address //Bob//hotkey")]
pub struct Register {
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// Say how the emission should be divided among subnets, with the stake on your hotkey behind it.
///
/// Only the proportions of the weights count. Subnets that you leave out get nothing from you. It takes effect at the
/// next root epoch, is limited in rate, and costs no fee.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus root weights 1=1 --wallet alice
  plexus root weights 1=70 2=30 --wallet alice --hotkey validator")]
pub struct Weights {
    /// One subnet and its weight, 0 to 65535, for each subnet that should get anything.
    #[arg(required = true, value_name = "NETUID=WEIGHT", value_parser = entry)]
    weights: Vec<(NetUid, u16)>,
    #[command(flatten)]
    keys: KeyArgs,
}

fn entry(text: &str) -> Result<(NetUid, u16), String> {
    let parse = || {
        let (netuid, weight) = text.split_once('=')?;
        Some((netuid.parse().ok()?, weight.parse().ok()?))
    };
    parse().ok_or_else(|| format!("`{text}` is not NETUID=WEIGHT with a weight from 0 to 65535, such as 1=70"))
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Show(Show {}) => show(context).await,
        Verb::Register(args) => register(args, context).await,
        Verb::Weights(args) => set_weights(args, context).await,
    }
}

async fn show(context: &Context) -> Result<()> {
    let root = context.chain().await?.root().await?;
    context.show(&root, || [status(&root), seats(&root), shares(&root)].join("\n\n"))
}

/// What a newcomer wants to know.
fn status(root: &RootInfo) -> String {
    let (taken, all) = (root.seats.len(), usize::from(root.rules.seats));
    let price = match root.seats.last() {
        Some(lowest) if taken >= all => format!("a newcomer needs more than {}", tokens(lowest.stake)),
        _ => "any hotkey may take one".into(),
    };
    let (tempo, left) = (root.rules.tempo, root.next_epoch.saturating_sub(root.block));
    format!("{taken} of {all} seats taken: {price}\nroot epoch every {tempo} blocks, the next in {left}")
}

fn seats(root: &RootInfo) -> String {
    let cells = |seat: &RootSeat| {
        let set = seat.set_at.map_or("never".into(), |block| format::age(block, root.block));
        let (hotkey, coldkey) = (address::short(&seat.hotkey), address::short(&seat.coldkey));
        vec![hotkey, coldkey, format::brief(seat.stake), set, entries(&seat.weights)]
    };
    match root.seats.is_empty() {
        true => "nobody sits on root yet: `plexus root register` takes a seat".into(),
        false => format::table(&["hotkey", "coldkey", "stake", "set", "weights"], 5, root.seats.iter().map(cells)),
    }
}

fn shares(root: &RootInfo) -> String {
    let cells = |share: &SubnetShare| {
        let emission = format!("{:.9}", Tokens(share.emission));
        vec![share.netuid.to_string(), percent(share.share), emission]
    };
    match root.shares.is_empty() {
        true => "no subnet gets anything until a seat with stake sets weights: `plexus root weights`".into(),
        false => format::table(&["netuid", "share", "tokens a block"], 1, root.shares.iter().map(cells)),
    }
}

fn entries(row: &[(NetUid, u16)]) -> String {
    row.iter().map(|(netuid, weight)| format!("{netuid}={weight}")).collect::<Vec<_>>().join(" ")
}

/// A share of the emission with two decimals.
pub fn percent(share: u64) -> String {
    format!("{:.2} %", share as f64 * 100.0 / WHOLE_SHARE as f64)
}

async fn register(args: Register, context: &Context) -> Result<()> {
    let (signer, hotkey) = (args.hotkey.coldkey()?, args.hotkey.account()?);
    let chain = context.chain().await?;
    let done = format!("{hotkey} sits on root");
    let facts = json!({ "hotkey": hotkey });
    context.submit(&chain, &signer, Call::RegisterRoot { hotkey }, &done, facts).await
}

async fn set_weights(args: Weights, context: &Context) -> Result<()> {
    let signer = args.keys.hotkey()?;
    let chain = context.chain().await?;
    may_set(&chain.root().await?, &args.keys.hotkey_account()?)?;
    makes_sense(&args.weights, &chain.subnets().await?)?;
    let (netuids, values) = args.weights.iter().copied().unzip();
    let included = chain.submit(&signer, Call::SetRootWeights { netuids, values }).await?;
    let next = chain.root().await?.next_epoch;
    let facts = json!({ "weights": args.weights, "next_epoch": next });
    context.show(&receipt(&included, facts), || {
        format!("root weights set (block {}); they count at the next root epoch, block {next}", included.block)
    })
}

/// Whoever may not set weights now would have to pay for trying, which a hotkey without funds cannot: it would hear of
/// the fee and not of the reason.
fn may_set(root: &RootInfo, hotkey: &AccountId) -> Result<()> {
    let seat = root.seats.iter().find(|seat| seat.hotkey == *hotkey);
    let seat = seat.with_context(|| format!("{hotkey} has no root seat: take one with `plexus root register`"))?;
    let free_at = seat.set_at.map_or(0, |set_at| set_at.saturating_add(root.rules.weights_rate_limit));
    let next = root.block.saturating_add(1);
    let wait = free_at.saturating_sub(next);
    ensure!(wait == 0, "the last root weights of {hotkey} are too recent: wait {wait} more blocks");
    Ok(())
}

fn makes_sense(weights: &[(NetUid, u16)], subnets: &[SubnetInfo]) -> Result<()> {
    for (index, (netuid, _)) in weights.iter().enumerate() {
        ensure!(subnets.iter().any(|subnet| subnet.netuid == *netuid), ChainError::NoSuchSubnet(*netuid));
        let again = weights.iter().skip(index + 1).any(|(other, _)| other == netuid);
        ensure!(!again, "subnet {netuid} stands there twice: name each one once");
    }
    ensure!(weights.iter().any(|(_, weight)| *weight > 0), "all weights are zero: give at least one subnet more");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use primitives::RootRules;

    fn root(seats: Vec<RootSeat>, shares: Vec<SubnetShare>) -> RootInfo {
        RootInfo { block: 23, next_epoch: 100, rules: RootRules { seats: 1, ..Default::default() }, seats, shares }
    }

    fn seat() -> RootSeat {
        let (hotkey, coldkey) = (testing::account(1), testing::account(2));
        RootSeat { hotkey, coldkey, stake: 1_500_000_000, weights: vec![(NetUid(3), 65_535)], set_at: Some(20) }
    }

    #[test]
    fn entries_are_a_subnet_and_a_weight() {
        assert_eq!(entry("2=65535"), Ok((NetUid(2), 65_535)));
        for refused in ["", "2", "2=", "=2", "2=65536", "2=-1", "2=0.5", "a=1", "1=2=3", "1:2"] {
            assert!(entry(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn weights_that_the_chain_would_refuse_are_refused_with_the_reason() {
        let mut root = root(vec![seat()], Vec::new());
        let refusal =
            |root: &RootInfo, byte| may_set(root, &testing::account(byte)).err().map(|error| error.to_string());
        assert!(refusal(&root, 9).unwrap().contains("plexus root register"));
        assert!(refusal(&root, 1).unwrap().contains("wait 96 more blocks"), "set in block 20, the next is 24");
        root.rules.weights_rate_limit = 4;
        assert_eq!(refusal(&root, 1), None);

        let subnets = [testing::metagraph(None, Vec::new()).subnet];
        let refused = |weights: &[(u16, u16)]| {
            let weights: Vec<_> = weights.iter().map(|(netuid, weight)| (NetUid(*netuid), *weight)).collect();
            makes_sense(&weights, &subnets).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refused(&[(1, 1)]), "");
        assert!(refused(&[(2, 1)]).contains("plexus subnet list"));
        assert!(refused(&[(1, 1), (1, 2)]).contains("twice"));
        assert!(refused(&[(1, 0)]).contains("zero"));
    }

    #[test]
    fn a_full_root_says_how_much_stake_a_newcomer_needs() {
        let said = status(&root(vec![seat()], Vec::new()));
        assert!(said.contains("1 of 1 seats taken: a newcomer needs more than 1.5 tokens"), "{said}");
        assert!(said.contains("the next in 77"), "{said}");
        assert!(status(&root(Vec::new(), Vec::new())).contains("any hotkey may take one"));
    }

    #[test]
    fn seats_and_shares_are_tables_and_their_absence_says_what_to_do() {
        let half = SubnetShare { netuid: NetUid(3), share: WHOLE_SHARE / 2, emission: 500_000_000 };
        let full = root(vec![seat()], vec![half]);
        assert!(seats(&full).contains("3 blocks ago") && seats(&full).contains("3=65535"), "{}", seats(&full));
        assert!(shares(&full).contains("50.00 %") && shares(&full).contains("0.500000000"), "{}", shares(&full));
        let empty = root(Vec::new(), Vec::new());
        assert!(seats(&empty).contains("root register") && shares(&empty).contains("root weights"));
    }
}
