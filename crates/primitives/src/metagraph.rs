use crate::{AccountId, Amount, Axon, BlockNumber, Hyperparams, NetUid, Proportion, SubnetIdentity, Uid};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// One subnet, without its neurons.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct SubnetInfo {
    pub netuid: NetUid,
    /// The coldkey that created it and may dissolve it.
    pub owner: AccountId,
    /// The hotkey whose seat is never replaced.
    pub owner_hotkey: AccountId,
    /// What the owner says about it.
    pub identity: SubnetIdentity,
    /// From this block on the owner may say something else.
    pub describable_from: BlockNumber,
    /// Base units that return to the owner on dissolution.
    pub locked: Amount,
    pub created_at: BlockNumber,
    pub neurons: u16,
    /// What registering costs now, in base units.
    pub burn: Amount,
    /// Hashes that registering by work takes now, on average.
    pub difficulty: u64,
    /// From this block on emission falls to the subnet.
    pub starts_at: BlockNumber,
    /// Emission that the next epoch will pay, in base units.
    pub pending_emission: Amount,
    /// What the root network gives it of each block's emission, of [`crate::WHOLE_SHARE`].
    pub share: u64,
    /// Base units that the next block mints for it.
    pub emission: Amount,
    pub hyperparams: Hyperparams,
}

/// A whole subnet at one block, as one runtime-API call returns it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Metagraph {
    pub subnet: SubnetInfo,
    pub block: BlockNumber,
    /// Milliseconds between two blocks.
    pub block_time: u64,
    /// The next block at which this subnet's epoch runs.
    pub next_epoch: BlockNumber,
    /// The block of the last epoch, if there was one.
    pub last_epoch: Option<BlockNumber>,
    /// All base units that exist.
    pub total_issuance: Amount,
    /// In uid order.
    pub neurons: Vec<NeuronInfo>,
}

/// One seat. Scores are those of the last epoch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct NeuronInfo {
    pub uid: Uid,
    pub hotkey: AccountId,
    pub coldkey: AccountId,
    /// What the hotkey weighs in the subnet, in base units: stake that counts, less what it lends, with what it borrows.
    pub stake: Amount,
    pub active: bool,
    pub validator_permit: bool,
    pub rank: Proportion,
    pub trust: Proportion,
    pub consensus: Proportion,
    pub incentive: Proportion,
    pub dividends: Proportion,
    pub validator_trust: Proportion,
    /// Base units that the last epoch paid to this seat.
    pub emission: Amount,
    /// Block of the last weight setting, or of the registration.
    pub last_update: BlockNumber,
    pub registered_at: BlockNumber,
    pub axon: Option<Axon>,
    /// Where it serves its metrics, to whoever watches the network.
    pub prometheus: Option<Axon>,
}

/// One neuron's weights: uid and max-upscaled weight, in the order in which they were set.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct WeightRow {
    pub uid: Uid,
    pub set_at: BlockNumber,
    pub weights: Vec<(Uid, u16)>,
}

/// The bonds that one neuron holds: uid and bond, as the last epoch left them.
///
/// A classic bond is relative to the largest towards the same uid, which is 65535; a Yuma 3 bond is a proportion.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct BondRow {
    pub uid: Uid,
    pub bonds: Vec<(Uid, u16)>,
}

/// A hotkey that somebody stakes on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Delegate {
    pub hotkey: AccountId,
    /// The coldkey that the hotkey belongs to.
    pub owner: AccountId,
    /// The name in the owner's identity; empty where it has none.
    pub name: String,
    /// What the owner keeps of the dividends before they are shared, as a share of `u16::MAX`.
    pub take: Proportion,
    /// Base units, those included that wait for their round.
    pub stake: Amount,
    /// Coldkeys that stake on it.
    pub nominators: u32,
}

/// What one coldkey has on one hotkey, and what that hotkey does with it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct StakePosition {
    pub hotkey: AccountId,
    /// Base units, those included that wait.
    pub amount: Amount,
    /// Base units of it that neither earn nor count yet.
    pub waiting: Amount,
    /// The block from which on all of it earns and counts; `None` where nothing waits.
    pub counts_from: Option<BlockNumber>,
    /// What the hotkey's owner keeps of the dividends before they are shared, as a share of `u16::MAX`.
    pub take: Proportion,
    /// Where the hotkey works, in netuid order.
    pub seats: Vec<SeatPay>,
}

/// What the last epoch of one subnet gave a seat.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct SeatPay {
    pub netuid: NetUid,
    pub uid: Uid,
    pub dividends: Proportion,
    /// Base units, for mining and validating together, before they are shared with parents and nominators.
    pub emission: Amount,
    /// Blocks between two such payments.
    pub every: BlockNumber,
}

/// When a subnet's epochs run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct EpochInfo {
    pub block: BlockNumber,
    /// Milliseconds between two blocks.
    pub block_time: u64,
    /// Blocks between two epochs, less one.
    pub tempo: u16,
    /// The next block at which the epoch runs, and how many blocks that is away.
    pub next: BlockNumber,
    pub blocks_left: BlockNumber,
    /// The block of the last epoch, if there was one, and how many blocks ago that was.
    pub last: Option<BlockNumber>,
    pub blocks_since: Option<BlockNumber>,
}

impl Metagraph {
    pub fn by_hotkey(&self, hotkey: &AccountId) -> Option<&NeuronInfo> {
        self.neurons.iter().find(|neuron| neuron.hotkey == *hotkey)
    }
}
