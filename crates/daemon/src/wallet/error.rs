use std::path::{Path, PathBuf};

/// What can go wrong with a wallet; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    #[error(
        "there is no wallet `{name}` in {root}: make one with `plexus wallet new`, or name the folder by --wallet-path"
    )]
    NoWallet { name: String, root: PathBuf },
    #[error(
        "there is no key file {0}: make the key with `plexus wallet new`, or check the names with `plexus wallet list`"
    )]
    NoKey(PathBuf),
    #[error("`{0}` cannot name a wallet or hotkey: use letters, digits, dots, dashes and underscores")]
    BadName(String),
    #[error("{0} holds a key already, and overwriting it loses what it owns: take another name, or --force it")]
    Exists(PathBuf),
    #[error(
        "{path} is encrypted as {format}, which is not read here: decrypt it with the program that wrote it, or make \
         the wallet anew from its 12 words"
    )]
    Foreign { path: PathBuf, format: &'static str },
    #[error(
        "{path} is not a key file ({reason}): restore it from a backup, or make the wallet anew from its 12 words"
    )]
    Malformed { path: PathBuf, reason: String },
    #[error("{0} holds a public key only: signing needs the file with the secret")]
    NoSecret(PathBuf),
    #[error("the password does not open {0}")]
    WrongPassword(PathBuf),
    #[error("{0} needs a password, and there is no terminal to ask on: set PLEXUS_PASSWORD")]
    NoPassword(PathBuf),
    #[error("the two passwords differ: nothing was written")]
    PasswordsDiffer,
    #[error("these are not the 12 to 24 English words of a mnemonic: check their spelling and order")]
    BadMnemonic,
    #[error("there is no home folder: name the wallets' folder with --wallet-path")]
    NoHome,
    #[error("the password could not be turned into a key ({0}): 512 MiB of free memory are needed")]
    Derivation(String),
    #[error("the system gave no randomness ({0})")]
    NoRandomness(String),
    #[error("cannot {action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
}

impl WalletError {
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }
}
