//! Asking one miner one signed question.

use primitives::{AccountId, Axon, Metagraph, NetUid, Uid};
use protocol::{solve_path, CallError, Client, Signed};
use std::time::Duration;

/// A seat that announces where it serves.
#[derive(Clone, Debug, PartialEq)]
pub struct Miner {
    pub uid: Uid,
    pub hotkey: AccountId,
    pub axon: Axon,
}

/// Every seat with an axon, but for `own`.
pub fn serving(metagraph: &Metagraph, own: &AccountId) -> Vec<Miner> {
    let miner = |neuron: &primitives::NeuronInfo| {
        let axon = neuron.axon?;
        Some(Miner { uid: neuron.uid, hotkey: neuron.hotkey.clone(), axon })
    };
    metagraph.neurons.iter().filter(|neuron| neuron.hotkey != *own).filter_map(miner).collect()
}

/// The most that one question may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub deadline: Duration,
    /// Bytes.
    pub max_answer: usize,
}

/// Rounds and apps ask in the same way, so a miner cannot treat them differently.
pub struct Asker {
    client: Client,
    netuid: NetUid,
    path: String,
}

impl Asker {
    pub fn new(client: Client, netuid: NetUid) -> Self {
        Self { client, netuid, path: solve_path(netuid) }
    }

    /// The subnet whose miners are asked.
    pub fn netuid(&self) -> NetUid {
        self.netuid
    }

    pub async fn ask(&self, miner: &Miner, challenge: Vec<u8>, bounds: Bounds) -> Result<Signed, CallError> {
        let Bounds { deadline, max_answer } = bounds;
        self.client.call(&miner.hotkey, &miner.axon, &self.path, challenge, deadline, max_answer).await
    }
}
