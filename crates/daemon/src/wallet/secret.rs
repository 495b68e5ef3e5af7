use super::WalletError;
use primitives::AccountId;
use sp_core::{sr25519, Pair};
use std::fmt;

/// A key with the words that it comes from.
#[derive(Clone)]
pub struct Secret {
    phrase: String,
    seed: [u8; 32],
    pair: sr25519::Pair,
}

impl Secret {
    /// A new key of 12 words.
    pub fn generate() -> Self {
        let (pair, phrase, seed) = sr25519::Pair::generate_with_phrase(None);
        Self { phrase, seed, pair }
    }

    /// The key of a BIP-39 English mnemonic, without derivation path or passphrase.
    pub fn from_phrase(phrase: &str) -> Result<Self, WalletError> {
        let phrase = phrase.split_whitespace().collect::<Vec<_>>().join(" ");
        let (pair, seed) = sr25519::Pair::from_phrase(&phrase, None).map_err(|_| WalletError::BadMnemonic)?;
        Ok(Self { phrase, seed, pair })
    }

    /// What its owner has to write down.
    pub fn phrase(&self) -> &str {
        &self.phrase
    }

    /// The 32 bytes that the words encode.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub fn pair(&self) -> &sr25519::Pair {
        &self.pair
    }

    pub fn account(&self) -> AccountId {
        self.pair.public().into()
    }
}

/// Without the secret, which must not reach a log.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.account())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

    #[test]
    fn words_give_the_key_that_they_give_everywhere() {
        let secret = Secret::from_phrase(&format!("  {} ", WORDS.replace(' ', "\n"))).unwrap();
        assert_eq!(secret.account().to_string(), "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV");
        assert_eq!(secret.phrase(), WORDS);
    }

    #[test]
    fn misspelt_or_missing_words_are_refused() {
        for words in ["", "bottom", &WORDS.replace("lake", "lakes"), &WORDS.replace("walk", "drive")] {
            assert!(matches!(Secret::from_phrase(words), Err(WalletError::BadMnemonic)), "{words}");
        }
    }

    #[test]
    fn a_new_key_has_twelve_words_and_is_not_printed() {
        let secret = Secret::generate();
        assert_eq!(secret.phrase().split(' ').count(), 12);
        assert!(!format!("{secret:?}").contains(secret.phrase()));
    }
}
