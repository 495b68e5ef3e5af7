//! The rounds that a validator keeps, so that anybody with its model can judge them again.

use primitives::NetUid;
use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, TableError, WriteTransaction};
use serde::Serialize;
use std::cmp::Reverse;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use tracing::warn;
use validator_api::Round;

/// (netuid, number) -> the round as JSON.
const ROUNDS: TableDefinition<(u16, u64), &[u8]> = TableDefinition::new("rounds");
/// netuid -> (number of the newest round, rounds kept, their bytes).
const TALLIES: TableDefinition<u16, (u64, u64, u64)> = TableDefinition::new("round_tallies");

/// One round takes this part of the bytes at most, whatever its miners have sent: it drives few others out.
const PART: u64 = 16;

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

/// Keeps `round` under the next number, without what is too large of it, and returns it as it is kept.
pub fn append(transaction: &WriteTransaction, limits: Limits, mut round: Round) -> Result<Round, redb::Error> {
    let mut rounds = transaction.open_table(ROUNDS)?;
    let mut tallies = transaction.open_table(TALLIES)?;
    let netuid = round.netuid;
    let mut tally = tallies.get(netuid.0)?.map(|row| of(row.value())).unwrap_or_default();
    tally.newest += 1;
    round.number = tally.newest;
    if shorten(&mut round, limits.bytes / PART) {
        let json = serde_json::to_vec(&round).expect("strings and numbers can be written as JSON");
        rounds.insert((netuid.0, round.number), json.as_slice())?;
        tally.rounds += 1;
        tally.bytes += json.len() as u64;
    } else {
        warn!(number = round.number, "this round is too large to be kept and audited: raise --keep-mib");
    }
    while tally.rounds > limits.rounds || tally.bytes > limits.bytes {
        let Some(freed) = drop_oldest(&mut rounds, netuid)? else { break };
        tally.rounds -= 1;
        tally.bytes -= freed;
    }
    tallies.insert(netuid.0, (tally.newest, tally.rounds, tally.bytes))?;
    Ok(round)
}

/// Leaves out answers until the round takes at most `most` bytes: those that earned nothing first, and of these the
/// largest. False where it is larger without any.
fn shorten(round: &mut Round, most: u64) -> bool {
    let size = size(round);
    if size <= most {
        return true;
    }
    // What names those that are left out takes bytes as well.
    let mut over = size - most + br#","left_out":[]"#.len() as u64;
    for place in largest_first(round) {
        if over == 0 {
            break;
        }
        let (Some(uid), Some(answer)) = (round.uids.get(place), round.record.answers[place].answer.take()) else {
            continue;
        };
        round.left_out.push(*uid);
        over = over.saturating_sub(self::size(&answer).saturating_sub(b"null65535,".len() as u64));
    }
    over == 0
}

/// Places of the answers, in the order in which they can be spared.
fn largest_first(round: &Round) -> Vec<usize> {
    let answers = &round.record.answers;
    let mut places: Vec<usize> = (0..answers.len()).collect();
    places.sort_by_cached_key(|place| {
        (answers[*place].judgement.score.get() > 0.0, Reverse(size(&answers[*place].answer)))
    });
    places
}

/// Bytes of `value` as JSON, which may be six times as many as it has in memory.
fn size(value: &impl Serialize) -> u64 {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).expect("strings and numbers can be written as JSON");
    count.0
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    use subnet::Judgement;
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
        let bytes = (kept.tally(NetUid(1)).bytes / 2 + 2) * PART;
        for _ in 0..20 {
            kept.append(Limits { rounds: 99, bytes }, round(&["an answer"]));
        }
        assert_eq!(kept.numbers(NetUid(1)), (10..=25).collect::<Vec<_>>());
        let tally = kept.tally(NetUid(1));
        assert!(tally.rounds == 16 && tally.bytes <= bytes, "{tally:?}");
    }

    #[test]
    fn garbage_that_fills_a_round_is_left_out_and_drives_no_other_round_out() {
        let kept = Kept::new();
        let limits = Limits { rounds: 99, bytes: 10_000 * PART };
        (0..5).for_each(|_| drop(kept.append(limits, round(&["an answer"]))));
        // Six bytes of JSON for each.
        let garbage = "\u{1}".repeat(50_000);
        let mut flooded = round(&["right", &garbage, &"x".repeat(4_000), "nonsense"]);
        for place in [1, 3] {
            flooded.record.answers[place].judgement = Judgement::zero("no answer at all");
        }
        let found = kept.append(limits, flooded.clone());
        assert_eq!(kept.numbers(NetUid(1)), [1, 2, 3, 4, 5, 6]);
        assert_eq!(kept.store.read(|read| get(read, NetUid(1), 6)).unwrap(), Some(found.clone()));
        flooded.record.answers[1].answer = None;
        assert_eq!((found.left_out, found.record), (vec![1], flooded.record));
    }

    #[test]
    fn where_all_answers_are_right_the_largest_are_left_out() {
        let kept = Kept::new();
        let answers = [1_000, 9_000, 2_000, 9_001].map(|length| "x".repeat(length));
        let limits = Limits { rounds: 9, bytes: 10_000 * PART };
        let found = kept.append(limits, round(&answers.each_ref().map(String::as_str)));
        assert_eq!(found.left_out, [3, 1]);
        assert!(kept.tally(NetUid(1)).bytes <= 10_000);
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
