use crate::{AccountId, Amount, BlockNumber, NetUid};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What the shares of all subnets sum to, as soon as there are any.
pub const WHOLE_SHARE: u64 = 1 << 32;
/// The most seats that the root network can have.
pub const MAX_ROOT_SEATS: u32 = 64;

/// How the root network works.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct RootRules {
    /// From 1 to [`MAX_ROOT_SEATS`].
    pub seats: u16,
    /// Blocks between two root epochs: one is due when block mod tempo = 0. At least 1.
    pub tempo: BlockNumber,
    /// Fewest blocks between two weight settings of one seat.
    pub weights_rate_limit: BlockNumber,
}

impl Default for RootRules {
    fn default() -> Self {
        Self { seats: MAX_ROOT_SEATS as u16, tempo: 100, weights_rate_limit: 100 }
    }
}

impl RootRules {
    pub fn are_valid(&self) -> bool {
        (1..=MAX_ROOT_SEATS).contains(&self.seats.into()) && self.tempo >= 1
    }

    pub fn is_due(&self, block: BlockNumber) -> bool {
        block.checked_rem(self.tempo) == Some(0)
    }

    /// The first root epoch after `block`. `None` when no block number is that large.
    pub fn next_epoch(&self, block: BlockNumber) -> Option<BlockNumber> {
        block.checked_div(self.tempo)?.checked_add(1)?.checked_mul(self.tempo)
    }
}

/// The whole root network at one block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct RootInfo {
    pub block: BlockNumber,
    /// The next block at which the shares are decided anew.
    pub next_epoch: BlockNumber,
    pub rules: RootRules,
    /// Highest stake first.
    pub seats: Vec<RootSeat>,
    /// The subnets that get anything, in netuid order.
    pub shares: Vec<SubnetShare>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct RootSeat {
    pub hotkey: AccountId,
    pub coldkey: AccountId,
    /// All stake on the hotkey, in base units.
    pub stake: Amount,
    /// Max-upscaled, in the order in which they were set.
    pub weights: Vec<(NetUid, u16)>,
    /// Block of the last weight setting, if there was one.
    pub set_at: Option<BlockNumber>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct SubnetShare {
    pub netuid: NetUid,
    /// Of [`WHOLE_SHARE`].
    pub share: u64,
    /// Base units that the next block mints for it.
    pub emission: Amount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_epochs_are_one_tempo_apart() {
        let rules = RootRules { tempo: 10, ..Default::default() };
        let due: Vec<_> = (0..25).filter(|block| rules.is_due(*block)).collect();
        assert_eq!(due, [0, 10, 20]);
        assert_eq!([0, 9, 10].map(|block| rules.next_epoch(block)), [Some(10), Some(10), Some(20)]);
        assert_eq!(rules.next_epoch(BlockNumber::MAX), None);
    }

    #[test]
    fn rules_without_seats_or_tempo_and_with_too_many_seats_are_not_valid() {
        assert!(RootRules::default().are_valid());
        assert!(!RootRules { seats: 0, ..Default::default() }.are_valid());
        assert!(!RootRules { seats: 65, ..Default::default() }.are_valid());
        assert!(!RootRules { tempo: 0, ..Default::default() }.are_valid());
    }
}
