//! Weights that stay hidden until they count: what is revealed, and what a validator can ask about its own.

use crate::{AccountId, Amount, BlockNumber, NetUid, Uid};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

/// The most commits of one seat that wait to be revealed.
pub const MAX_OPEN_COMMITS: u32 = 10;

/// A committed row of weights as it is revealed; `uids` and `values` run in parallel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Reveal {
    pub uids: Vec<Uid>,
    pub values: Vec<u16>,
    /// Random: without it the row could be guessed from its hash.
    pub salt: [u8; 32],
    /// The version that `set_weights` would carry.
    pub version: u64,
}

impl Reveal {
    /// What is committed: blake2-256 of SCALE((hotkey, netuid, uids, values, salt, version)). It names the hotkey, so
    /// that nobody else can commit to the same row by copying the hash.
    pub fn hash(&self, hotkey: &AccountId, netuid: NetUid) -> H256 {
        BlakeTwo256::hash_of(&(hotkey, netuid, &self.uids, &self.values, self.salt, self.version))
    }
}

/// A commit that waits to be revealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct OpenCommit {
    pub hash: H256,
    pub committed_at: BlockNumber,
    /// The first and the last block in which it can be revealed.
    pub reveal_from: BlockNumber,
    pub reveal_until: BlockNumber,
}

/// Where one hotkey stands with its weights on one subnet, after `block`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct WeightsStatus {
    pub block: BlockNumber,
    /// Whether weights are committed and revealed here, instead of being set openly.
    pub commit_reveal: bool,
    /// Why the next block would refuse weights for others, or a commit; `None`: it would take them.
    pub obstacle: Option<WeightsObstacle>,
    /// Oldest first, which is the order in which they have to be revealed.
    pub open: Vec<OpenCommit>,
    /// A commit was not revealed in time: until the next row the hotkey has no weights and earns no dividends.
    pub forfeits: bool,
    /// The next block in which the subnet's epoch runs; where it waits for one with time for it, the first that may have it.
    pub next_epoch: BlockNumber,
}

/// Why a hotkey may not give weights now. Each text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightsObstacle {
    NotRegistered,
    /// In base units.
    NotEnoughStake {
        has: Amount,
        needs: Amount,
    },
    TooSoon {
        until: BlockNumber,
    },
    /// Each epoch gives permits anew.
    NoPermit {
        until: BlockNumber,
    },
    /// Until the oldest commit can be revealed.
    TooManyOpenCommits {
        until: BlockNumber,
    },
}

impl WeightsObstacle {
    /// The first block in which it may be gone without anybody changing anything else.
    pub fn until(&self) -> Option<BlockNumber> {
        match self {
            Self::NotRegistered | Self::NotEnoughStake { .. } => None,
            Self::TooSoon { until } | Self::NoPermit { until } | Self::TooManyOpenCommits { until } => Some(*until),
        }
    }
}

impl fmt::Display for WeightsObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRegistered => f.write_str("the hotkey has no seat on this subnet; `plexus register` gets it one"),
            Self::NotEnoughStake { has, needs } => write!(
                f,
                "the hotkey has {has} base units of stake and the subnet wants {needs}; add some with `plexus stake add`"
            ),
            Self::TooSoon { until } => {
                write!(f, "the subnet's weights_rate_limit allows the next weights in block {until}")
            }
            Self::NoPermit { until } => write!(
                f,
                "the hotkey has no validator permit; permits go to the top stakes at each epoch, next in block {until}"
            ),
            Self::TooManyOpenCommits { until } => write!(
                f,
                "{MAX_OPEN_COMMITS} commits wait to be revealed, the most that may; the oldest can be from block {until}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn reveal() -> Reveal {
        Reveal { uids: vec![1, 2], values: vec![3, 4], salt: [5; 32], version: 6 }
    }

    #[test]
    fn a_hash_names_everything_that_is_revealed_and_who_may_reveal_it() {
        let (hotkey, netuid) = (AccountId::new([7; 32]), NetUid(8));
        let hash = reveal().hash(&hotkey, netuid);
        assert_ne!(reveal().hash(&AccountId::new([9; 32]), netuid), hash);
        assert_ne!(reveal().hash(&hotkey, NetUid(9)), hash);
        for change in [
            (|reveal| reveal.uids[0] = 0) as fn(&mut Reveal),
            |reveal| reveal.values[1] = 0,
            |reveal| reveal.salt[31] = 0,
            |reveal| reveal.version = 0,
        ] {
            let mut changed = reveal();
            change(&mut changed);
            assert_ne!(changed.hash(&hotkey, netuid), hash, "{changed:?}");
        }
    }

    #[test]
    fn the_hash_is_blake2_of_the_scale_encoded_parts_in_their_order() {
        let (hotkey, netuid) = (AccountId::new([7; 32]), NetUid(8));
        let parts = [&[7; 32][..], &[8, 0], &[8, 1, 0, 2, 0], &[8, 3, 0, 4, 0], &[5; 32], &[6, 0, 0, 0, 0, 0, 0, 0]];
        assert_eq!(reveal().hash(&hotkey, netuid).0, sp_core::blake2_256(&parts.concat()));
    }
}
