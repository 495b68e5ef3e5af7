use crate::address;
use crate::amount::Tokens;
use crate::context::{tokens, Context};
use crate::hotkey::HotkeyArgs;
use crate::{format, fraction};
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AccountId, Delegate, SeatPay, StakePosition};
use serde_json::{json, Value};
use sp_core::sr25519;

/// Put tokens behind a hotkey, take them back, or see where they are.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus stake add 1000 --wallet alice
  plexus stake show //Bob")]
pub enum Verb {
    Add(Add),
    Remove(Remove),
    Move(Move),
    Take(Take),
    Delegates(Delegates),
    Show(Show),
}

/// Move tokens from your coldkey to a hotkey's stake.
///
/// They earn from the second round after this one on, a round being 361 blocks of a public chain; they can be taken back
/// at any time.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake add 1000 --wallet alice
  plexus stake add 12.5 --suri //Bob --hotkey-address //Bob//hotkey")]
pub struct Add {
    /// How many tokens.
    amount: Tokens,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// Move tokens from a hotkey's stake back to your coldkey.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake remove 12.5 --suri //Bob --hotkey-address //Bob//hotkey
  plexus stake remove --all --wallet alice")]
pub struct Remove {
    /// How many tokens.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    amount: Option<Tokens>,
    /// All that you have there.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// Move your stake from one hotkey to another, where it waits like new stake.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake move 12.5 --from //Bob//hotkey --to //Charlie//hotkey --suri //Eve")]
pub struct Move {
    /// How many tokens.
    amount: Tokens,
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    from: AccountId,
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    to: AccountId,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Set what you keep of your hotkey's dividends before those who stake on it share the rest.
///
/// Lowering is possible at any time, raising once in 30 days.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake take 9% --wallet alice")]
pub struct Take {
    /// At most 18 %, which is also what holds while you say nothing.
    #[arg(value_name = "PERCENT", value_parser = fraction::proportion)]
    take: u16,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// List the hotkeys that somebody stakes on, with the names of their owners and their takes, the one with most stake
/// first.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake delegates
  plexus stake delegates --json")]
pub struct Delegates {}

/// List the hotkeys that a coldkey has staked to, what of it still waits, and what each earned in the last epochs.
///
/// What a hotkey earned is shared: its owner keeps the take, parents and all who stake on it share the rest.
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
        Verb::Add(args) => add(args, context).await,
        Verb::Remove(args) => remove(args, context).await,
        Verb::Move(args) => move_stake(args, context).await,
        Verb::Take(args) => take(args, context).await,
        Verb::Delegates(Delegates {}) => delegates(context).await,
        Verb::Show(args) => show(args, context).await,
    }
}

async fn add(args: Add, context: &Context) -> Result<()> {
    let Add { amount: Tokens(amount), hotkey: named } = args;
    let hotkey = named.account()?;
    let done = format!("{} added to the stake of {hotkey}", tokens(amount));
    let facts = json!({ "hotkey": hotkey, "amount": amount });
    submit(&named.coldkey()?, context, Call::AddStake { hotkey, amount }, &done, facts).await
}

async fn remove(args: Remove, context: &Context) -> Result<()> {
    let hotkey = args.hotkey.account()?;
    let facts = json!({ "hotkey": hotkey, "amount": args.amount.map(|Tokens(amount)| amount) });
    let (call, what) = match args.amount {
        Some(Tokens(amount)) => (Call::RemoveStake { hotkey: hotkey.clone(), amount }, tokens(amount)),
        None => (Call::RemoveAllStake { hotkey: hotkey.clone() }, "all of yours".into()),
    };
    let done = format!("{what} taken from the stake of {hotkey}");
    submit(&args.hotkey.coldkey()?, context, call, &done, facts).await
}

async fn move_stake(args: Move, context: &Context) -> Result<()> {
    let Move { amount: Tokens(amount), from, to, keys } = args;
    let done = format!("{} moved from {from} to {to}", tokens(amount));
    let facts = json!({ "from": from, "to": to, "amount": amount });
    submit(&keys.coldkey()?, context, Call::MoveStake { from, to, amount }, &done, facts).await
}

async fn take(args: Take, context: &Context) -> Result<()> {
    let Take { take, hotkey: named } = args;
    let hotkey = named.account()?;
    let done = format!("{hotkey} keeps {} of its dividends", format::share(take));
    let facts = json!({ "hotkey": hotkey, "take": take });
    submit(&named.coldkey()?, context, Call::SetTake { hotkey, take }, &done, facts).await
}

async fn submit(signer: &sr25519::Pair, context: &Context, call: Call, done: &str, facts: Value) -> Result<()> {
    let chain = context.chain().await?;
    context.submit(&chain, signer, call, done, facts).await
}

async fn delegates(context: &Context) -> Result<()> {
    let delegates = context.chain().await?.delegates().await?;
    let row = |delegate: &Delegate| {
        let (stake, take) = (format!("{:.4}", Tokens(delegate.stake)), format::share(delegate.take));
        vec![delegate.hotkey.to_string(), delegate.name.clone(), take, stake, delegate.nominators.to_string()]
    };
    let header = ["hotkey", "name", "take", "stake", "nominators"];
    context.show(&delegates, || format::table(&header, 2, delegates.iter().map(row)))
}

async fn show(args: Show, context: &Context) -> Result<()> {
    let coldkey = address::given_or_coldkey(args.coldkey, &args.keys)?;
    let stakes = context.chain().await?.stakes(&coldkey).await?;
    context.show(&json!({ "coldkey": coldkey, "stakes": stakes }), || match stakes.is_empty() {
        true => format!("{coldkey} has staked nothing: `plexus stake add` puts tokens behind a hotkey"),
        false => format::table(&HEADER, 1, stakes.iter().map(position)),
    })
}

const HEADER: [&str; 5] = ["hotkey", "stake", "waiting", "take", "what the hotkey earned last, by subnet"];

fn position(position: &StakePosition) -> Vec<String> {
    let waiting = match position.counts_from {
        Some(block) => format!("{:.9} until block {block}", Tokens(position.waiting)),
        None => "-".into(),
    };
    let seats: Vec<_> = position.seats.iter().map(pay).collect();
    let (stake, take) = (format!("{:.9}", Tokens(position.amount)), format::share(position.take));
    vec![position.hotkey.to_string(), stake, waiting, take, seats.join(", ")]
}

/// Such as `1: 2.0500 in 10 blocks, dividends 0.5000`.
fn pay(seat: &SeatPay) -> String {
    let (paid, dividends) = (format::brief(seat.emission), format::share(seat.dividends));
    format!("{}: {paid} in {} blocks, dividends {dividends}", seat.netuid, seat.every)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;
    use primitives::{NetUid, TOKEN};

    #[test]
    fn a_position_shows_what_waits_until_when_and_what_each_subnet_paid() {
        let seat = SeatPay { netuid: NetUid(1), uid: 3, dividends: u16::MAX, emission: TOKEN, every: 10 };
        let waits = StakePosition {
            hotkey: account(1),
            amount: 3 * TOKEN,
            waiting: TOKEN,
            counts_from: Some(722),
            take: 0,
            seats: vec![seat.clone(), SeatPay { netuid: NetUid(4), ..seat }],
        };
        let row = position(&waits);
        assert_eq!(row.len(), HEADER.len());
        assert_eq!(row[1..3], ["3.000000000", "1.000000000 until block 722"]);
        let paid = "1: 1.0000 in 10 blocks, dividends 1.0000, 4: 1.0000 in 10 blocks, dividends 1.0000";
        assert_eq!(row[4], paid);
        assert_eq!(position(&StakePosition { waiting: 0, counts_from: None, ..waits })[2], "-");
    }
}
