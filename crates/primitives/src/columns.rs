//! Parts of a metagraph, for who does not need the whole.

use crate::{AccountId, Amount, Axon, BlockNumber, NetUid, Proportion, Uid};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// One column of a metagraph: a field of [`crate::NeuronInfo`], under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetagraphField {
    Uid,
    Hotkey,
    Coldkey,
    Stake,
    Active,
    ValidatorPermit,
    Rank,
    Trust,
    Consensus,
    Incentive,
    Dividends,
    ValidatorTrust,
    Emission,
    LastUpdate,
    RegisteredAt,
    Axon,
    Prometheus,
}

impl MetagraphField {
    pub const ALL: [Self; 17] = [
        Self::Uid,
        Self::Hotkey,
        Self::Coldkey,
        Self::Stake,
        Self::Active,
        Self::ValidatorPermit,
        Self::Rank,
        Self::Trust,
        Self::Consensus,
        Self::Incentive,
        Self::Dividends,
        Self::ValidatorTrust,
        Self::Emission,
        Self::LastUpdate,
        Self::RegisteredAt,
        Self::Axon,
        Self::Prometheus,
    ];
}

/// The columns that were asked for, each with one entry a seat in uid order; the others are `None`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct MetagraphColumns {
    pub netuid: NetUid,
    pub block: BlockNumber,
    /// How many seats there are, and so entries in each column.
    pub neurons: u16,
    pub uid: Option<Vec<Uid>>,
    pub hotkey: Option<Vec<AccountId>>,
    pub coldkey: Option<Vec<AccountId>>,
    pub stake: Option<Vec<Amount>>,
    pub active: Option<Vec<bool>>,
    pub validator_permit: Option<Vec<bool>>,
    pub rank: Option<Vec<Proportion>>,
    pub trust: Option<Vec<Proportion>>,
    pub consensus: Option<Vec<Proportion>>,
    pub incentive: Option<Vec<Proportion>>,
    pub dividends: Option<Vec<Proportion>>,
    pub validator_trust: Option<Vec<Proportion>>,
    pub emission: Option<Vec<Amount>>,
    pub last_update: Option<Vec<BlockNumber>>,
    pub registered_at: Option<Vec<BlockNumber>>,
    pub axon: Option<Vec<Option<Axon>>>,
    pub prometheus: Option<Vec<Option<Axon>>>,
}
