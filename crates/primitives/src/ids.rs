use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// An sr25519 public key; a *coldkey* owns funds, a *hotkey* works.
pub type AccountId = sp_runtime::AccountId32;
/// A count of base units; [`TOKEN`] of them are one token.
pub type Amount = u64;
pub type BlockNumber = u32;
/// A neuron's seat within one subnet.
pub type Uid = u16;
/// A share where `u16::MAX` means one.
pub type Proportion = u16;

/// Base units in one token.
pub const TOKEN: Amount = 1_000_000_000;
/// The most seats that any subnet can have.
pub const MAX_UIDS: u32 = 2_048;
/// The most subnets that any network can have.
pub const MAX_SUBNETS: u32 = 1_024;

/// Names a subnet; zero is reserved for the root network.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct NetUid(pub u16);

impl fmt::Display for NetUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u16> for NetUid {
    fn from(value: u16) -> Self {
        Self(value)
    }
}

impl core::str::FromStr for NetUid {
    type Err = core::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
