use primitives::{BlockNumber, NetUid, Uid};
use serde::{Deserialize, Serialize};
use sp_core::H256;
use subnet::{Record, Seed};

/// A block that nobody could know before it was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beacon {
    pub block: BlockNumber,
    pub block_hash: H256,
}

/// A round as a validator keeps it: what its judgements follow from, and what its challenge was drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Counted from 1 for each subnet; numbers are not used again.
    pub number: u64,
    pub netuid: NetUid,
    /// The newest block that the validator knew.
    #[serde(flatten)]
    pub beacon: Beacon,
    /// When it began, in Unix seconds.
    pub at: u64,
    /// Milliseconds, of asking and judging together.
    pub took: u64,
    /// Randomness that the validator drew for this round.
    pub entropy: H256,
    /// The seats of those who were asked, in the order of the record's answers.
    pub uids: Vec<Uid>,
    /// Those of them whose answers were too large to be kept: what was thought of these cannot be judged again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Uid>,
    pub record: Record,
}

impl Round {
    /// The seed of a round: neither miners nor a validator that keeps to this can know it before the block.
    pub fn seed(entropy: H256, netuid: NetUid, beacon: Beacon) -> Seed {
        Seed::of(&[entropy.as_bytes(), &netuid.0.to_le_bytes(), beacon.block_hash.as_bytes()])
    }

    /// Whether the challenge was drawn from the block and the randomness that the round names.
    pub fn is_drawn_from_its_block(&self) -> bool {
        self.record.seed == Self::seed(self.entropy, self.netuid, self.beacon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round() -> Round {
        let beacon = Beacon { block: 7, block_hash: H256::repeat_byte(7) };
        let entropy = H256::repeat_byte(1);
        let seed = Round::seed(entropy, NetUid(1), beacon);
        let record = Record { subnet: "echo".into(), version: 1, seed, past: None, answers: vec![] };
        Round { number: 3, netuid: NetUid(1), beacon, at: 1, took: 2, entropy, uids: vec![], left_out: vec![], record }
    }

    #[test]
    fn a_seed_that_is_not_made_of_the_block_is_noticed() {
        assert!(round().is_drawn_from_its_block());
        let mut other = round();
        other.beacon.block_hash = H256::repeat_byte(8);
        assert!(!other.is_drawn_from_its_block());
        assert!(!Round { entropy: H256::zero(), ..round() }.is_drawn_from_its_block());
        assert!(!Round { netuid: NetUid(2), ..round() }.is_drawn_from_its_block());
    }

    #[test]
    fn a_round_survives_json() {
        let json = serde_json::to_string(&round()).unwrap();
        assert_eq!(serde_json::from_str::<Round>(&json).unwrap(), round());
    }
}
