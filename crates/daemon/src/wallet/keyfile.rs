//! One key in one file: JSON, sealed or not.

use super::sealed::{self, SealError};
use super::{file, Secret, WalletError};
use primitives::AccountId;
use serde::{Deserialize, Serialize};
use sp_core::{sr25519, Pair};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Encryptions of older writers, by the bytes that they start with.
const FOREIGN: [(&[u8], &str); 2] = [(b"$ANSIBLE_VAULT", "an Ansible vault"), (b"gAAAAA", "a Fernet token")];

/// All fields are text; those of bytes are hex with 0x. Other fields of other writers are ignored, such as a key type,
/// which is not written because some readers stumble over it.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_phrase: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_seed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ss58_address: Option<String>,
}

impl Fields {
    fn public(account: &AccountId) -> Self {
        let hex = hex(account.as_ref());
        Self {
            account_id: Some(hex.clone()),
            public_key: Some(hex),
            ss58_address: Some(account.to_string()),
            ..Self::default()
        }
    }

    fn secret(secret: &Secret) -> Self {
        Self {
            private_key: Some(hex(&secret.pair().to_raw_vec())),
            secret_phrase: Some(secret.phrase().into()),
            secret_seed: Some(hex(secret.seed())),
            ..Self::public(&secret.account())
        }
    }

    fn account(&self) -> Option<AccountId> {
        let from_address = self.ss58_address.as_ref().and_then(|address| AccountId::from_str(address).ok());
        let public = self.public_key.as_ref().or(self.account_id.as_ref());
        from_address.or_else(|| Some(AccountId::new(bytes(public?)?.try_into().ok()?)))
    }

    /// The first secret that belongs to the file's own address: one writer is known to garble a seed.
    fn pair(&self) -> Option<sr25519::Pair> {
        let account = self.account();
        let from_phrase =
            self.secret_phrase.iter().filter_map(|phrase| Some(sr25519::Pair::from_phrase(phrase, None).ok()?.0));
        let raw = [&self.secret_seed, &self.private_key].into_iter().flatten();
        let from_raw = raw.filter_map(|secret| sr25519::Pair::from_seed_slice(&bytes(secret)?).ok());
        from_phrase.chain(from_raw).find(|pair| account.as_ref().is_none_or(|account| *account == pair.public().into()))
    }

    fn holds_a_secret(&self) -> bool {
        self.secret_phrase.is_some() || self.secret_seed.is_some() || self.private_key.is_some()
    }
}

pub struct KeyFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl KeyFile {
    pub fn read(path: &Path) -> Result<Self, WalletError> {
        let bytes = file::read(path)?;
        match FOREIGN.iter().find(|(prefix, _)| bytes.starts_with(prefix)) {
            Some((_, format)) => Err(WalletError::Foreign { path: path.into(), format }),
            None => Ok(Self { path: path.into(), bytes }),
        }
    }

    pub fn is_encrypted(&self) -> bool {
        self.bytes.starts_with(sealed::PREFIX)
    }

    /// `password` is asked only if the file is encrypted.
    pub fn pair(
        &self,
        password: impl FnOnce(&Path) -> Result<String, WalletError>,
    ) -> Result<sr25519::Pair, WalletError> {
        let fields = if self.is_encrypted() {
            let password = password(&self.path)?;
            self.parse(&sealed::open(&self.bytes, &password).map_err(|error| explain(error, &self.path))?)?
        } else {
            self.parse(&self.bytes)?
        };
        if !fields.holds_a_secret() {
            return Err(WalletError::NoSecret(self.path.clone()));
        }
        fields.pair().ok_or_else(|| self.malformed("its secret does not belong to its address"))
    }

    /// Of a file that is not encrypted.
    pub fn account(&self) -> Result<AccountId, WalletError> {
        self.parse(&self.bytes)?.account().ok_or_else(|| self.malformed("it names no address"))
    }

    fn parse(&self, text: &[u8]) -> Result<Fields, WalletError> {
        // The parser's own message could quote a secret.
        serde_json::from_slice(text).map_err(|error| {
            self.malformed(format!("no JSON object of a key, at line {} column {}", error.line(), error.column()))
        })
    }

    fn malformed(&self, reason: impl Into<String>) -> WalletError {
        WalletError::Malformed { path: self.path.clone(), reason: reason.into() }
    }
}

pub fn write(path: &Path, secret: &Secret, password: Option<&str>, force: bool) -> Result<(), WalletError> {
    // Before a password is worked on for seconds; the write itself checks again.
    if !force && path.exists() {
        return Err(WalletError::Exists(path.into()));
    }
    let text = json(&Fields::secret(secret), path)?;
    let bytes = match password {
        Some(password) => sealed::seal(&text, password).map_err(|error| explain(error, path))?,
        None => text,
    };
    file::write(path, &bytes, force)
}

pub fn write_public(path: &Path, account: &AccountId) -> Result<(), WalletError> {
    file::write(path, &json(&Fields::public(account), path)?, true)
}

fn json(fields: &Fields, path: &Path) -> Result<Vec<u8>, WalletError> {
    serde_json::to_vec(fields).map_err(|error| WalletError::io("write", path, error.into()))
}

fn explain(error: SealError, path: &Path) -> WalletError {
    match error {
        SealError::Derivation(reason) => WalletError::Derivation(reason),
        SealError::NoRandomness(reason) => WalletError::NoRandomness(reason),
        SealError::Unopened => WalletError::WrongPassword(path.into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_file(text: &str) -> Result<sr25519::Pair, WalletError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, text).unwrap();
        KeyFile::read(&path)?.pair(|_| panic!("asked for a password"))
    }

    fn error(text: &str) -> String {
        key_file(text).err().unwrap().to_string()
    }

    #[test]
    fn any_one_of_the_three_secrets_is_enough() {
        let secret = Secret::generate();
        let full = || Fields::secret(&secret);
        let phrase = Fields { private_key: None, secret_seed: None, ..full() };
        let seed = Fields { private_key: None, secret_phrase: None, ..full() };
        let private = Fields { secret_phrase: None, secret_seed: None, account_id: None, public_key: None, ..full() };
        for fields in [phrase, seed, private] {
            let pair = key_file(&serde_json::to_string(&fields).unwrap()).unwrap();
            assert_eq!(pair.to_raw_vec(), secret.pair().to_raw_vec());
        }
    }

    #[test]
    fn a_key_is_written_without_the_field_that_some_readers_stumble_over() {
        let text = serde_json::to_string(&Fields::secret(&Secret::generate())).unwrap();
        assert!(!text.contains("cryptoType") && !text.contains("null"), "{text}");
    }

    #[test]
    fn a_secret_of_another_address_is_refused() {
        let mut fields = Fields::secret(&Secret::generate());
        fields.ss58_address = Some(Secret::generate().account().to_string());
        assert!(error(&serde_json::to_string(&fields).unwrap()).contains("does not belong to its address"));
    }

    #[test]
    fn a_public_key_cannot_sign() {
        let fields = Fields::public(&Secret::generate().account());
        assert!(matches!(key_file(&serde_json::to_string(&fields).unwrap()), Err(WalletError::NoSecret(_))));
    }

    #[test]
    fn other_encryptions_are_named_with_what_to_do() {
        for text in ["$ANSIBLE_VAULT;1.1;AES256\n6162", "gAAAAABkX0"] {
            assert!(error(text).contains("decrypt it with the program that wrote it"), "{text}");
        }
    }

    #[test]
    fn garbage_is_refused_without_quoting_it() {
        for text in ["", "{", "zebra zoo", r#"{"secretPhrase": 5}"#, "[1]"] {
            let message = error(text);
            assert!(message.contains("is not a key file"), "{message}");
            assert!(!message.contains("zebra"), "{message}");
        }
        assert!(error(&"x".repeat(70_000)).contains("too long"));
    }

    #[test]
    fn a_truncated_sealed_file_does_not_open() {
        assert!(matches!(sealed::open(b"$NACL", "x"), Err(SealError::Unopened)));
        assert!(matches!(sealed::open(b"$NACL short", "x"), Err(SealError::Unopened)));
    }
}
