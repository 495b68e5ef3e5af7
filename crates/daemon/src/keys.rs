//! Which keys a process signs with.

use crate::password;
use crate::wallet::{self, Wallet, WalletError};
use clap::Args;
use primitives::AccountId;
use serde::{Deserialize, Serialize};
use sp_core::{sr25519, Pair};
use std::fmt;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("--suri is not a secret: give //Alice or another development key, 12 words, or a seed of 64 hex digits")]
    BadSuri,
    #[error(transparent)]
    Wallet(#[from] WalletError),
}

/// Flags that name keys: a secret itself, or a wallet. Flatten them into a command's own.
#[derive(Args, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyArgs {
    /// Secret that serves as coldkey and hotkey, such as //Alice; for development chains, as others can see it
    #[arg(long, value_name = "SECRET", env = "PLEXUS_SURI", hide_env_values = true)]
    #[arg(conflicts_with_all = ["wallet", "hotkey"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suri: Option<String>,
    /// Wallet to take keys from [default: default]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    /// The wallet's hotkey to use [default: default]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotkey: Option<String>,
    /// Folder that holds the wallets [default: ~/.bittensor/wallets]
    #[arg(long, value_name = "DIR", env = "PLEXUS_WALLET_PATH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet_path: Option<PathBuf>,
}

impl KeyArgs {
    /// Asks for the password where the file is encrypted.
    pub fn coldkey(&self) -> Result<sr25519::Pair, KeyError> {
        match &self.suri {
            Some(suri) => from_suri(suri),
            None => Ok(self.wallet()?.coldkey(password::existing)?),
        }
    }

    /// Asks for the password where the file is encrypted.
    pub fn hotkey(&self) -> Result<sr25519::Pair, KeyError> {
        match &self.suri {
            Some(suri) => from_suri(suri),
            None => Ok(self.wallet()?.hotkey(self.hotkey_name(), password::existing)?),
        }
    }

    /// The coldkey's public side, without a password.
    pub fn coldkey_account(&self) -> Result<AccountId, KeyError> {
        match &self.suri {
            Some(suri) => Ok(from_suri(suri)?.public().into()),
            None => Ok(self.wallet()?.coldkey_account()?),
        }
    }

    /// The coldkey that the wallet says the hotkey works for; unknown for a secret, and for a wallet without one.
    pub fn known_coldkey(&self) -> Option<AccountId> {
        match self.suri {
            Some(_) => None,
            None => self.wallet().ok()?.coldkey_account().ok(),
        }
    }

    /// The hotkey's public side, without a password.
    pub fn hotkey_account(&self) -> Result<AccountId, KeyError> {
        match &self.suri {
            Some(suri) => Ok(from_suri(suri)?.public().into()),
            None => Ok(self.wallet()?.hotkey_account(self.hotkey_name())?),
        }
    }

    pub fn wallet(&self) -> Result<Wallet, WalletError> {
        wallet::open(&self.wallet_root()?, self.wallet_name())
    }

    pub fn wallet_root(&self) -> Result<PathBuf, WalletError> {
        self.wallet_path.clone().map_or_else(wallet::default_root, Ok)
    }

    pub fn wallet_name(&self) -> &str {
        self.wallet.as_deref().unwrap_or("default")
    }

    pub fn hotkey_name(&self) -> &str {
        self.hotkey.as_deref().unwrap_or("default")
    }
}

/// Without the secret, which must not reach a log.
impl fmt::Debug for KeyArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyArgs")
            .field("suri", &self.suri.as_ref().map(|_| "…"))
            .field("wallet", &self.wallet)
            .field("hotkey", &self.hotkey)
            .field("wallet_path", &self.wallet_path)
            .finish()
    }
}

fn from_suri(suri: &str) -> Result<sr25519::Pair, KeyError> {
    sr25519::Pair::from_string(suri, None).map_err(|_| KeyError::BadSuri)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wallet::Secret;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        keys: KeyArgs,
    }

    fn parse(flags: &[&str]) -> Result<KeyArgs, clap::Error> {
        Cli::try_parse_from([&["test"], flags].concat()).map(|cli| cli.keys)
    }

    #[test]
    fn a_secret_uri_serves_as_both_keys() {
        let keys = parse(&["--suri", "//Alice"]).unwrap();
        let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        assert_eq!(AccountId::from(keys.coldkey().unwrap().public()).to_string(), alice);
        assert_eq!(keys.hotkey_account().unwrap().to_string(), alice);
    }

    #[test]
    fn a_secret_is_neither_printed_nor_echoed() {
        let keys = parse(&["--suri", "my cat"]).unwrap();
        assert!(!format!("{keys:?}").contains("my cat"));
        assert!(!keys.coldkey().err().unwrap().to_string().contains("my cat"));
    }

    #[test]
    fn a_secret_and_a_wallet_exclude_each_other() {
        assert!(parse(&["--suri", "//Alice", "--wallet", "alice"]).is_err());
    }

    #[test]
    fn a_wallet_is_found_by_its_names() {
        let root = tempfile::tempdir().unwrap();
        let (cold, hot) = (Secret::generate(), Secret::generate());
        let wallet = wallet::create(root.path(), "alice", &cold, None, false).unwrap();
        wallet.add_hotkey("miner", &hot, None, false).unwrap();
        let path = root.path().to_str().unwrap();
        let keys = parse(&["--wallet", "alice", "--hotkey", "miner", "--wallet-path", path]).unwrap();
        assert_eq!(keys.coldkey().unwrap().public(), cold.pair().public());
        assert_eq!(keys.hotkey_account().unwrap(), hot.account());
        assert_eq!(keys.known_coldkey(), Some(cold.account()));
        assert_eq!(parse(&["--suri", "//Alice"]).unwrap().known_coldkey(), None);
    }
}
