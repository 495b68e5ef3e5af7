//! What was committed and not revealed yet, on disk before the chain hears of it.

use crate::scores::{Scores, StorageError};
use primitives::{BlockNumber, NetUid, Reveal};
use redb::{Table, TableDefinition};
use sp_core::H256;
use std::sync::Arc;

/// Uids, values, salt, version, and the block after which nobody asks for them any more.
type Kept = (Vec<u16>, Vec<u16>, [u8; 32], u64, u32);
/// (netuid, hash) -> what it is the hash of.
const PROMISES: TableDefinition<(u16, [u8; 32]), Kept> = TableDefinition::new("promises");

/// The rows behind the hashes that were committed on one subnet. Every change is on disk before the call returns.
pub struct Promises {
    scores: Arc<Scores>,
    netuid: NetUid,
}

impl Promises {
    /// In the database of the scores.
    pub fn new(scores: Arc<Scores>, netuid: NetUid) -> Result<Self, StorageError> {
        let promises = Self { scores, netuid };
        promises.write(|_| Ok(()))?;
        Ok(promises)
    }

    /// Keeps a row, at least up to the block `until`.
    pub fn keep(&self, hash: H256, reveal: &Reveal, until: BlockNumber) -> Result<(), StorageError> {
        let Reveal { uids, values, salt, version } = reveal.clone();
        self.write(|table| {
            table.insert((self.netuid.0, hash.0), (uids, values, salt, version, until))?;
            Ok(())
        })
    }

    /// The row of a hash; nothing if it was committed from elsewhere.
    pub fn get(&self, hash: H256) -> Result<Option<Reveal>, StorageError> {
        let kept = self.scores.store().read(|transaction| {
            let table = transaction.open_table(PROMISES)?;
            Ok(table.get((self.netuid.0, hash.0))?.map(|kept| kept.value()))
        })?;
        Ok(kept.map(|(uids, values, salt, version, _)| Reveal { uids, values, salt, version }))
    }

    /// Forgets what is not `open` after its time. Before that a fork may bring back what seems to be revealed.
    pub fn forget(&self, open: &[H256], now: BlockNumber) -> Result<(), StorageError> {
        let needed = |hash: [u8; 32], until: BlockNumber| now <= until || open.contains(&H256(hash));
        let of_this_subnet = (self.netuid.0, [0; 32])..=(self.netuid.0, [u8::MAX; 32]);
        let over = self.scores.store().read(|transaction| {
            let mut over = false;
            for entry in transaction.open_table(PROMISES)?.range(of_this_subnet.clone())? {
                let (key, kept) = entry?;
                over |= !needed(key.value().1, kept.value().4);
            }
            Ok(over)
        })?;
        if over {
            self.write(|table| Ok(table.retain_in(of_this_subnet, |(_, hash), kept| needed(hash, kept.4))?))?;
        }
        Ok(())
    }

    fn write(
        &self,
        change: impl FnOnce(&mut Table<(u16, [u8; 32]), Kept>) -> Result<(), redb::Error>,
    ) -> Result<(), StorageError> {
        self.scores.store().write(|transaction| change(&mut transaction.open_table(PROMISES)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn open(folder: &Path) -> Promises {
        Promises::new(Arc::new(Scores::open(folder, NetUid(1), 0.5).unwrap()), NetUid(1)).unwrap()
    }

    fn reveal(salt: u8) -> Reveal {
        Reveal { uids: vec![1, 2], values: vec![3, 4], salt: [salt; 32], version: 5 }
    }

    #[test]
    fn what_was_kept_survives_a_kill() {
        let [before, after] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let promises = open(before.path());
        promises.keep(H256([1; 32]), &reveal(1), 100).unwrap();
        // Whoever is killed closes nothing: the file is left as it is now.
        std::fs::copy(before.path().join("scores.redb"), after.path().join("scores.redb")).unwrap();
        let promises = open(after.path());
        assert_eq!(promises.get(H256([1; 32])).unwrap(), Some(reveal(1)));
        assert_eq!(promises.get(H256([2; 32])).unwrap(), None);
    }

    #[test]
    fn a_row_is_forgotten_once_its_time_is_over_and_it_is_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let promises = open(folder.path());
        let [one, two] = [H256([0; 32]), H256([255; 32])];
        promises.keep(one, &reveal(1), 100).unwrap();
        promises.keep(two, &reveal(2), 100).unwrap();
        let kept = || [one, two].map(|hash| promises.get(hash).unwrap().is_some());
        promises.forget(&[], 100).unwrap();
        assert_eq!(kept(), [true, true]);
        promises.forget(&[two], 101).unwrap();
        assert_eq!(kept(), [false, true]);
        promises.forget(&[], 101).unwrap();
        assert_eq!(kept(), [false, false]);
    }

    #[test]
    fn subnets_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let here = open(folder.path());
        let elsewhere = Promises::new(here.scores.clone(), NetUid(2)).unwrap();
        here.keep(H256([1; 32]), &reveal(1), 100).unwrap();
        elsewhere.forget(&[], 101).unwrap();
        assert_eq!(elsewhere.get(H256([1; 32])).unwrap(), None);
        assert_eq!(here.get(H256([1; 32])).unwrap(), Some(reveal(1)));
    }
}
