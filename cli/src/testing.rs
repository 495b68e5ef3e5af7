//! A subnet to test with.

pub use fixtures::account;
use primitives::{BlockNumber, Hyperparams, Metagraph, NeuronInfo, RegistrationQuote, SubnetInfo, Uid};

/// A neuron that was registered in block 3 and has done nothing since.
pub fn neuron(uid: Uid) -> NeuronInfo {
    NeuronInfo { coldkey: account(0), last_update: 3, registered_at: 3, ..fixtures::neuron(uid as u8) }
}

pub fn metagraph(last_epoch: Option<BlockNumber>, neurons: Vec<NeuronInfo>) -> Metagraph {
    let subnet = SubnetInfo {
        neurons: neurons.len() as u16,
        hyperparams: Hyperparams { tempo: 9, ..Hyperparams::default() },
        ..fixtures::subnet()
    };
    Metagraph { subnet, block: 23, next_epoch: 28, last_epoch, neurons, ..fixtures::metagraph(0) }
}

/// What a seat costs where anybody may take one.
pub fn registration_quote() -> RegistrationQuote {
    RegistrationQuote {
        block: 23,
        obstacle: None,
        burn: 300,
        burn_at_most: 300,
        difficulty: Some(10),
        room_in_block: 1,
        room_in_interval: 6,
        interval_ends: None,
        replaces: None,
    }
}
