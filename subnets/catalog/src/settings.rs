use inference::{DeviceChoice, Format};
use primitives::{AccountId, Axon, NetUid};
use sp_core::sr25519;
use std::path::PathBuf;

/// What subnets may need to know of the process in which they run.
#[derive(Clone, Default)]
pub struct Settings {
    /// Folder of the model, for the subnets that run one.
    pub model: PathBuf,
    /// The CUDA device to run it on; the CPU if none.
    pub cuda: Option<usize>,
    /// What the weights of a folder are quantised to when it is loaded.
    pub format: Option<Format>,
    /// Bytes for the keys and values of all answers; what the engine takes by itself if none.
    pub cache_bytes: Option<u64>,
    /// Answers that a solver writes at the same time; the engine's usual number if none.
    pub running: Option<usize>,
    /// Folder of the model that a solver says it runs instead, to show on a local network that lying does not pay.
    pub claim: Option<PathBuf>,
    /// Addresses of engines that a solver has the model run by, instead of running it itself; `model` then serves for its
    /// tokenizer, its chat format and its id.
    pub backends: Vec<String>,
    /// Address of the program that is the solver and the scorer of the subnet `remote`.
    pub program: Option<String>,
    /// Makes a solver that copies from another miner, to show on a local network that it does not pay.
    pub copy_from: Option<CopyFrom>,
}

/// The miner to copy from, and who asks it.
#[derive(Clone)]
pub struct CopyFrom {
    pub netuid: NetUid,
    pub hotkey: AccountId,
    pub axon: Axon,
    /// The copier's own hotkey.
    pub pair: sr25519::Pair,
}

impl Settings {
    pub(crate) fn device(&self) -> DeviceChoice {
        self.cuda.map_or(DeviceChoice::Cpu, DeviceChoice::Cuda)
    }
}
