use crate::context::Context;
use crate::format;
use anyhow::{Context as _, Result};
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AuthoritiesInfo, AuthorityInfo};
use serde_json::json;
use sp_core::bytes::{from_hex, to_hex};

/// Author and finalise blocks: give a node its session keys, and see who has the right to use them.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus authority show
  plexus authority set-keys --wallet alice")]
pub enum Verb {
    Show(Show),
    SetKeys(SetKeys),
}

/// List the authorities.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus authority show")]
pub struct Show {}

/// Tie the session keys of your node to your coldkey's account.
///
/// The node that --node names makes new keys and keeps their secrets; it only does so for a connection from its own
/// machine. The keys come into force after two sessions, if governance has made the account an authority.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus authority set-keys --wallet alice")]
pub struct SetKeys {
    /// Public session keys that a node has made before, instead of new ones.
    #[arg(long, value_name = "HEX")]
    session_keys: Option<String>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Show(Show {}) => show(context).await,
        Verb::SetKeys(args) => set_keys(args, context).await,
    }
}

async fn show(context: &Context) -> Result<()> {
    let info = context.chain().await?.authorities().await?;
    context.show(&info, || text(&info))
}

fn text(info: &AuthoritiesInfo) -> String {
    let rows = info.authorities.iter().map(|authority| vec![authority.account.to_string(), standing(authority).into()]);
    let blocks = info.next_session.saturating_sub(info.block);
    format!(
        "session {}, the next begins in {blocks} blocks\n{}",
        info.session,
        format::table(&["account", ""], 2, rows)
    )
}

fn standing(authority: &AuthorityInfo) -> &'static str {
    match (authority.listed, authority.active) {
        (true, true) => "authors",
        (true, false) => "joins with one of the next two sessions",
        (false, _) => "leaves with one of the next two sessions",
    }
}

async fn set_keys(args: SetKeys, context: &Context) -> Result<()> {
    let signer = args.keys.coldkey()?;
    let chain = context.chain().await?;
    let keys = match args.session_keys {
        Some(hex) => from_hex(&hex).with_context(|| format!("`{hex}` is no hex: session keys look like 0x12ab…"))?,
        None => chain.rotate_session_keys().await?,
    };
    let hex = to_hex(&keys, false);
    let done = format!("session keys {hex} set");
    context.submit(&chain, &signer, Call::SetSessionKeys { keys }, &done, json!({ "session_keys": hex })).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::AccountId;

    #[test]
    fn who_is_not_in_force_yet_is_said_to_join() {
        let account = AccountId::new([1; 32]);
        let authority = |listed, active| AuthorityInfo { account: account.clone(), listed, active };
        let authorities = vec![authority(true, true), authority(true, false), authority(false, true)];
        let text = text(&AuthoritiesInfo { block: 7, session: 2, next_session: 10, authorities });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "session 2, the next begins in 3 blocks");
        assert!(lines[2].ends_with("authors") && lines[3].contains("joins") && lines[4].contains("leaves"), "{text}");
    }
}
