use crate::sentences;
use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use subnet::{AccountId, Seed, SolveError};

/// The most texts of one challenge, and the most bytes of one.
pub const MAX_TEXTS: usize = 16;
pub const MAX_TEXT_BYTES: usize = 1_024;

/// First in what the salt is derived from, so that it serves nothing else.
const SALT_DOMAIN: &[u8] = b"plexus/embed/1";
/// Enough that no two miners get the same.
const SALT_WORDS: usize = 8;

/// Texts to be embedded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmbedChallenge {
    /// 1 to [`MAX_TEXTS`] of 1 to [`MAX_TEXT_BYTES`] bytes.
    pub texts: Vec<String>,
    /// Makes two otherwise equal challenges different, and so their salts.
    pub nonce: String,
}

impl EmbedChallenge {
    /// What the miner `hotkey` has to embed for each text: its own words and then the text.
    pub fn salted(&self, hotkey: &AccountId) -> Vec<String> {
        let salt = self.salt(hotkey);
        self.texts.iter().map(|text| format!("{salt} . {text}")).collect()
    }

    /// Words of Blake2-256 of domain, hotkey and challenge: known to everybody, different for every miner.
    fn salt(&self, hotkey: &AccountId) -> String {
        let json = serde_json::to_vec(self).expect("strings can be written as JSON");
        let mut hasher = Blake2b::<U32>::new();
        [SALT_DOMAIN, hotkey.as_ref(), &json].iter().for_each(|part| hasher.update(part));
        sentences::words(&mut Seed(hasher.finalize().into()).draw(), SALT_WORDS)
    }

    /// Refuses what no miner could answer.
    pub fn validate(&self) -> Result<(), SolveError> {
        let refuse = |message: String| Err(SolveError::BadChallenge(message));
        if !(1..=MAX_TEXTS).contains(&self.texts.len()) {
            return refuse(format!("There are {} texts, which is not within 1 and {MAX_TEXTS}.", self.texts.len()));
        }
        match self.texts.iter().find(|text| !(1..=MAX_TEXT_BYTES).contains(&text.len())) {
            Some(text) => {
                refuse(format!("A text has {} bytes, which is not within 1 and {MAX_TEXT_BYTES}.", text.len()))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(text: &str) -> EmbedChallenge {
        EmbedChallenge { texts: vec![text.into()], nonce: "n".into() }
    }

    #[test]
    fn salts_differ_between_miners_and_between_challenges() {
        let [dave, eve] = [[1; 32], [2; 32]].map(AccountId::from);
        assert_eq!(challenge("a").salt(&dave), challenge("a").salt(&dave));
        assert_ne!(challenge("a").salt(&dave), challenge("a").salt(&eve));
        assert_ne!(challenge("a").salt(&dave), challenge("b").salt(&dave));
        assert_ne!(challenge("a").salt(&dave), EmbedChallenge { nonce: "m".into(), ..challenge("a") }.salt(&dave));
    }

    #[test]
    fn what_nobody_could_answer_is_refused() {
        assert_eq!(challenge("a").validate(), Ok(()));
        let many = EmbedChallenge { texts: vec!["a".into(); MAX_TEXTS + 1], nonce: String::new() };
        let none = EmbedChallenge { texts: vec![], nonce: String::new() };
        for challenge in [many, none, challenge(""), challenge(&"a".repeat(MAX_TEXT_BYTES + 1))] {
            assert!(challenge.validate().is_err(), "{challenge:?}");
        }
    }
}
