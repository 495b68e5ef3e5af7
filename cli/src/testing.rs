//! A subnet to test with.

use primitives::{AccountId, BlockNumber, Hyperparams, Metagraph, NetUid, NeuronInfo, SubnetInfo, Uid};

pub fn account(byte: u8) -> AccountId {
    AccountId::new([byte; 32])
}

/// A neuron that was registered in block 3 and has done nothing since.
pub fn neuron(uid: Uid) -> NeuronInfo {
    NeuronInfo {
        uid,
        hotkey: account(uid as u8),
        coldkey: account(0),
        stake: 0,
        active: true,
        validator_permit: false,
        rank: 0,
        trust: 0,
        consensus: 0,
        incentive: 0,
        dividends: 0,
        validator_trust: 0,
        emission: 0,
        last_update: 3,
        registered_at: 3,
        axon: None,
        prometheus: None,
    }
}

pub fn metagraph(last_epoch: Option<BlockNumber>, neurons: Vec<NeuronInfo>) -> Metagraph {
    let subnet = SubnetInfo {
        netuid: NetUid(1),
        owner: account(0),
        owner_hotkey: account(0),
        locked: 0,
        created_at: 1,
        neurons: neurons.len() as u16,
        burn: 1,
        difficulty: 1,
        starts_at: 1,
        pending_emission: 0,
        share: 0,
        emission: 0,
        hyperparams: Hyperparams { tempo: 9, ..Hyperparams::default() },
    };
    Metagraph { subnet, block: 23, block_time: 1_000, next_epoch: 28, last_epoch, total_issuance: 0, neurons }
}
