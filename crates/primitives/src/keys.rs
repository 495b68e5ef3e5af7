use crate::{AccountId, BlockNumber};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

/// Hotkeys of one coldkey, at most: so many change hands at once when it is swapped.
pub const MAX_HOTKEYS: u32 = 512;
/// Hotkeys on which a coldkey may stake when it announces that it will be swapped; the same bound.
pub const MAX_SWAPPED_POSITIONS: u32 = 512;

/// What the owner of a coldkey has announced: that somebody else will take its place.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo, Serialize, Deserialize)]
pub struct ColdkeySwap {
    /// [`ColdkeySwap::hash_of`] the new coldkey, which nobody needs to know before it takes over.
    pub hash: H256,
    /// The first block in which the new coldkey can take over.
    pub ready_at: BlockNumber,
    /// Whether somebody who holds the coldkey objected, so that root decides.
    pub disputed: bool,
}

impl ColdkeySwap {
    /// Blake2-256 of the account.
    pub fn hash_of(new: &AccountId) -> H256 {
        BlakeTwo256::hash_of(new)
    }
}
