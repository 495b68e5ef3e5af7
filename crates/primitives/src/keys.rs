use crate::{AccountId, Amount, BlockNumber};
use codec::{Decode, Encode, MaxEncodedLen};
use core::fmt;
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

/// Whether one coldkey could take another one's place, as the chain stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct ColdkeySuccessor {
    /// What the chain has against it, whatever it pays.
    pub obstacle: Option<SuccessorObstacle>,
    /// Base units that it has to pay when it takes over, and gets back.
    pub fee: Amount,
    /// Base units of its own that it can spend.
    pub spendable: Amount,
}

/// Why a coldkey may not take the place of another one. Each text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuccessorObstacle {
    /// It is a hotkey of the old one.
    OwnHotkey,
    /// It owns hotkeys, or has stake.
    InUse,
    /// It is to be swapped itself.
    Leaving,
}

impl fmt::Display for SuccessorObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OwnHotkey => "it is one of the old one's hotkeys, which lies open on the disk of a server",
            Self::InUse => "it owns hotkeys or has stake, which would be mixed up with what it gets",
            Self::Leaving => "it is to be swapped itself",
        })?;
        f.write_str("; make a new one with `plexus wallet new`")
    }
}
