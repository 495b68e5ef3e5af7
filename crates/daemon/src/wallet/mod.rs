//! Wallets as `bittensor-wallet` lays them out, so that people's keys work here too.
//!
//! `<root>/<wallet>/coldkey` owns funds and is encrypted unless its owner decides otherwise; `coldkeypub.txt` beside it
//! holds its public side; `hotkeys/<name>` work. Only the owner may read the files. Writing replaces a file as a whole
//! or not at all.

mod error;
mod file;
mod keyfile;
mod sealed;
mod secret;

pub use error::WalletError;
pub use secret::Secret;

use keyfile::KeyFile;
use primitives::AccountId;
use sp_core::sr25519;
use std::fs;
use std::path::{Path, PathBuf};

const COLDKEY: &str = "coldkey";
const COLDKEY_PUBLIC: &str = "coldkeypub.txt";
const HOTKEYS: &str = "hotkeys";
/// A hotkey's public side is `<name>pub.txt`, beside it.
const PUBLIC_SUFFIX: &str = "pub.txt";

/// One coldkey and its hotkeys, in one folder. The coldkey itself may be absent: a machine that only works should not
/// hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    folder: PathBuf,
    name: String,
}

/// `~/.bittensor/wallets`.
pub fn default_root() -> Result<PathBuf, WalletError> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty()).ok_or(WalletError::NoHome)?;
    Ok(home.join(".bittensor").join("wallets"))
}

/// Makes the wallet `name`, with `coldkey` encrypted by `password` if there is one.
///
/// A coldkey that exists is overwritten only by `force`.
pub fn create(
    root: &Path,
    name: &str,
    coldkey: &Secret,
    password: Option<&str>,
    force: bool,
) -> Result<Wallet, WalletError> {
    let wallet = Wallet::at(root, name)?;
    keyfile::write(&wallet.folder.join(COLDKEY), coldkey, password, force)?;
    keyfile::write_public(&wallet.folder.join(COLDKEY_PUBLIC), &coldkey.account())?;
    Ok(wallet)
}

pub fn open(root: &Path, name: &str) -> Result<Wallet, WalletError> {
    let wallet = Wallet::at(root, name)?;
    if wallet.folder.is_dir() {
        Ok(wallet)
    } else {
        Err(WalletError::NoWallet { name: name.into(), root: root.into() })
    }
}

/// All wallets in `root`, by name; none if there is no such folder.
pub fn list(root: &Path) -> Result<Vec<Wallet>, WalletError> {
    let names = names(root, |path| path.is_dir())?;
    Ok(names.into_iter().map(|name| Wallet { folder: root.join(&name), name }).collect())
}

impl Wallet {
    fn at(root: &Path, name: &str) -> Result<Self, WalletError> {
        Ok(Self { folder: root.join(checked(name)?), name: name.into() })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a hotkey, encrypted by `password` if there is one. One that exists is overwritten only by `force`.
    pub fn add_hotkey(
        &self,
        name: &str,
        hotkey: &Secret,
        password: Option<&str>,
        force: bool,
    ) -> Result<(), WalletError> {
        keyfile::write(&self.hotkey_path(name)?, hotkey, password, force)?;
        if password.is_some() {
            keyfile::write_public(&self.hotkey_public_path(name)?, &hotkey.account())?;
        }
        Ok(())
    }

    /// `password` is asked, with the file's path, only if the file is encrypted.
    pub fn coldkey(
        &self,
        password: impl FnOnce(&Path) -> Result<String, WalletError>,
    ) -> Result<sr25519::Pair, WalletError> {
        KeyFile::read(&self.folder.join(COLDKEY))?.pair(password)
    }

    /// `password` is asked, with the file's path, only if the file is encrypted.
    pub fn hotkey(
        &self,
        name: &str,
        password: impl FnOnce(&Path) -> Result<String, WalletError>,
    ) -> Result<sr25519::Pair, WalletError> {
        KeyFile::read(&self.hotkey_path(name)?)?.pair(password)
    }

    /// The coldkey's public side, which needs no password.
    pub fn coldkey_account(&self) -> Result<AccountId, WalletError> {
        KeyFile::read(&self.folder.join(COLDKEY_PUBLIC))?.account()
    }

    /// A hotkey's public side, which needs no password.
    pub fn hotkey_account(&self, name: &str) -> Result<AccountId, WalletError> {
        let file = KeyFile::read(&self.hotkey_path(name)?)?;
        if file.is_encrypted() {
            KeyFile::read(&self.hotkey_public_path(name)?)?.account()
        } else {
            file.account()
        }
    }

    /// The names of its hotkeys.
    pub fn hotkeys(&self) -> Result<Vec<String>, WalletError> {
        let mut names = names(&self.folder.join(HOTKEYS), |path| path.is_file())?;
        names.retain(|name| !name.ends_with(PUBLIC_SUFFIX));
        Ok(names)
    }

    fn hotkey_path(&self, name: &str) -> Result<PathBuf, WalletError> {
        Ok(self.folder.join(HOTKEYS).join(checked(name)?))
    }

    fn hotkey_public_path(&self, name: &str) -> Result<PathBuf, WalletError> {
        Ok(self.folder.join(HOTKEYS).join(format!("{}{PUBLIC_SUFFIX}", checked(name)?)))
    }
}

/// A name becomes a file name: it must not lead out of its folder.
fn checked(name: &str) -> Result<&str, WalletError> {
    let allowed = |character: char| character.is_alphanumeric() || "._- ".contains(character);
    let hidden = name.starts_with('.');
    if name.is_empty() || hidden || name.len() > 100 || name.ends_with(PUBLIC_SUFFIX) || !name.chars().all(allowed) {
        return Err(WalletError::BadName(name.into()));
    }
    Ok(name)
}

fn names(folder: &Path, wanted: fn(&Path) -> bool) -> Result<Vec<String>, WalletError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error| WalletError::io("read", folder, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().into_string().ok();
        names.extend(name.filter(|name| wanted(&entry.path()) && checked_or_public(name)));
    }
    names.sort();
    Ok(names)
}

fn checked_or_public(name: &str) -> bool {
    name.ends_with(PUBLIC_SUFFIX) || checked(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_core::Pair;
    use std::os::unix::fs::PermissionsExt;

    fn unasked(path: &Path) -> Result<String, WalletError> {
        panic!("no password is needed for {}", path.display())
    }

    #[test]
    fn a_wallet_is_found_again_with_all_its_keys() {
        let root = tempfile::tempdir().unwrap();
        let (cold, hot) = (Secret::generate(), Secret::generate());
        create(root.path(), "alice", &cold, None, false).unwrap().add_hotkey("miner", &hot, None, false).unwrap();
        let wallet = open(root.path(), "alice").unwrap();
        assert_eq!(wallet.coldkey(unasked).unwrap().to_raw_vec(), cold.pair().to_raw_vec());
        assert_eq!(wallet.hotkey("miner", unasked).unwrap().to_raw_vec(), hot.pair().to_raw_vec());
        assert_eq!(wallet.coldkey_account().unwrap(), cold.account());
        assert_eq!(wallet.hotkey_account("miner").unwrap(), hot.account());
        assert_eq!(wallet.hotkeys().unwrap(), ["miner"]);
        assert_eq!(list(root.path()).unwrap(), [wallet]);
    }

    /// The only test that derives keys from passwords here: each derivation takes seconds and 512 MiB.
    #[test]
    fn an_encrypted_key_opens_with_its_password_only_and_shows_its_address_without() {
        let root = tempfile::tempdir().unwrap();
        let (cold, hot) = (Secret::generate(), Secret::generate());
        let wallet = create(root.path(), "alice", &cold, None, false).unwrap();
        wallet.add_hotkey("miner", &hot, Some("right"), false).unwrap();
        assert_eq!(wallet.hotkey_account("miner").unwrap(), hot.account());
        assert_eq!(wallet.hotkeys().unwrap(), ["miner"]);
        let open = |password: &str| wallet.hotkey("miner", |_| Ok(password.into()));
        assert_eq!(open("right").unwrap().to_raw_vec(), hot.pair().to_raw_vec());
        assert!(matches!(open("wrong"), Err(WalletError::WrongPassword(_))));
    }

    #[test]
    fn a_key_is_overwritten_only_by_force() {
        let root = tempfile::tempdir().unwrap();
        let (old, new) = (Secret::generate(), Secret::generate());
        let wallet = create(root.path(), "alice", &old, None, false).unwrap();
        let error = create(root.path(), "alice", &new, None, false).unwrap_err();
        assert!(error.to_string().contains("--force"), "{error}");
        assert_eq!(wallet.coldkey(unasked).unwrap().to_raw_vec(), old.pair().to_raw_vec());
        assert_eq!(wallet.coldkey_account().unwrap(), old.account());
        create(root.path(), "alice", &new, None, true).unwrap();
        assert_eq!(wallet.coldkey_account().unwrap(), new.account());
    }

    #[test]
    fn only_the_owner_may_read_a_key() {
        let root = tempfile::tempdir().unwrap();
        let wallet = create(root.path(), "alice", &Secret::generate(), None, false).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&wallet.folder().join("coldkey")), 0o600);
        assert_eq!(mode(wallet.folder()), 0o700);
        let left: Vec<_> = fs::read_dir(wallet.folder()).unwrap().collect();
        assert_eq!(left.len(), 2, "no temporary file stays behind");
    }

    #[test]
    fn a_name_cannot_lead_out_of_its_folder() {
        let root = tempfile::tempdir().unwrap();
        for name in ["", ".", "..", "../alice", "a/b", "a\\b", "a\0b", ".hidden", "minerpub.txt"] {
            assert!(matches!(open(root.path(), name), Err(WalletError::BadName(_))), "{name}");
            let wallet = Wallet::at(root.path(), "alice").unwrap();
            assert!(matches!(wallet.hotkey_account(name), Err(WalletError::BadName(_))), "{name}");
        }
    }

    #[test]
    fn a_missing_wallet_says_how_to_make_one() {
        let root = tempfile::tempdir().unwrap();
        assert!(open(root.path(), "alice").unwrap_err().to_string().contains("plexus wallet new"));
        assert_eq!(list(&root.path().join("nowhere")).unwrap(), []);
    }
}
