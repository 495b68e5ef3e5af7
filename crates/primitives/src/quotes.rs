//! What taking part costs in the next block, and whether and when it is possible.

use crate::{Amount, BlockNumber, NetUid, Uid};
use codec::{Decode, Encode};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What a seat in a subnet costs in the block after `block`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct RegistrationQuote {
    pub block: BlockNumber,
    /// Why that block would admit nobody; `None`: it would.
    pub obstacle: Option<RegistrationObstacle>,
    /// Base units that the first registration of that block burns.
    pub burn: Amount,
    /// Base units that the last registration burns which that block can admit.
    pub burn_at_most: Amount,
    /// Hashes that a seat takes on average; `None` where no work is taken.
    pub difficulty: Option<u64>,
    /// Registrations that block admits at most.
    pub room_in_block: u16,
    /// Registrations that the interval still admits.
    pub room_in_interval: u32,
    /// The block from which on the interval admits as many as ever; `None` where none is under way.
    pub interval_ends: Option<BlockNumber>,
    /// Who would lose its seat to a newcomer, where all are taken and no epoch comes before.
    pub replaces: Option<Uid>,
}

/// Why a subnet admits nobody. Each text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationObstacle {
    Closed,
    IntervalFull {
        until: BlockNumber,
    },
    /// All seats are the owner's.
    NoReplaceableSeat,
}

impl fmt::Display for RegistrationObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the subnet's owner has closed registration; ask the owner or choose another"),
            Self::IntervalFull { until } => write!(
                f,
                "the subnet has admitted as many as it does in one interval; the next registration is possible in block \
                 {until}"
            ),
            Self::NoReplaceableSeat => f.write_str("every seat belongs to the subnet's owner; choose another subnet"),
        }
    }
}

/// What creating a subnet costs in the block after `block`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct CreationQuote {
    pub block: BlockNumber,
    /// Why that block would refuse a creation; `None`: it would not.
    pub obstacle: Option<CreationObstacle>,
    /// Base units that a subnet locks; `None` where they are beyond all amounts.
    pub lock: Option<Amount>,
    /// Base units to which the lock falls while nobody creates a subnet.
    pub lowest_lock: Amount,
    /// The block in which it gets there.
    pub lowest_from: BlockNumber,
    /// The subnet that would make room for a new one, where there are as many as the network allows.
    pub replaces: Option<NetUid>,
}

/// Why no subnet can be created. Each text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreationObstacle {
    TooSoon {
        until: BlockNumber,
    },
    /// There are as many subnets as the network allows, and none may be replaced yet. `None` where the network allows none.
    AllImmune {
        until: Option<BlockNumber>,
    },
}

impl fmt::Display for CreationObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSoon { until } => write!(
                f,
                "another subnet was created too short a time ago; the next creation is possible in block {until}"
            ),
            Self::AllImmune { until: Some(until) } => write!(
                f,
                "there are as many subnets as the network allows and all are too young to make room; the next creation \
                 is possible in block {until}, or when one is dissolved"
            ),
            Self::AllImmune { until: None } => f.write_str("this network allows no subnets; choose another network"),
        }
    }
}
