//! The subnet's snapshot and the open commits, worked out from the blocks.

use crate::chain::{Block, State};
use codec::{Compact, Decode};
use primitives::{AccountId, BlockNumber, Metagraph, NetUid, OpenCommit, Reveal, WeightsStatus};
use sp_core::{Bytes, H256};
use sp_runtime::generic::Era;
use sp_runtime::{MultiAddress, MultiSignature};

/// Pallet and function of a call.
pub type Name = [u8; 2];

pub const COMMIT: Name = [12, 1];
pub const REVEAL: Name = [12, 2];

/// As of the best block, whose epochs are those of its hyperparameters.
pub fn metagraph(state: &State) -> Option<Metagraph> {
    let metagraph = state.metagraph.clone()?;
    let (last_epoch, next_epoch) = epochs(&metagraph, state.best());
    Some(Metagraph { block: state.best(), last_epoch, next_epoch, ..metagraph })
}

/// Of the one account that there is; nothing is ever in its way.
pub fn status(state: &State) -> Option<WeightsStatus> {
    let metagraph = metagraph(state)?;
    let (subnet, block) = (&metagraph.subnet, metagraph.block);
    let mut open: Vec<OpenCommit> = Vec::new();
    for (number, name, arguments) in calls(state) {
        match name {
            COMMIT => {
                let (_, hash) = <(NetUid, H256)>::decode(&mut &arguments[..]).unwrap();
                let (reveal_from, reveal_until) = subnet.hyperparams.reveal_window(subnet.netuid, number).unwrap();
                open.push(OpenCommit { hash, committed_at: number, reveal_from, reveal_until });
            }
            REVEAL => {
                let (_, reveals) = <(NetUid, Vec<Reveal>)>::decode(&mut &arguments[..]).unwrap();
                open.retain(|commit| commit.reveal_until >= number);
                open.drain(..reveals.len());
            }
            _ => {}
        }
    }
    open.retain(|commit| commit.reveal_until > block);
    let (obstacle, forfeits, next_epoch) = (None, false, metagraph.next_epoch);
    Some(WeightsStatus { block, commit_reveal: true, obstacle, open, forfeits, next_epoch })
}

fn epochs(Metagraph { subnet, .. }: &Metagraph, block: BlockNumber) -> (Option<BlockNumber>, BlockNumber) {
    let index = subnet.hyperparams.epoch_index(subnet.netuid, block) as BlockNumber;
    let first = |index: BlockNumber| index * (u32::from(subnet.hyperparams.tempo) + 1) - u32::from(subnet.netuid.0) - 1;
    ((index > 0).then(|| first(index)), first(index + 1))
}

/// Each call that the chain holds, with its block and its arguments.
pub fn calls(state: &State) -> impl Iterator<Item = (BlockNumber, Name, Vec<u8>)> + '_ {
    let of_block = |(number, block): (BlockNumber, &'_ Block)| {
        let calls: Vec<_> = block.extrinsics.iter().filter_map(call).collect();
        calls.into_iter().map(move |(name, arguments)| (number, name, arguments))
    };
    state.numbered().flat_map(of_block)
}

fn call(extrinsic: &Bytes) -> Option<(Name, Vec<u8>)> {
    type Signed = (Compact<u32>, u8, MultiAddress<AccountId, ()>, MultiSignature);
    // Era, nonce, tip, and the mode of the metadata's hash.
    type Extension = (Era, Compact<u64>, Compact<u64>, u8);
    let mut rest = &extrinsic.0[..];
    Signed::decode(&mut rest).ok()?;
    Extension::decode(&mut rest).ok()?;
    Some((Name::decode(&mut rest).ok()?, rest.to_vec()))
}
