use crate::address;
use crate::context::{receipt, Context};
use crate::format;
use crate::hotkey::HotkeyArgs;
use anyhow::{Context as _, Result};
use chain_client::{Call, Chain};
use clap::ValueEnum;
use daemon::keys::KeyArgs;
use primitives::{AccountId, GovernanceInfo, MotionInfo, Standing};
use serde_json::{json, Value};
use sp_core::{blake2_256, bytes::to_hex, H256};
use std::path::{Path, PathBuf};

/// Decide for the network: the Triumvirate proposes, the Senate approves, and then it runs as root.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus gov show
  plexus gov propose upgrade plexus_runtime.compact.compressed.wasm --wallet alice
  plexus gov vote 0 yes --wallet bob
  plexus gov close 0 --wallet bob")]
pub enum Verb {
    Show(Show),
    #[command(subcommand)]
    Propose(Proposal),
    Vote(Vote),
    Close(Close),
    Apply(Apply),
}

/// List the Triumvirate, the Senate and the open motions.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus gov show")]
pub struct Show {}

/// Ask the Senate for something that only root may do.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus gov propose upgrade plexus_runtime.compact.compressed.wasm --wallet alice
  plexus gov propose add-authority //Charlie --wallet alice")]
pub enum Proposal {
    Upgrade(Upgrade),
    AddAuthority(Authority),
    RemoveAuthority(Authority),
    ResolveColdkey(ResolveColdkey),
}

/// Let the runtime be replaced by the one in a file.
///
/// The motion carries the hash of the code only; once it has passed, anybody hands in the code with `plexus gov apply`.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus gov propose upgrade plexus_runtime.compact.compressed.wasm --wallet alice")]
pub struct Upgrade {
    /// The runtime's wasm file.
    file: PathBuf,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Add an account to the authorities, or remove it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus gov propose add-authority //Charlie --suri //Alice
  plexus gov propose remove-authority //Charlie --suri //Alice")]
pub struct Authority {
    #[arg(value_parser = address::parse)]
    authority: AccountId,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Decide about a coldkey whose swap is announced, most often because it is disputed.
///
/// All that it has goes to the coldkey that you name, or it goes on as if nothing had been announced.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus gov propose resolve-coldkey //Bob --new //Bob//new --suri //Alice
  plexus gov propose resolve-coldkey //Bob --suri //Alice")]
pub struct ResolveColdkey {
    #[arg(value_parser = address::parse)]
    coldkey: AccountId,
    /// The coldkey that gets everything; without it, the old one is free again.
    #[arg(long, value_name = "ADDRESS", value_parser = address::parse)]
    new: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Vote on a motion for your hotkey, which sits in the Senate; your coldkey signs.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus gov vote 0 yes --wallet bob
  plexus gov vote 0 no --suri //Bob --hotkey-address //Bob//hotkey")]
pub struct Vote {
    motion: u32,
    side: Side,
    #[command(flatten)]
    hotkey: HotkeyArgs,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Side {
    Yes,
    No,
}

/// Run a motion that the Senate approved, or clear away one that it rejected or left undecided for too long.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus gov close 0 --wallet bob")]
pub struct Close {
    motion: u32,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Replace the runtime by the one in a file, whose hash a motion has authorised.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus gov apply plexus_runtime.compact.compressed.wasm --wallet bob")]
pub struct Apply {
    /// The runtime's wasm file.
    file: PathBuf,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Show(Show {}) => show(context).await,
        Verb::Propose(proposal) => propose(proposal, context).await,
        Verb::Vote(args) => vote(args, context).await,
        Verb::Close(args) => close(args, context).await,
        Verb::Apply(args) => apply(args, context).await,
    }
}

async fn show(context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let info = chain.governance().await?;
    let mut motions = Vec::new();
    for motion in &info.motions {
        motions.push((motion, name_of(motion, &chain).await?));
    }
    context.show(&document(&info, &motions), || text(&info, &motions))
}

async fn name_of(motion: &MotionInfo, chain: &Chain) -> Result<String> {
    Ok(chain.name_of_call(&motion.call).await?.unwrap_or_else(|| "a call of another runtime".into()))
}

/// As JSON; calls are hex with 0x.
fn document(info: &GovernanceInfo, motions: &[(&MotionInfo, String)]) -> Value {
    let motion = |(motion, name): &(&MotionInfo, String)| {
        json!({
            "index": motion.index,
            "proposer": motion.proposer,
            "call": name,
            "encoded": to_hex(&motion.call, false),
            "ends": motion.ends,
            "ayes": motion.ayes,
            "nays": motion.nays,
            "standing": motion.standing,
        })
    };
    let motions: Vec<_> = motions.iter().map(motion).collect();
    json!({ "block": info.block, "triumvirate": info.triumvirate, "senate": info.senate, "motions": motions })
}

fn text(info: &GovernanceInfo, motions: &[(&MotionInfo, String)]) -> String {
    let list = |accounts: &[AccountId]| match accounts.is_empty() {
        true => "nobody".into(),
        false => accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let bodies = format::facts([("triumvirate", list(&info.triumvirate)), ("senate", list(&info.senate))]);
    if motions.is_empty() {
        return format!("{bodies}\n\nthere are no open motions: `plexus gov propose` makes one");
    }
    let header = ["motion", "call", "arguments", "standing", "for", "against", "last block"];
    let rows = motions.iter().map(|(motion, name)| row(motion, name));
    format!("{bodies}\n\n{}", format::table(&header, 4, rows))
}

fn row(motion: &MotionInfo, name: &str) -> Vec<String> {
    vec![
        motion.index.to_string(),
        name.into(),
        // The first two bytes are the name.
        to_hex(motion.call.get(2..).unwrap_or_default(), false),
        standing(motion.standing).into(),
        motion.ayes.len().to_string(),
        motion.nays.len().to_string(),
        motion.ends.to_string(),
    ]
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Approved => "approved",
        Standing::Rejected => "rejected",
        Standing::Expired => "expired",
    }
}

async fn propose(proposal: Proposal, context: &Context) -> Result<()> {
    let (call, keys) = match proposal {
        Proposal::Upgrade(Upgrade { file, keys }) => {
            (Call::AuthorizeUpgrade { code_hash: H256(blake2_256(&read(&file)?)) }, keys)
        }
        Proposal::AddAuthority(Authority { authority, keys }) => (Call::AddAuthority { authority }, keys),
        Proposal::RemoveAuthority(Authority { authority, keys }) => (Call::RemoveAuthority { authority }, keys),
        Proposal::ResolveColdkey(ResolveColdkey { coldkey, new, keys }) => {
            (Call::ResolveColdkeySwap { coldkey, new }, keys)
        }
    };
    let signer = keys.coldkey()?;
    let included = context.chain().await?.submit(&signer, Call::Propose(Box::new(call))).await?;
    let motion = included.motion_proposed.context("the block names no new motion: look at `plexus gov show`")?;
    let facts = receipt(&included, json!({ "motion": motion }));
    context.show(&facts, || format!("motion {motion} proposed (block {})", included.block))
}

async fn vote(args: Vote, context: &Context) -> Result<()> {
    let Vote { motion, side, hotkey: named } = args;
    let (hotkey, signer) = (named.account()?, named.coldkey()?);
    let chain = context.chain().await?;
    let approve = side == Side::Yes;
    let done = format!("{hotkey} voted {} motion {motion}", if approve { "for" } else { "against" });
    let facts = json!({ "motion": motion, "senator": hotkey, "approve": approve });
    context.submit(&chain, &signer, Call::Vote { hotkey, motion, approve }, &done, facts).await
}

async fn close(args: Close, context: &Context) -> Result<()> {
    let Close { motion, keys } = args;
    let signer = keys.coldkey()?;
    let chain = context.chain().await?;
    let motions = chain.governance().await?.motions;
    let before = motions.iter().find(|open| open.index == motion).map(|open| open.standing);
    let done = match before {
        Some(Standing::Approved) => format!("motion {motion} was approved and has run"),
        Some(stood) => format!("motion {motion} was {} and is closed", standing(stood)),
        None => format!("motion {motion} is closed"),
    };
    let facts = json!({ "motion": motion, "standing": before });
    context.submit(&chain, &signer, Call::CloseMotion { motion }, &done, facts).await
}

async fn apply(args: Apply, context: &Context) -> Result<()> {
    let code = read(&args.file)?;
    let code_hash = H256(blake2_256(&code));
    let signer = args.keys.coldkey()?;
    let chain = context.chain().await?;
    let done = format!("the runtime is replaced by {code_hash:?} from the next block on");
    let facts = json!({ "code_hash": code_hash });
    context.submit(&chain, &signer, Call::ApplyUpgrade { code }, &done, facts).await
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read the runtime at {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn motion(standing: Standing) -> MotionInfo {
        let account = |byte| AccountId::new([byte; 32]);
        let (ayes, nays) = (vec![account(2), account(3)], vec![account(4)]);
        MotionInfo { index: 7, proposer: account(1), call: vec![0, 9, 255], ends: 99, ayes, nays, standing }
    }

    #[test]
    fn a_motion_is_one_line_that_says_what_it_would_run() {
        let open = motion(Standing::Open);
        let cells = row(&open, "System.authorize_upgrade");
        assert_eq!(cells, ["7", "System.authorize_upgrade", "0xff", "open", "2", "1", "99"]);
    }

    #[test]
    fn without_motions_the_text_says_how_to_make_one() {
        let info = GovernanceInfo { block: 1, triumvirate: vec![], senate: vec![], motions: vec![] };
        assert!(text(&info, &[]).contains("plexus gov propose"));
    }

    #[test]
    fn the_document_names_calls_and_keeps_their_bytes() {
        let approved = motion(Standing::Approved);
        let info = GovernanceInfo { block: 1, triumvirate: vec![], senate: vec![], motions: vec![] };
        let document = document(&info, &[(&approved, "System.remark".into())]);
        assert_eq!(document["motions"][0]["call"], "System.remark");
        assert_eq!(document["motions"][0]["encoded"], "0x0009ff");
        assert_eq!(document["motions"][0]["standing"], "approved");
    }
}
