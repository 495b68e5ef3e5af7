use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use inference::{Message, Sampling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use subnet::{AccountId, SolveError};

/// The most tokens that one challenge can ask for.
pub const MAX_TOKENS: u32 = 1_024;
pub const MAX_TEMPERATURE: f32 = 2.0;
/// Bytes of a nonce, in hexadecimal: of a validator's own challenges as of an app's, so that none shows by it.
pub const NONCE_BYTES: usize = 16;

/// First in what the noise is derived from, so that it serves nothing else.
const NOISE_DOMAIN: &[u8] = b"plexus/noise/1";

/// A conversation to be continued. A validator's own challenges and a person's prompts have the same form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextChallenge {
    pub messages: Vec<Message>,
    /// 1 to [`MAX_TOKENS`].
    pub max_tokens: u32,
    /// 0 (the likeliest token always) to [`MAX_TEMPERATURE`]. At 0 noise has no effect, so copies cannot be told apart.
    pub temperature: f32,
    /// Makes two otherwise equal challenges different, and so their noise.
    pub nonce: String,
}

impl TextChallenge {
    /// How the miner `hotkey` has to sample its answer.
    pub fn sampling(&self, hotkey: &AccountId) -> Sampling {
        let noise = self.noise(hotkey);
        Sampling { temperature: self.temperature, max_tokens: self.max_tokens as usize, noise }
    }

    /// Blake2-256 of domain, hotkey and challenge: known to everybody, different for every miner.
    fn noise(&self, hotkey: &AccountId) -> [u8; 32] {
        let json = serde_json::to_vec(self).expect("strings and numbers can be written as JSON");
        hash(&[NOISE_DOMAIN, hotkey.as_ref(), &hash(&[&json])])
    }

    /// Refuses what no miner could answer.
    pub fn validate(&self) -> Result<(), SolveError> {
        let refuse = |message: String| Err(SolveError::BadChallenge(message));
        if self.messages.is_empty() {
            return refuse("There are no messages; send at least one.".into());
        }
        if !(1..=MAX_TOKENS).contains(&self.max_tokens) {
            return refuse(format!("max_tokens is {}, which is not within 1 and {MAX_TOKENS}.", self.max_tokens));
        }
        if !(0.0..=MAX_TEMPERATURE).contains(&self.temperature) {
            return refuse(format!(
                "temperature is {}, which is not within 0 and {MAX_TEMPERATURE}.",
                self.temperature
            ));
        }
        Ok(())
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Blake2b::<U32>::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge() -> TextChallenge {
        let messages = vec![Message { role: "user".into(), content: "Speak.".into() }];
        TextChallenge { messages, max_tokens: 10, temperature: 1.0, nonce: "n".into() }
    }

    #[test]
    fn noise_differs_between_miners_and_between_challenges() {
        let [dave, eve] = [[1; 32], [2; 32]].map(AccountId::from);
        let other = TextChallenge { nonce: "m".into(), ..challenge() };
        assert_eq!(challenge().noise(&dave), challenge().noise(&dave));
        assert_ne!(challenge().noise(&dave), challenge().noise(&eve));
        assert_ne!(challenge().noise(&dave), other.noise(&dave));
    }

    #[test]
    fn noise_survives_the_way_over_the_wire_at_every_temperature() {
        let dave = AccountId::from([1; 32]);
        for bits in (0.0_f32.to_bits()..MAX_TEMPERATURE.to_bits()).step_by(99_991) {
            let sent = TextChallenge { temperature: f32::from_bits(bits), ..challenge() };
            let read: TextChallenge = serde_json::from_slice(&serde_json::to_vec(&sent).unwrap()).unwrap();
            assert_eq!(sent.noise(&dave), read.noise(&dave), "at {}", sent.temperature);
        }
    }

    #[test]
    fn what_nobody_could_answer_is_refused() {
        assert_eq!(challenge().validate(), Ok(()));
        let refused = |challenge: TextChallenge| challenge.validate().is_err();
        assert!(refused(TextChallenge { messages: vec![], ..challenge() }));
        assert!(refused(TextChallenge { max_tokens: 0, ..challenge() }));
        assert!(refused(TextChallenge { max_tokens: MAX_TOKENS + 1, ..challenge() }));
        assert!(refused(TextChallenge { temperature: -0.1, ..challenge() }));
        assert!(refused(TextChallenge { temperature: f32::NAN, ..challenge() }));
        assert!(refused(TextChallenge { temperature: 2.1, ..challenge() }));
    }
}
