use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use subnet::{AccountId, Seed};

/// Bits of the numbers to build: a reader of JSON that knows only doubles still holds them exactly.
pub const BITS: u32 = 48;

/// First in what the numbers are derived from, so that they serve nothing else.
const DOMAIN: &[u8] = b"plexus/template/1";

/// What all miners are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Challenge {
    /// Differs from round to round, and so do the numbers.
    pub nonce: String,
}

impl Challenge {
    /// The number that the miner `hotkey` has to build; its highest of [`BITS`] bits is set.
    pub fn target(&self, hotkey: &AccountId) -> u64 {
        let highest = 1_u64 << (BITS - 1);
        let mut draw = Seed::of(&[DOMAIN, self.nonce.as_bytes(), hotkey.as_ref()]).draw();
        highest | draw.below(highest as usize) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_miner_has_a_number_of_its_own_in_each_round() {
        let [dave, eve] = [[1; 32], [2; 32]].map(AccountId::from);
        let [first, second] = ["a", "b"].map(|nonce| Challenge { nonce: nonce.into() });
        assert_eq!(first.target(&dave), first.target(&dave));
        assert_ne!(first.target(&dave), first.target(&eve));
        assert_ne!(first.target(&dave), second.target(&dave));
        assert_eq!(first.target(&dave).ilog2(), BITS - 1);
    }
}
