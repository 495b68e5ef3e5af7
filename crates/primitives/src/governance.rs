use crate::{AccountId, BlockNumber};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Who decides for the network and what they have before them, at one block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct GovernanceInfo {
    pub block: BlockNumber,
    /// The accounts that may propose.
    pub triumvirate: Vec<AccountId>,
    /// The hotkeys that approve, the one with most stake first; their coldkeys vote.
    pub senate: Vec<AccountId>,
    /// The open motions, oldest first.
    pub motions: Vec<MotionInfo>,
}

/// A call that waits for the Senate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct MotionInfo {
    pub index: u32,
    pub proposer: AccountId,
    /// As the runtime encodes it.
    pub call: Vec<u8>,
    /// The last block in which it can be voted on, and closed with success.
    pub ends: BlockNumber,
    /// Sitting senators that are for it.
    pub ayes: Vec<AccountId>,
    /// Sitting senators that are against it.
    pub nays: Vec<AccountId>,
    pub standing: Standing,
}

/// How a motion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// More votes can still decide it.
    Open,
    /// More than half of the Senate is for it.
    Approved,
    /// Half of the Senate or more is against it, so that no majority can come together.
    Rejected,
    /// Its time ran out before there was a majority, or before anybody closed it.
    Expired,
}

/// Who authors and finalises blocks, at one block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct AuthoritiesInfo {
    pub block: BlockNumber,
    pub session: u32,
    /// The block with which the next session begins.
    pub next_session: BlockNumber,
    pub authorities: Vec<AuthorityInfo>,
}

/// One account that is an authority, or was until a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct AuthorityInfo {
    pub account: AccountId,
    /// Whether root wants it.
    pub listed: bool,
    /// Whether it authors in this session. A change of the list takes one or two sessions.
    pub active: bool,
}
