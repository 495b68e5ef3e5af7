//! What several tests need.

pub mod miners;

use primitives::{AccountId, Hyperparams, Metagraph, NetUid, NeuronInfo, SubnetInfo, Uid};

pub fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

/// Subnet 1 with `neurons` seats: uid n is held by `account(n)`, without axon or permit.
pub fn metagraph(neurons: u8) -> Metagraph {
    Metagraph {
        subnet: SubnetInfo {
            netuid: NetUid(1),
            owner: account(200),
            owner_hotkey: account(201),
            locked: 0,
            created_at: 1,
            neurons: neurons.into(),
            burn: 1,
            pending_emission: 0,
            hyperparams: Hyperparams::default(),
        },
        block: 1,
        block_time: 1_000,
        next_epoch: 360,
        last_epoch: None,
        total_issuance: 0,
        neurons: (0..neurons).map(neuron).collect(),
    }
}

fn neuron(n: u8) -> NeuronInfo {
    NeuronInfo {
        uid: Uid::from(n),
        hotkey: account(n),
        coldkey: account(200),
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
        last_update: 0,
        registered_at: 0,
        axon: None,
    }
}
