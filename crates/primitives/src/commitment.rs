use crate::{AccountId, BlockNumber, Uid};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The most bytes that a seat can publish about itself.
pub const MAX_COMMITMENT: u32 = 512;

/// What one seat says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Commitment {
    pub uid: Uid,
    pub hotkey: AccountId,
    /// When it was published.
    pub block: BlockNumber,
    /// Anything: the chain does not look into it.
    pub data: Vec<u8>,
}
