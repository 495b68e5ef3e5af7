use crate::address;
use crate::amount::Tokens;
use crate::context::{tokens, Context};
use crate::{format, fraction};
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AccountId, Delegate};
use serde_json::{json, Value};

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
    /// The hotkey; without it, the hotkey of the keys given.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    hotkey_address: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
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
    /// The hotkey; without it, the hotkey of the keys given.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    hotkey_address: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
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
    /// The hotkey; without it, the hotkey of the keys given.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    hotkey_address: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// List the hotkeys that somebody stakes on, with their takes, the one with most stake first.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus stake delegates
  plexus stake delegates --json")]
pub struct Delegates {}

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
        Verb::Add(args) => add(args, context).await,
        Verb::Remove(args) => remove(args, context).await,
        Verb::Move(args) => move_stake(args, context).await,
        Verb::Take(args) => take(args, context).await,
        Verb::Delegates(Delegates {}) => delegates(context).await,
        Verb::Show(args) => show(args, context).await,
    }
}

async fn add(args: Add, context: &Context) -> Result<()> {
    let Add { amount: Tokens(amount), hotkey_address, keys } = args;
    let hotkey = address::given_or_hotkey(hotkey_address, &keys)?;
    let done = format!("{} added to the stake of {hotkey}", tokens(amount));
    let facts = json!({ "hotkey": hotkey, "amount": amount });
    submit(&keys, context, Call::AddStake { hotkey, amount }, &done, facts).await
}

async fn remove(args: Remove, context: &Context) -> Result<()> {
    let hotkey = address::given_or_hotkey(args.hotkey_address, &args.keys)?;
    let facts = json!({ "hotkey": hotkey, "amount": args.amount.map(|Tokens(amount)| amount) });
    let (call, what) = match args.amount {
        Some(Tokens(amount)) => (Call::RemoveStake { hotkey: hotkey.clone(), amount }, tokens(amount)),
        None => (Call::RemoveAllStake { hotkey: hotkey.clone() }, "all of yours".into()),
    };
    submit(&args.keys, context, call, &format!("{what} taken from the stake of {hotkey}"), facts).await
}

async fn move_stake(args: Move, context: &Context) -> Result<()> {
    let Move { amount: Tokens(amount), from, to, keys } = args;
    let done = format!("{} moved from {from} to {to}", tokens(amount));
    let facts = json!({ "from": from, "to": to, "amount": amount });
    submit(&keys, context, Call::MoveStake { from, to, amount }, &done, facts).await
}

async fn take(args: Take, context: &Context) -> Result<()> {
    let Take { take, hotkey_address, keys } = args;
    let hotkey = address::given_or_hotkey(hotkey_address, &keys)?;
    let done = format!("{hotkey} keeps {} of its dividends", format::share(take));
    let facts = json!({ "hotkey": hotkey, "take": take });
    submit(&keys, context, Call::SetTake { hotkey, take }, &done, facts).await
}

/// By the coldkey.
async fn submit(keys: &KeyArgs, context: &Context, call: Call, done: &str, facts: Value) -> Result<()> {
    let signer = keys.coldkey()?;
    let chain = context.chain().await?;
    context.submit(&chain, &signer, call, done, facts).await
}

async fn delegates(context: &Context) -> Result<()> {
    let delegates = context.chain().await?.delegates().await?;
    let row = |delegate: &Delegate| {
        let (stake, take) = (format!("{:.4}", Tokens(delegate.stake)), format::share(delegate.take));
        vec![delegate.hotkey.to_string(), take, stake, delegate.nominators.to_string()]
    };
    let header = ["hotkey", "take", "stake", "nominators"];
    context.show(&delegates, || format::table(&header, 1, delegates.iter().map(row)))
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
