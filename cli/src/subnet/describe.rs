use crate::context::Context;
use anyhow::{ensure, Result};
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{NetUid, SubnetIdentity};
use serde_json::json;

/// Say what a subnet that you own is for; texts that you do not name stay.
///
/// An empty text takes it back. Once in 100 blocks.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus subnet describe 1 --name Text --url https://text.example --wallet alice")]
#[group(id = "texts", multiple = true, required = true, args = ["name", "url", "description", "contact"])]
pub struct Describe {
    netuid: NetUid,
    /// Up to 64 bytes.
    #[arg(long)]
    name: Option<String>,
    /// Up to 128 bytes.
    #[arg(long)]
    url: Option<String>,
    /// Up to 512 bytes.
    #[arg(long)]
    description: Option<String>,
    /// How to reach you, up to 128 bytes.
    #[arg(long)]
    contact: Option<String>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn describe(args: Describe, context: &Context) -> Result<()> {
    let (netuid, signer) = (args.netuid, args.keys.coldkey()?);
    let chain = context.chain().await?;
    let (subnet, block) = (chain.subnet(netuid).await?, chain.best_block().await?);
    let from = subnet.describable_from;
    let identity = args.over(subnet.identity);
    identity.validate()?;
    ensure!(block + 1 >= from, "subnet {netuid} was described less than 100 blocks ago: do it again in block {from}");
    let facts = json!({ "netuid": netuid, "identity": identity });
    let call = Call::DescribeSubnet { netuid, identity };
    context.submit(&chain, &signer, call, &format!("subnet {netuid} described"), facts).await
}

impl Describe {
    /// The present texts, where none is given instead.
    fn over(self, present: SubnetIdentity) -> SubnetIdentity {
        SubnetIdentity {
            name: self.name.unwrap_or(present.name),
            url: self.url.unwrap_or(present.url),
            description: self.description.unwrap_or(present.description),
            contact: self.contact.unwrap_or(present.contact),
        }
    }
}

/// The texts that are not empty, each with what it is.
pub fn facts(identity: &SubnetIdentity) -> impl Iterator<Item = (&'static str, String)> + '_ {
    let SubnetIdentity { name, url, description, contact } = identity;
    let all = [("name", name), ("url", url), ("description", description), ("contact", contact)];
    all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(field, text)| (field, text.clone()))
}
