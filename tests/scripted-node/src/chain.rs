use crate::metadata::Record;
use crate::weights::{calls, Name};
use primitives::{BlockNumber, Metagraph};
use sp_core::{Bytes, H256};

/// What becomes of an extrinsic that is submitted.
#[derive(Clone, Default)]
pub enum Fate {
    /// A block holds it at once, and the node says so.
    #[default]
    Included,
    /// A block holds it at once, but nobody is told.
    IncludedSilently,
    /// It waits in the pool for the next block.
    Pooled,
    /// The node takes it and forgets it.
    Forgotten,
    /// The pool refuses it with this code and detail.
    Refused(i32, &'static str),
}

/// The chain and what the node does, in the hands of the test.
#[derive(Default)]
pub struct State {
    pub fate: Fate,
    /// Of every block that holds an extrinsic.
    pub events: Vec<Record>,
    /// Free balance of every account.
    pub free: u64,
    /// Submissions, also refused ones.
    pub submissions: usize,
    pub finalized: BlockNumber,
    /// The one subnet, but for block and epochs; without it the runtime does not know the question.
    pub metagraph: Option<Metagraph>,
    pool: Vec<Bytes>,
    /// Block `n` is the one at `n - 1`.
    blocks: Vec<Block>,
    /// What forks have replaced, with their numbers.
    undone: Vec<(BlockNumber, Block)>,
    forks: u64,
}

pub(crate) struct Block {
    pub hash: H256,
    pub extrinsics: Vec<Bytes>,
}

impl State {
    pub fn best(&self) -> BlockNumber {
        self.blocks.len() as BlockNumber
    }

    /// In the order of the blocks that hold them.
    pub fn extrinsics(&self) -> Vec<Bytes> {
        self.blocks.iter().flat_map(|block| block.extrinsics.clone()).collect()
    }

    /// The blocks that hold a call of this pallet and function, once for each.
    pub fn blocks_with(&self, name: Name) -> Vec<BlockNumber> {
        calls(self).filter(|(_, other, _)| *other == name).map(|(number, ..)| number).collect()
    }

    /// A new block with all that waits.
    pub fn mine(&mut self) {
        let waiting = std::mem::take(&mut self.pool);
        self.append(waiting);
    }

    /// Replaces the blocks from `first` on by such that hold these extrinsics; what the old ones held is not put back.
    pub fn fork(&mut self, first: BlockNumber, blocks: Vec<Vec<Bytes>>) {
        self.forks += 1;
        self.undone.extend((first..).zip(self.blocks.drain(first as usize - 1..)));
        blocks.into_iter().for_each(|extrinsics| self.append(extrinsics));
    }

    fn append(&mut self, extrinsics: Vec<Bytes>) {
        let hash = hash(self.forks, self.best() + 1);
        self.blocks.push(Block { hash, extrinsics });
    }

    /// Code and detail where the pool does not take it.
    pub(crate) fn take(&mut self, bytes: Bytes) -> Result<Fate, (i32, &'static str)> {
        self.submissions += 1;
        if let Fate::Refused(code, detail) = self.fate {
            return Err((code, detail));
        }
        if self.extrinsics().contains(&bytes) {
            return Err((1010, "Transaction is outdated"));
        }
        if self.pool.contains(&bytes) {
            return Err((1013, "Transaction is already in the pool"));
        }
        match self.fate {
            Fate::Forgotten => {}
            Fate::Pooled => self.pool.push(bytes),
            _ => self.append(vec![bytes]),
        }
        Ok(self.fate.clone())
    }

    /// The next nonce of the one account that there is.
    pub(crate) fn nonce(&self) -> usize {
        self.extrinsics().len() + self.pool.len()
    }

    pub(crate) fn numbered(&self) -> impl Iterator<Item = (BlockNumber, &Block)> {
        (1..).zip(&self.blocks)
    }

    /// Of the chain as it stands; block 0 is the genesis.
    pub(crate) fn hash(&self, number: BlockNumber) -> Option<H256> {
        match number.checked_sub(1) {
            None => Some(hash(0, 0)),
            Some(place) => self.blocks.get(place as usize).map(|block| block.hash),
        }
    }

    /// A block of any fork, with its number.
    pub(crate) fn block(&self, hash: H256) -> Option<(BlockNumber, &Block)> {
        let undone = self.undone.iter().map(|(number, block)| (*number, block));
        self.numbered().chain(undone).find(|(_, block)| block.hash == hash)
    }
}

fn hash(fork: u64, number: BlockNumber) -> H256 {
    let mut hash = H256::from_low_u64_be(number.into());
    hash.0[..8].copy_from_slice(&fork.to_be_bytes());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_replaces_blocks_by_others_of_other_hashes() {
        let mut state = State { fate: Fate::Pooled, ..State::default() };
        for n in 0..3 {
            state.take(Bytes(vec![n])).unwrap();
            state.mine();
        }
        let undone = state.hash(2).unwrap();
        state.fork(2, vec![vec![], vec![], vec![Bytes(vec![9])]]);
        assert_eq!((state.best(), state.extrinsics()), (4, vec![Bytes(vec![0]), Bytes(vec![9])]));
        assert_ne!(state.hash(2), Some(undone));
        assert_eq!(state.block(undone).map(|(number, block)| (number, block.extrinsics.len())), Some((2, 1)));
    }

    #[test]
    fn an_extrinsic_counts_once() {
        let mut state = State { fate: Fate::Pooled, ..State::default() };
        state.take(Bytes(vec![1])).unwrap();
        assert_eq!(state.take(Bytes(vec![1])).err().map(|(code, _)| code), Some(1013));
        state.mine();
        assert_eq!(state.take(Bytes(vec![1])).err().map(|(code, _)| code), Some(1010));
        assert_eq!((state.extrinsics().len(), state.submissions), (1, 3));
    }
}
