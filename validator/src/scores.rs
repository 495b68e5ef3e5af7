//! What each miner has earned so far: a moving average per seat, on disk.

use crate::history::{self, Limits, Tally};
use crate::store::Store;
use primitives::{AccountId, Metagraph, NetUid, Uid};
use redb::{ReadableTable, TableDefinition, WriteTransaction};
use std::path::Path;
use subnet::{Average, Finding};
use validator_api::{Kept, Round};

pub use crate::store::StorageError;

/// Hotkey, average, genuine answers since it was last caught, and rounds.
type Row = ([u8; 32], f32, u32, u64);
/// (netuid, uid) -> how its holder stands.
const STANDINGS: TableDefinition<(u16, u16), Row> = TableDefinition::new("standings");

/// What one round found about one miner.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub uid: Uid,
    pub hotkey: AccountId,
    pub finding: Finding,
}

/// A miner's moving average, in [0, 1], after `rounds` marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub uid: Uid,
    pub hotkey: AccountId,
    pub score: f32,
    pub rounds: u64,
    /// Genuine answers before the average counts, see [`Average::proof`].
    pub missing: u32,
}

impl Standing {
    /// What the average counts for in weights and for apps.
    pub fn worth(&self) -> f32 {
        if self.missing > 0 {
            0.0
        } else {
            self.score
        }
    }
}

/// The averages of one subnet, and the rounds that moved them. Every change is one transaction, on disk before the call
/// returns.
pub struct Scores {
    store: Store,
    netuid: NetUid,
    average: Average,
    limits: Limits,
}

impl Scores {
    /// `rate` in (0, 1] is the share of the newest mark in an average, see [`Average`].
    pub fn open(folder: &Path, netuid: NetUid, rate: f32) -> Result<Self, StorageError> {
        let scores = Self { store: Store::open(folder)?, netuid, average: Average { rate }, limits: Limits::default() };
        scores.store.write(|transaction| Ok(transaction.open_table(STANDINGS).map(drop)?))?;
        Ok(scores)
    }

    /// Keeps as many rounds as `limits` allow.
    pub fn keeping(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Where others of this process keep what must last.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Moves the averages of the marked seats. A seat that changed hands starts from zero, one that is gone is forgotten.
    pub fn record(&self, marks: &[Mark], metagraph: &Metagraph) -> Result<(), StorageError> {
        self.store.write(|transaction| self.mark(transaction, marks, metagraph))
    }

    /// The same, and keeps the round in which the marks were given; returns it with its number.
    pub fn record_round(&self, marks: &[Mark], metagraph: &Metagraph, round: Round) -> Result<Round, StorageError> {
        self.store.write(|transaction| {
            self.mark(transaction, marks, metagraph)?;
            history::append(transaction, self.limits, round)
        })
    }

    fn mark(&self, transaction: &WriteTransaction, marks: &[Mark], metagraph: &Metagraph) -> Result<(), redb::Error> {
        let mut table = transaction.open_table(STANDINGS)?;
        table.retain_in(self.seats(), |(_, uid), (hotkey, ..)| holds(metagraph, uid, &hotkey.into()))?;
        for mark in marks {
            let key = (self.netuid.0, mark.uid);
            let hotkey: [u8; 32] = mark.hotkey.clone().into();
            let stored = table.get(key)?.map(|row| row.value()).filter(|(holder, ..)| *holder == hotkey);
            let (_, average, genuine, rounds) = stored.unwrap_or((hotkey, 0.0, 0, 0));
            let now = self.average.moved(subnet::Standing { average, genuine }, mark.finding);
            table.insert(key, (hotkey, now.average, now.genuine, rounds + 1))?;
        }
        Ok(())
    }

    /// None of a number that is not kept.
    pub fn round(&self, number: u64) -> Result<Option<Round>, StorageError> {
        self.store.read(|transaction| history::get(transaction, self.netuid, number))
    }

    pub fn newest_round(&self) -> Result<Option<Round>, StorageError> {
        let tally = self.tally()?;
        self.round(tally.newest)
    }

    pub fn tally(&self) -> Result<Tally, StorageError> {
        self.store.read(|transaction| history::tally(transaction, self.netuid))
    }

    /// What is on the disk.
    pub fn kept(&self) -> Result<Kept, StorageError> {
        let Tally { rounds, bytes, .. } = self.tally()?;
        let oldest = self.store.read(|transaction| history::oldest(transaction, self.netuid))?;
        Ok(Kept { oldest, rounds, bytes, file_bytes: self.store.size() })
    }

    /// Every stored average, in uid order.
    pub fn standings(&self) -> Result<Vec<Standing>, StorageError> {
        self.store.read(|transaction| {
            let mut standings = Vec::new();
            for row in transaction.open_table(STANDINGS)?.range(self.seats())? {
                let (key, value) = row?;
                let (hotkey, score, genuine, rounds) = value.value();
                let missing = self.average.missing(subnet::Standing { average: score, genuine });
                standings.push(Standing { uid: key.value().1, hotkey: hotkey.into(), score, rounds, missing });
            }
            Ok(standings)
        })
    }

    fn seats(&self) -> std::ops::RangeInclusive<(u16, u16)> {
        (self.netuid.0, 0)..=(self.netuid.0, u16::MAX)
    }
}

/// Whether `hotkey` still sits on `uid`.
pub fn holds(metagraph: &Metagraph, uid: Uid, hotkey: &AccountId) -> bool {
    let place = metagraph.neurons.binary_search_by_key(&uid, |neuron| neuron.uid);
    place.is_ok_and(|place| metagraph.neurons[place].hotkey == *hotkey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, metagraph, round};
    use subnet::Score;

    fn mark(n: u8, score: f32) -> Mark {
        Mark { uid: n.into(), hotkey: account(n), finding: Finding::Worth(Score::new(score)) }
    }

    fn averages(scores: &Scores) -> Vec<(Uid, f32)> {
        scores.standings().unwrap().into_iter().map(|standing| (standing.uid, standing.score)).collect()
    }

    #[test]
    fn scores_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        scores.record(&[mark(1, 1.0), mark(2, 0.0)], &metagraph(3)).unwrap();
        drop(scores);
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        assert_eq!(averages(&scores), [(1, 0.5), (2, 0.0)]);
        assert_eq!(scores.standings().unwrap()[0].rounds, 1);
    }

    /// Whoever is killed closes nothing: the file is left as it is now.
    #[test]
    fn what_was_recorded_survives_a_kill() {
        let [before, after] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let scores = Scores::open(before.path(), NetUid(1), 0.5).unwrap();
        scores.record(&[mark(1, 1.0)], &metagraph(3)).unwrap();
        std::fs::copy(before.path().join("scores.redb"), after.path().join("scores.redb")).unwrap();
        assert_eq!(averages(&Scores::open(after.path(), NetUid(1), 0.5).unwrap()), [(1, 0.5)]);
    }

    #[test]
    fn averages_move_towards_the_newest_mark() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        for score in [1.0, 1.0, 0.0] {
            scores.record(&[mark(1, score)], &metagraph(3)).unwrap();
        }
        assert_eq!(averages(&scores), [(1, 0.375)]);
    }

    #[test]
    fn whoever_is_caught_starts_anew_and_whoever_is_absent_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        scores.record(&[mark(1, 1.0), mark(2, 1.0)], &metagraph(3)).unwrap();
        let found = |uid: u8, finding| Mark { finding, ..mark(uid, 0.0) };
        scores.record(&[found(1, Finding::Caught), found(2, Finding::Absent)], &metagraph(3)).unwrap();
        assert_eq!(averages(&scores), [(1, 0.0), (2, 0.25)]);
    }

    #[test]
    fn an_average_counts_once_enough_answers_in_a_row_were_genuine_across_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let play = |finding| {
            let scores = Scores::open(folder.path(), NetUid(1), 0.7).unwrap();
            scores.record(&[Mark { finding, ..mark(1, 0.0) }], &metagraph(3)).unwrap();
            scores.standings().unwrap()[0].worth() > 0.0
        };
        let good = Finding::Worth(Score::ONE);
        assert_eq!(
            [good, good, good, Finding::Absent, Finding::Caught, good].map(play),
            [false, false, true, true, false, false]
        );
    }

    #[test]
    fn a_round_and_the_averages_that_it_moved_are_stored_together() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        assert_eq!((scores.newest_round().unwrap(), scores.kept().unwrap().rounds), (None, 0));
        let kept = scores.record_round(&[mark(1, 1.0)], &metagraph(3), round(&["an answer"])).unwrap();
        assert_eq!((averages(&scores), scores.newest_round().unwrap()), (vec![(1, 0.5)], Some(kept)));
        let Kept { oldest, rounds, bytes, file_bytes } = scores.kept().unwrap();
        assert_eq!((oldest, rounds), (Some(1), 1));
        assert!(0 < bytes && bytes < file_bytes);
    }

    #[test]
    fn a_new_holder_of_a_seat_starts_from_zero() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        scores.record(&[mark(1, 1.0)], &metagraph(3)).unwrap();
        let mut replaced = metagraph(3);
        replaced.neurons[1].hotkey = account(7);
        let newcomer = Mark { uid: 1, hotkey: account(7), finding: Finding::Absent };
        scores.record(&[newcomer], &replaced).unwrap();
        assert_eq!(averages(&scores), [(1, 0.0)]);
    }

    #[test]
    fn a_seat_that_is_gone_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        scores.record(&[mark(2, 1.0)], &metagraph(3)).unwrap();
        scores.record(&[], &metagraph(2)).unwrap();
        assert_eq!(averages(&scores), []);
    }

    #[test]
    fn subnets_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        Scores::open(folder.path(), NetUid(1), 0.5).unwrap().record(&[mark(1, 1.0)], &metagraph(3)).unwrap();
        assert_eq!(averages(&Scores::open(folder.path(), NetUid(2), 0.5).unwrap()), []);
    }

    #[test]
    fn a_second_validator_on_one_folder_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Scores::open(folder.path(), NetUid(1), 0.5).unwrap();
        assert!(matches!(Scores::open(folder.path(), NetUid(1), 0.5), Err(StorageError::InUse(_))));
    }

    #[test]
    fn a_damaged_file_is_refused_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("scores.redb"), b"not a database").unwrap();
        let error = Scores::open(folder.path(), NetUid(1), 0.5).err().unwrap().to_string();
        assert!(error.contains("move it away"), "{error}");
    }
}
