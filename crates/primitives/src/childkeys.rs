use crate::{AccountId, Proportion};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// A part of a parent's stake, and the hotkey at the other end.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct Loan {
    /// Where `u64::MAX` is all of the parent's stake.
    pub proportion: u64,
    pub hotkey: AccountId,
}

/// What one hotkey lends and borrows in one subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct ChildKeys {
    /// Whom it lends to.
    pub children: Vec<Loan>,
    /// Who lends to it.
    pub parents: Vec<Loan>,
    /// What its owner keeps of the dividends that it earns for its parents, as a share of `u16::MAX`.
    pub take: Proportion,
}
