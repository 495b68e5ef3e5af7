mod describe;
mod new;
mod price;
mod records;
mod replay;
mod settings;
mod trial;

use crate::address;
use crate::amount::Tokens;
use crate::context::{print, receipt, tokens, Context};
use crate::format;
use crate::hotkey::HotkeyArgs;
use crate::root;
use anyhow::{ensure, Context as _, Result};
use chain_client::Call;
use daemon::keys::KeyArgs;
use describe::Describe;
use new::New;
use price::Price;
use primitives::{BlockNumber, EpochInfo, HyperparamsStatus, NetUid, SubnetInfo};
use replay::Replay;
use serde_json::json;
use settings::Setting;
use sp_core::Pair;
use trial::Try;

/// Make subnets and try them, create them on the chain, look at them, set their rules, dissolve them.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus subnet new my-subnet
  plexus subnet list
  plexus subnet price 1
  plexus subnet set 1 tempo=99 max_burn=10 --suri //Alice")]
pub enum Verb {
    New(New),
    Try(Try),
    Replay(Replay),
    Schema(Schema),
    Create(Create),
    List(List),
    Show(Show),
    Price(Price),
    Describe(Describe),
    Set(Set),
    Dissolve(Dissolve),
}

/// Print what a subnet of the catalog speaks, as JSON schemas of its challenges and answers.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus subnet schema template")]
pub struct Schema {
    name: String,
}

/// Create a subnet on the chain.
///
/// Your coldkey owns it and locks the creation price, which returns when the subnet is dissolved. Your hotkey, once it
/// is registered, has a seat that is never replaced. Emission begins after the network's start delay, which `plexus
/// subnet show` tells. Where there are as many subnets as the network allows, yours takes the place of the one that
/// earned least.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus subnet create --wallet alice
  plexus subnet create --suri //Alice --hotkey-address //Alice//hotkey")]
pub struct Create {
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

/// List all subnets.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus subnet list")]
pub struct List {}

/// Show one subnet and its hyperparameters.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus subnet show 1
  plexus subnet show 1 --json")]
pub struct Show {
    netuid: NetUid,
}

/// Set hyperparameters of a subnet that you own; those that you do not name stay.
///
/// `plexus subnet show` lists their names and values. You change each once in two tempos, and none in the last blocks
/// before an epoch. stake_threshold, min_burn and max_burn are typed in tokens.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus subnet set 1 tempo=99 immunity_period=500 max_burn=10 --wallet alice")]
pub struct Set {
    netuid: NetUid,
    #[arg(required = true, value_name = "NAME=VALUE")]
    settings: Vec<Setting>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Dissolve a subnet that you own: all its seats, weights and scores disappear, and its lock returns to you.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus subnet dissolve 1 --yes --wallet alice")]
pub struct Dissolve {
    netuid: NetUid,
    /// Confirm: this cannot be undone.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::New(args) => new::run(args, context),
        Verb::Try(args) => trial::run(args, context).await,
        Verb::Replay(args) => replay::run(args, context),
        Verb::Schema(args) => print(&serde_json::to_string_pretty(&subnet_catalog::schema(&args.name)?)?),
        Verb::Create(args) => create(args, context).await,
        Verb::List(List {}) => list(context).await,
        Verb::Show(args) => show(args.netuid, context).await,
        Verb::Describe(args) => describe::describe(args, context).await,
        Verb::Price(args) => price::price(args, context).await,
        Verb::Set(args) => set(args, context).await,
        Verb::Dissolve(args) => dissolve(args, context).await,
    }
}

async fn create(args: Create, context: &Context) -> Result<()> {
    let (signer, owner_hotkey) = (args.hotkey.coldkey()?, args.hotkey.account()?);
    let chain = context.chain().await?;
    let free = chain.balance(&signer.public().into()).await?;
    price::affordable(&chain.creation_quote().await?, free)?;
    let included = chain.submit(&signer, Call::CreateSubnet { owner_hotkey }).await?;
    let netuid = included.subnet_created.context("the block names no new subnet: look at `plexus subnet list`")?;
    let facts = receipt(&included, json!({ "netuid": netuid }));
    context.show(&facts, || format!("subnet {netuid} created (block {})", included.block))
}

async fn list(context: &Context) -> Result<()> {
    let subnets = context.chain().await?.subnets().await?;
    context.show(&subnets, || match subnets.is_empty() {
        true => "there are no subnets yet: `plexus subnet create` makes the first one".into(),
        false => format::table(
            &[
                "netuid",
                "name",
                "owner",
                "neurons",
                "tempo",
                "price of a seat",
                "share",
                "pending emission",
                "created in block",
            ],
            3,
            subnets.iter().map(row),
        ),
    })
}

fn row(subnet: &SubnetInfo) -> Vec<String> {
    vec![
        subnet.netuid.to_string(),
        subnet.identity.name.clone(),
        address::short(&subnet.owner),
        subnet.neurons.to_string(),
        subnet.hyperparams.tempo.to_string(),
        format!("{:.9}", Tokens(subnet.burn)),
        root::percent(subnet.share),
        format!("{:.9}", Tokens(subnet.pending_emission)),
        subnet.created_at.to_string(),
    ]
}

async fn show(netuid: NetUid, context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let (subnet, epoch) = (chain.subnet(netuid).await?, chain.epoch(netuid).await?);
    let status = chain.hyperparams_status(netuid).await?;
    let hyperparams = settings::listing(&subnet.hyperparams, &status)?;
    let shown = Shown { subnet: &subnet, epoch: &epoch, hyperparams_status: &status };
    context.show(&shown, || format!("{}\n\n{hyperparams}", summary(&subnet, &epoch)))
}

/// A subnet as JSON, with its epochs and what its owner may change now.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    subnet: &'a SubnetInfo,
    epoch: &'a EpochInfo,
    hyperparams_status: &'a HyperparamsStatus,
}

fn emission(subnet: &SubnetInfo, block: BlockNumber) -> String {
    let share = root::percent(subnet.share);
    match subnet.starts_at > block {
        true => format!("{share}, from block {} on", subnet.starts_at),
        false => format!("{share}, {} a block", tokens(subnet.emission)),
    }
}

fn summary(subnet: &SubnetInfo, epoch: &EpochInfo) -> String {
    let block = epoch.block;
    let last = epoch.last.map_or("none yet".into(), |last| format!("block {last}, {}", format::age(last, block)));
    let facts = [
        ("netuid", subnet.netuid.to_string()),
        ("owner", subnet.owner.to_string()),
        ("owner's hotkey", subnet.owner_hotkey.to_string()),
        ("locked", tokens(subnet.locked)),
        ("created", format::age(subnet.created_at, block)),
        ("neurons", format!("{} of {}", subnet.neurons, subnet.hyperparams.max_uids)),
        ("price of a seat", tokens(subnet.burn)),
        ("or work for a seat", format!("{} hashes", indicatif::HumanCount(subnet.difficulty))),
        ("share of the emission", emission(subnet, block)),
        ("pending emission", tokens(subnet.pending_emission)),
        ("last epoch", last),
        ("next epoch", format!("block {}, in {} blocks", epoch.next, epoch.blocks_left)),
    ];
    format::facts(facts.into_iter().chain(describe::facts(&subnet.identity)))
}

async fn set(args: Set, context: &Context) -> Result<()> {
    let signer = args.keys.coldkey()?;
    let chain = context.chain().await?;
    let present = chain.subnet(args.netuid).await?.hyperparams;
    let params = settings::apply(&present, &args.settings)?;
    let names: Vec<&str> = args.settings.iter().map(|setting| setting.name.as_str()).collect();
    let done = format!("{} set on subnet {}", names.join(", "), args.netuid);
    let facts = json!({ "netuid": args.netuid, "hyperparams": params });
    context.submit(&chain, &signer, Call::SetHyperparams { netuid: args.netuid, params }, &done, facts).await
}

async fn dissolve(args: Dissolve, context: &Context) -> Result<()> {
    let netuid = args.netuid;
    ensure!(args.yes, "dissolving subnet {netuid} cannot be undone: add --yes if you mean it");
    let signer = args.keys.coldkey()?;
    let chain = context.chain().await?;
    let done = format!("subnet {netuid} dissolved");
    context.submit(&chain, &signer, Call::DissolveSubnet { netuid }, &done, json!({ "netuid": netuid })).await
}
