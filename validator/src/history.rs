//! The rounds that a validator keeps, so that anybody with its model can judge them again.

use primitives::NetUid;
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, TableError, WriteTransaction};
use std::ops::RangeInclusive;
use validator_api::Round;

/// (netuid, number) -> the round as JSON.
const ROUNDS: TableDefinition<(u16, u64), &[u8]> = TableDefinition::new("rounds");
/// netuid -> (number of the newest round, rounds kept, their bytes).
const TALLIES: TableDefinition<u16, (u64, u64, u64)> = TableDefinition::new("round_tallies");

/// What is kept of one subnet at most; the oldest rounds go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub rounds: u64,
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 1_000, bytes: 256 << 20 }
    }
}

/// What is kept of one subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of the newest round, kept or not; 0 before the first.
    pub newest: u64,
    pub rounds: u64,
    pub bytes: u64,
}

/// Keeps `round` under the next number, and returns it as it is kept.
pub fn append(transaction: &WriteTransaction, limits: Limits, mut round: Round) -> Result<Round, redb::Error> {
    let mut rounds = transaction.open_table(ROUNDS)?;
    let mut tallies = transaction.open_table(TALLIES)?;
    let netuid = round.netuid;
    let mut tally = tallies.get(netuid.0)?.map(|row| of(row.value())).unwrap_or_default();
    tally.newest += 1;
    round.number = tally.newest;
    let json = serde_json::to_vec(&round).expect("strings and numbers can be written as JSON");
    rounds.insert((netuid.0, round.number), json.as_slice())?;
    tally.rounds += 1;
    tally.bytes += json.len() as u64;
    while tally.rounds > limits.rounds || tally.bytes > limits.bytes {
        let Some(freed) = drop_oldest(&mut rounds, netuid)? else { break };
        tally.rounds -= 1;
        tally.bytes -= freed;
    }
    tallies.insert(netuid.0, (tally.newest, tally.rounds, tally.bytes))?;
    Ok(round)
}

/// Returns the bytes of what was dropped.
fn drop_oldest(rounds: &mut Table<(u16, u64), &'static [u8]>, netuid: NetUid) -> Result<Option<u64>, redb::Error> {
    let oldest = rounds.range(of_subnet(netuid))?.next().transpose()?.map(|(key, _)| key.value());
    let Some(oldest) = oldest else { return Ok(None) };
    Ok(rounds.remove(oldest)?.map(|row| row.value().len() as u64))
}

/// None of a number that is not kept.
pub fn get(transaction: &ReadTransaction, netuid: NetUid, number: u64) -> Result<Option<Round>, redb::Error> {
    let Some(table) = opened(transaction.open_table(ROUNDS))? else { return Ok(None) };
    Ok(table.get((netuid.0, number))?.and_then(|row| serde_json::from_slice(row.value()).ok()))
}

pub fn oldest(transaction: &ReadTransaction, netuid: NetUid) -> Result<Option<u64>, redb::Error> {
    let Some(table) = opened(transaction.open_table(ROUNDS))? else { return Ok(None) };
    let first = table.range(of_subnet(netuid))?.next().transpose()?;
    Ok(first.map(|(key, _)| key.value().1))
}

pub fn tally(transaction: &ReadTransaction, netuid: NetUid) -> Result<Tally, redb::Error> {
    let Some(table) = opened(transaction.open_table(TALLIES))? else { return Ok(Tally::default()) };
    Ok(table.get(netuid.0)?.map(|row| of(row.value())).unwrap_or_default())
}

fn of((newest, rounds, bytes): (u64, u64, u64)) -> Tally {
    Tally { newest, rounds, bytes }
}

/// Before the first round there is no table.
fn opened<T>(table: Result<T, TableError>) -> Result<Option<T>, redb::Error> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn of_subnet(netuid: NetUid) -> RangeInclusive<(u16, u64)> {
    (netuid.0, 0)..=(netuid.0, u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::testing::round;
    use tempfile::TempDir;

    struct Kept {
        store: Store,
        _folder: TempDir,
    }

    impl Kept {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self { store: Store::open(folder.path()).unwrap(), _folder: folder }
        }

        fn append(&self, limits: Limits, round: Round) -> Round {
            self.store.write(|transaction| append(transaction, limits, round)).unwrap()
        }

        fn numbers(&self, netuid: NetUid) -> Vec<u64> {
            let newest = self.tally(netuid).newest;
            let kept = |number: &u64| self.store.read(|read| get(read, netuid, *number)).unwrap().is_some();
            (0..=newest).filter(kept).collect()
        }

        fn tally(&self, netuid: NetUid) -> Tally {
            self.store.read(|read| tally(read, netuid)).unwrap()
        }
    }

    #[test]
    fn rounds_are_numbered_and_come_back_as_they_were() {
        let kept = Kept::new();
        assert_eq!(kept.tally(NetUid(1)), Tally::default());
        let first = kept.append(Limits::default(), round(&["an answer"]));
        let second = kept.append(Limits::default(), round(&[]));
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(kept.store.read(|read| get(read, NetUid(1), 1)).unwrap(), Some(first));
        assert_eq!(kept.store.read(|read| get(read, NetUid(1), 3)).unwrap(), None);
        assert_eq!(kept.store.read(|read| oldest(read, NetUid(1))).unwrap(), Some(1));
    }

    #[test]
    fn the_oldest_rounds_make_room_for_the_newest() {
        let kept = Kept::new();
        for _ in 0..5 {
            kept.append(Limits { rounds: 2, ..Limits::default() }, round(&["an answer"]));
        }
        assert_eq!(kept.numbers(NetUid(1)), [4, 5]);
        let one = kept.tally(NetUid(1)).bytes / 2;
        kept.append(Limits { rounds: 9, bytes: one + 10 }, round(&["an answer"]));
        assert_eq!(kept.numbers(NetUid(1)), [6]);
        let tally = kept.tally(NetUid(1));
        assert!(tally.rounds == 1 && tally.bytes <= one + 10, "{tally:?}");
    }

    #[test]
    fn a_round_that_is_larger_than_everything_is_not_kept_and_takes_its_number() {
        let kept = Kept::new();
        kept.append(Limits { rounds: 9, bytes: 10 }, round(&["an answer"]));
        assert_eq!(kept.tally(NetUid(1)), Tally { newest: 1, rounds: 0, bytes: 0 });
    }

    #[test]
    fn subnets_are_kept_apart() {
        let kept = Kept::new();
        let limits = Limits { rounds: 1, ..Limits::default() };
        kept.append(limits, round(&[]));
        kept.append(limits, Round { netuid: NetUid(2), ..round(&[]) });
        assert_eq!((kept.numbers(NetUid(1)), kept.numbers(NetUid(2))), (vec![1], vec![1]));
    }
}
