//! Whom a round asks where it cannot ask everybody.

use crate::ask::Miner;
use crate::scores::{holds, Standing};
use primitives::{AccountId, Axon, Metagraph, Uid};
use std::collections::BTreeMap;
use subnet::Draw;

/// Of the places of a round this part, at least, is drawn by lot among all whose turn it is not: whoever has just been
/// asked must not know that it is left alone for a while.
const BY_LOT: usize = 4;

/// A seat that a round judges: it serves, or has an average to lose.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    pub uid: Uid,
    pub hotkey: AccountId,
    /// An answer not given is worth nothing, so a seat that serves nowhere is judged in its turn as well.
    pub axon: Option<Axon>,
}

impl Seat {
    pub fn miner(&self) -> Option<Miner> {
        self.axon.map(|axon| Miner { uid: self.uid, hotkey: self.hotkey.clone(), axon })
    }
}

/// Every seat to be judged but `own`, in uid order.
pub fn seats(metagraph: &Metagraph, standings: &[Standing], own: &AccountId) -> Vec<Seat> {
    let stands = |uid| standings.iter().any(|one| one.uid == uid && holds(metagraph, uid, &one.hotkey));
    let judged = metagraph.neurons.iter().filter(|seat| seat.hotkey != *own);
    judged
        .filter(|seat| seat.axon.is_some() || stands(seat.uid))
        .map(|seat| Seat { uid: seat.uid, hotkey: seat.hotkey.clone(), axon: seat.axon })
        .collect()
}

/// When each seat had its turn last, in rounds of this process.
#[derive(Default)]
pub struct Turns {
    round: u64,
    last: BTreeMap<Uid, (AccountId, u64)>,
}

impl Turns {
    /// At most `most` of `seats`, in uid order: three quarters by how long they have waited, the others by lot. So each
    /// of n seats is judged at least once in 4 n / (3 `most`) rounds, rounded up.
    pub fn choose(&self, mut seats: Vec<Seat>, most: usize, draw: &mut Draw) -> Vec<Seat> {
        if seats.len() > most {
            let by_turn = most - most / BY_LOT;
            seats.sort_by_cached_key(|seat| (self.last(seat), draw.bytes()));
            seats[by_turn..].sort_by_cached_key(|_| draw.bytes());
            seats.truncate(most);
            seats.sort_by_key(|seat| seat.uid);
        }
        seats
    }

    /// Writes down that `chosen` of `seats` have their turn, whatever comes of it; what is no seat any more is
    /// forgotten.
    pub fn taken(&mut self, chosen: &[Seat], seats: &[Seat]) {
        self.round += 1;
        self.last.retain(|uid, (hotkey, _)| seats.iter().any(|seat| seat.uid == *uid && seat.hotkey == *hotkey));
        self.last.extend(chosen.iter().map(|seat| (seat.uid, (seat.hotkey.clone(), self.round))));
    }

    /// 0 for a seat that had no turn yet.
    fn last(&self, seat: &Seat) -> u64 {
        let last = self.last.get(&seat.uid).filter(|(hotkey, _)| *hotkey == seat.hotkey);
        last.map_or(0, |(_, round)| *round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, metagraph};
    use subnet::Seed;

    fn crowd(count: u8) -> Vec<Seat> {
        (0..count).map(|n| Seat { uid: n.into(), hotkey: account(n), axon: None }).collect()
    }

    /// Plays `rounds` rounds of `most` among `count`, and returns who was judged in each.
    fn play(count: u8, most: usize, rounds: u8) -> Vec<Vec<Uid>> {
        let mut turns = Turns::default();
        let mut one = |round| -> Vec<Uid> {
            let chosen = turns.choose(crowd(count), most, &mut Seed([round; 32]).draw());
            turns.taken(&chosen, &crowd(count));
            chosen.iter().map(|seat| seat.uid).collect()
        };
        (0..rounds).map(&mut one).collect()
    }

    #[test]
    fn where_there_is_room_everybody_is_judged_in_each_round() {
        assert!(play(9, 9, 3).iter().all(|round| round.len() == 9));
    }

    #[test]
    fn nobody_waits_longer_than_stated() {
        for (count, most) in [(250, 60), (100, 7), (10, 1), (11, 10), (64, 4)] {
            let within = usize::from(count).div_ceil(most - most / BY_LOT);
            let rounds = play(count, most, (within * 4).min(250) as u8);
            assert!(rounds.iter().all(|round| round.len() == most));
            for window in rounds.windows(within) {
                let judged: std::collections::BTreeSet<_> = window.iter().flatten().collect();
                assert_eq!(judged.len(), usize::from(count), "{most} of {count}");
            }
        }
    }

    #[test]
    fn in_the_long_run_all_are_judged_equally_often() {
        let rounds = play(40, 8, 250);
        let times = |uid: Uid| rounds.iter().filter(|round| round.contains(&uid)).count();
        let (least, most) = ((0..40).map(times).min().unwrap(), (0..40).map(times).max().unwrap());
        assert!(least >= 40 && most <= 60, "between {least} and {most} of 250 rounds, where 50 are fair");
    }

    #[test]
    fn whoever_was_just_judged_may_be_judged_again_at_once() {
        let rounds = play(40, 8, 100);
        let again = rounds.windows(2).filter(|pair| pair[0].iter().any(|uid| pair[1].contains(uid))).count();
        assert!(again > 10, "{again} of 99");
    }

    #[test]
    fn who_is_drawn_follows_from_the_seed() {
        let turns = Turns::default();
        let draw = |seed| turns.choose(crowd(100), 10, &mut Seed([seed; 32]).draw());
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn a_new_holder_of_a_seat_waits_like_a_newcomer() {
        let mut turns = Turns::default();
        turns.taken(&crowd(3), &crowd(3));
        let mut seats = crowd(3);
        seats[1].hotkey = account(9);
        assert_eq!(turns.choose(seats, 1, &mut Seed([1; 32]).draw())[0].uid, 1);
    }

    #[test]
    fn a_seat_is_judged_if_it_serves_or_has_an_average() {
        let mut snapshot = metagraph(5);
        let axon = Axon::new(std::net::SocketAddr::from(([127, 0, 0, 1], 9)), 1);
        (snapshot.neurons[0].axon, snapshot.neurons[1].axon) = (Some(axon), Some(axon));
        snapshot.neurons[3].hotkey = account(9);
        let standing = |n: u8| Standing { uid: n.into(), hotkey: account(n), score: 1.0, rounds: 1, missing: 0 };
        let seats = seats(&snapshot, &[standing(2), standing(3)], &account(0));
        assert_eq!(seats.iter().map(|seat| (seat.uid, seat.axon)).collect::<Vec<_>>(), [(1, Some(axon)), (2, None)]);
    }
}
