use crate::address;
use crate::context::Context;
use crate::format;
use anyhow::Result;
use chain_client::Call;
use daemon::keys::KeyArgs;
use primitives::{AccountId, Identity};
use serde_json::json;

/// Say who stands behind your coldkey, or see who stands behind another.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus identity set --name \"Alice & Co\" --url alice.example --wallet alice
  plexus identity show //Alice
  plexus identity clear --wallet alice")]
pub enum Verb {
    Set(Set),
    Show(Show),
    Clear(Clear),
}

/// Set the texts of your coldkey's identity; those that you do not name stay.
///
/// Each takes up to 32 bytes; an empty one takes the text back. The account leaves a deposit of 0.05 tokens, and 0.0001
/// for each byte, until the identity is cleared.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus identity set --name \"Alice & Co\" --email hi@alice.example --wallet alice")]
#[group(id = "texts", multiple = true, required = true, args = ["name", "url", "email", "matrix", "twitter", "image"])]
pub struct Set {
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    url: Option<String>,
    #[arg(long)]
    email: Option<String>,
    /// Your handle on Matrix.
    #[arg(long)]
    matrix: Option<String>,
    #[arg(long)]
    twitter: Option<String>,
    /// Where a picture lies.
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Show what a coldkey says about itself.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus identity show //Alice
  plexus identity show --wallet alice --json")]
pub struct Show {
    /// The coldkey; without it, the coldkey of the keys given.
    #[arg(value_parser = address::parse)]
    coldkey: Option<AccountId>,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Take back all that your coldkey says about itself, and the deposit with it.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus identity clear --wallet alice")]
pub struct Clear {
    #[command(flatten)]
    keys: KeyArgs,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Set(args) => set(args, context).await,
        Verb::Show(args) => show(args, context).await,
        Verb::Clear(args) => clear(args, context).await,
    }
}

async fn set(args: Set, context: &Context) -> Result<()> {
    let (coldkey, signer) = (args.keys.coldkey_account()?, args.keys.coldkey()?);
    let chain = context.chain().await?;
    let identity = args.over(chain.identity(&coldkey).await?.unwrap_or_default());
    identity.validate()?;
    let facts = json!({ "coldkey": coldkey, "identity": identity });
    context.submit(&chain, &signer, Call::SetIdentity(identity), &format!("identity of {coldkey} set"), facts).await
}

impl Set {
    /// The present texts, where none is given instead.
    fn over(self, present: Identity) -> Identity {
        Identity {
            name: self.name.unwrap_or(present.name),
            url: self.url.unwrap_or(present.url),
            email: self.email.unwrap_or(present.email),
            matrix: self.matrix.unwrap_or(present.matrix),
            twitter: self.twitter.unwrap_or(present.twitter),
            image: self.image.unwrap_or(present.image),
        }
    }
}

async fn show(args: Show, context: &Context) -> Result<()> {
    let coldkey = address::given_or_coldkey(args.coldkey, &args.keys)?;
    let identity = context.chain().await?.identity(&coldkey).await?;
    context.show(&json!({ "coldkey": coldkey, "identity": identity }), || match &identity {
        None => format!("{coldkey} says nothing about itself"),
        Some(identity) => describe(identity),
    })
}

fn describe(identity: &Identity) -> String {
    let Identity { name, url, email, matrix, twitter, image } = identity;
    let all =
        [("name", name), ("url", url), ("email", email), ("matrix", matrix), ("twitter", twitter), ("image", image)];
    format::facts(all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(field, text)| (field, text.clone())))
}

async fn clear(args: Clear, context: &Context) -> Result<()> {
    let (coldkey, signer) = (args.keys.coldkey_account()?, args.keys.coldkey()?);
    let chain = context.chain().await?;
    let done = format!("{coldkey} says nothing about itself any more");
    context.submit(&chain, &signer, Call::ClearIdentity, &done, json!({ "coldkey": coldkey })).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_not_named_stay_and_an_empty_one_goes() {
        let present = Identity { name: "Ann".into(), url: "a.b".into(), ..Default::default() };
        let set = Set {
            name: None,
            url: Some(String::new()),
            email: Some("x@y".into()),
            matrix: None,
            twitter: None,
            image: None,
            keys: KeyArgs::default(),
        };
        let expected = Identity { name: "Ann".into(), email: "x@y".into(), ..Default::default() };
        assert_eq!(set.over(present), expected);
        assert_eq!(describe(&expected), "name   Ann\nemail  x@y");
    }
}
