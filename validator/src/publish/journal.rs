//! What was submitted and is not settled yet, on disk before the node hears of it.

use crate::scores::{Scores, StorageError};
use chain_client::Extrinsic;
use primitives::{BlockNumber, NetUid};
use redb::{Table, TableDefinition};
use sp_core::H256;
use std::sync::Arc;

/// Call, extrinsic, the first and last block that can hold it, the block after which it was sent, and when.
type Kept = (String, Vec<u8>, u32, u32, u32, u64);
/// (netuid, hash of the extrinsic) -> the submission.
const SUBMISSIONS: TableDefinition<(u16, [u8; 32]), Kept> = TableDefinition::new("submissions");

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// `set`, `commit` or `reveal`.
    pub call: String,
    pub extrinsic: Extrinsic,
    /// The newest block when it was sent.
    pub sent_at: BlockNumber,
    /// Unix seconds.
    pub at: u64,
}

/// The unsettled submissions of one subnet. Every change is on disk before the call returns.
pub struct Journal {
    scores: Arc<Scores>,
    netuid: NetUid,
}

impl Journal {
    /// In the database of the scores.
    pub fn new(scores: Arc<Scores>, netuid: NetUid) -> Result<Self, StorageError> {
        let journal = Self { scores, netuid };
        journal.write(|_| Ok(()))?;
        Ok(journal)
    }

    pub fn add(&self, submitted: &Submitted) -> Result<(), StorageError> {
        let Submitted { call, extrinsic, sent_at, at } = submitted.clone();
        let key = (self.netuid.0, extrinsic.hash().0);
        let kept = (call, extrinsic.bytes.0, extrinsic.first_block, extrinsic.last_block, sent_at, at);
        self.write(|table| Ok(table.insert(key, kept).map(drop)?))
    }

    pub fn remove(&self, extrinsic: H256) -> Result<(), StorageError> {
        self.write(|table| Ok(table.remove((self.netuid.0, extrinsic.0)).map(drop)?))
    }

    /// Oldest first.
    pub fn all(&self) -> Result<Vec<Submitted>, StorageError> {
        let of_this_subnet = (self.netuid.0, [0; 32])..=(self.netuid.0, [u8::MAX; 32]);
        let mut all = self.scores.store().read(|transaction| {
            let mut all = Vec::new();
            for entry in transaction.open_table(SUBMISSIONS)?.range(of_this_subnet)? {
                all.push(submitted(entry?.1.value()));
            }
            Ok(all)
        })?;
        all.sort_by_key(|submitted| (submitted.at, submitted.sent_at));
        Ok(all)
    }

    fn write(
        &self,
        change: impl FnOnce(&mut Table<(u16, [u8; 32]), Kept>) -> Result<(), redb::Error>,
    ) -> Result<(), StorageError> {
        self.scores.store().write(|transaction| change(&mut transaction.open_table(SUBMISSIONS)?))
    }
}

fn submitted((call, bytes, first_block, last_block, sent_at, at): Kept) -> Submitted {
    Submitted { call, extrinsic: Extrinsic { bytes: bytes.into(), first_block, last_block }, sent_at, at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submitted(n: u8) -> Submitted {
        let extrinsic = Extrinsic { bytes: vec![n].into(), first_block: 2, last_block: 31 };
        Submitted { call: "commit".into(), extrinsic, sent_at: 1, at: n.into() }
    }

    #[test]
    fn what_is_not_settled_survives_a_kill() {
        let [before, after] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let open = |folder: &tempfile::TempDir, netuid| {
            Journal::new(Arc::new(Scores::open(folder.path(), NetUid(1), 0.5).unwrap()), netuid).unwrap()
        };
        let journal = open(&before, NetUid(1));
        for n in [3, 1, 2] {
            journal.add(&submitted(n)).unwrap();
        }
        journal.remove(submitted(2).extrinsic.hash()).unwrap();
        // Whoever is killed closes nothing: the file is left as it is now.
        std::fs::copy(before.path().join("scores.redb"), after.path().join("scores.redb")).unwrap();
        let journal = open(&after, NetUid(1));
        assert_eq!(journal.all().unwrap(), [submitted(1), submitted(3)]);
        let elsewhere = Journal::new(journal.scores.clone(), NetUid(2)).unwrap();
        assert_eq!(elsewhere.all().unwrap(), []);
    }
}
