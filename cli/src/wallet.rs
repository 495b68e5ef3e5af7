use crate::context::Context;
use crate::format;
use anyhow::{ensure, Context as _, Result};
use daemon::password;
use daemon::wallet::{self, Secret, Wallet};
use primitives::AccountId;
use serde::Serialize;
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;

/// The hotkey that a wallet gets unless another is named.
const DEFAULT_HOTKEY: &str = "default";

/// Make wallets and look at them; the files are those of bittensor-wallet.
///
/// A wallet is a coldkey, which owns funds and is encrypted, and hotkeys, which work. This needs no node.
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexus wallet new alice
  plexus wallet list")]
pub enum Verb {
    New(New),
    List(List),
    Show(Show),
}

/// Make a wallet, or one more hotkey for a wallet.
///
/// The words that are printed are the only way to get a key back: write them down and keep them secret. The coldkey is
/// encrypted with a password, which is asked for or taken from PLEXUS_PASSWORD.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus wallet new alice
  plexus wallet new alice --hotkey miner
  plexus wallet new alice --from-words")]
pub struct New {
    name: String,
    /// Name of the hotkey [default: default]; if the wallet exists, it gets this hotkey and keeps the others.
    #[arg(long, value_name = "NAME")]
    hotkey: Option<String>,
    /// Restore the key (the coldkey, or the hotkey that is added) from its words, which are read from standard input.
    #[arg(long)]
    from_words: bool,
    /// Leave the coldkey unencrypted, for development.
    #[arg(long)]
    no_password: bool,
    /// Overwrite keys that exist; without their words, what they own is lost.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    root: Root,
}

/// List all wallets with their hotkeys.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus wallet list")]
pub struct List {
    #[command(flatten)]
    root: Root,
}

/// Show a wallet's addresses; no password is needed.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus wallet show alice
  plexus wallet show alice --json")]
pub struct Show {
    name: String,
    #[command(flatten)]
    root: Root,
}

#[derive(clap::Args)]
struct Root {
    /// Folder that holds the wallets [default: ~/.bittensor/wallets]
    #[arg(long, value_name = "DIR", env = "PLEXUS_WALLET_PATH")]
    wallet_path: Option<PathBuf>,
}

impl Root {
    fn path(self) -> Result<PathBuf> {
        Ok(self.wallet_path.map_or_else(wallet::default_root, Ok)?)
    }
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::New(args) => new(args, context),
        Verb::List(List { root }) => list(root, context),
        Verb::Show(Show { name, root }) => show(&wallet::open(&root.path()?, &name)?, context),
    }
}

/// A key that was made, and its words unless its owner typed them.
#[derive(Serialize)]
struct Made {
    key: String,
    address: AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

fn new(args: New, context: &Context) -> Result<()> {
    let New { name, hotkey, from_words, no_password, force, root } = args;
    let root = root.path()?;
    let existing = wallet::open(&root, &name).ok().filter(|wallet| wallet.coldkey_account().is_ok());
    let made = match (existing, hotkey) {
        (Some(wallet), Some(hotkey)) => vec![add_hotkey(&wallet, &hotkey, from_words, force)?],
        (existing, hotkey) => {
            ensure!(
                existing.is_none() || force,
                "the wallet {name} exists: add a hotkey with --hotkey NAME, take another name, or --force it"
            );
            let coldkey = secret(from_words)?;
            let password = (!no_password).then(|| password::new(&root.join(&name).join("coldkey"))).transpose()?;
            let wallet = wallet::create(&root, &name, &coldkey, password.as_deref(), force)?;
            let hotkey = add_hotkey(&wallet, hotkey.as_deref().unwrap_or(DEFAULT_HOTKEY), false, force)?;
            vec![made("coldkey".into(), &coldkey, from_words), hotkey]
        }
    };
    context.show(&json!({ "wallet": name, "keys": made }), || announcement(&name, &made))
}

fn add_hotkey(wallet: &Wallet, name: &str, from_words: bool, force: bool) -> Result<Made> {
    let hotkey = secret(from_words)?;
    wallet.add_hotkey(name, &hotkey, None, force)?;
    Ok(made(format!("hotkey {name}"), &hotkey, from_words))
}

fn made(key: String, secret: &Secret, from_words: bool) -> Made {
    Made { key, address: secret.account(), words: (!from_words).then(|| secret.phrase().to_owned()) }
}

fn secret(from_words: bool) -> Result<Secret> {
    if !from_words {
        return Ok(Secret::generate());
    }
    let words = if std::io::stdin().is_terminal() {
        rpassword::prompt_password("The key's words (not shown): ")
    } else {
        std::io::read_to_string(std::io::stdin())
    };
    Ok(Secret::from_phrase(&words.context("cannot read the words")?)?)
}

fn announcement(wallet: &str, made: &[Made]) -> String {
    let words = made.iter().filter_map(|key| Some((key.key.as_str(), key.words.clone()?)));
    let mut text = format!("wallet {wallet}\n\n");
    text += &format::facts(made.iter().map(|key| (key.key.as_str(), key.address.to_string())));
    if words.clone().next().is_some() {
        text += "\n\nWrite these words down and keep them secret; whoever has them has the key:\n\n";
        text += &format::facts(words);
    }
    text
}

/// A wallet's addresses; `None` where the file is missing.
#[derive(Serialize)]
struct Addresses {
    name: String,
    coldkey: Option<AccountId>,
    hotkeys: Vec<(String, Option<AccountId>)>,
}

fn addresses(wallet: &Wallet) -> Result<Addresses> {
    let hotkeys = wallet.hotkeys()?.into_iter().map(|name| {
        let account = wallet.hotkey_account(&name).ok();
        (name, account)
    });
    Ok(Addresses { name: wallet.name().into(), coldkey: wallet.coldkey_account().ok(), hotkeys: hotkeys.collect() })
}

fn list(root: Root, context: &Context) -> Result<()> {
    let root = root.path()?;
    let wallets: Vec<Addresses> = wallet::list(&root)?.iter().map(addresses).collect::<Result<_>>()?;
    context.show(&wallets, || match wallets.is_empty() {
        true => format!("there are no wallets in {}: make one with `plexus wallet new`", root.display()),
        false => format::table(&["wallet", "coldkey", "hotkeys"], 3, wallets.iter().map(row)),
    })
}

fn row(wallet: &Addresses) -> Vec<String> {
    let hotkeys: Vec<&str> = wallet.hotkeys.iter().map(|(name, _)| name.as_str()).collect();
    vec![wallet.name.clone(), shown(&wallet.coldkey), hotkeys.join(", ")]
}

fn show(wallet: &Wallet, context: &Context) -> Result<()> {
    let addresses = addresses(wallet)?;
    context.show(&addresses, || {
        let hotkeys = addresses.hotkeys.iter().map(|(name, account)| (format!("hotkey {name}"), shown(account)));
        let coldkey = [("coldkey".to_owned(), shown(&addresses.coldkey))];
        format!("{}\n\n{}", wallet.folder().display(), format::facts(coldkey.into_iter().chain(hotkeys)))
    })
}

fn shown(account: &Option<AccountId>) -> String {
    account.as_ref().map_or_else(|| "(no readable file)".into(), AccountId::to_string)
}
