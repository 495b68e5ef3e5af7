//! Whose turn is next: fair between callers, by their weights.

use primitives::AccountId;
use std::collections::{BTreeMap, VecDeque};

/// Identifies a request that waits.
pub type Ticket = u64;

/// Requests that wait, of many callers.
///
/// Turns are given by self-clocked fair queueing: among callers that always have somebody waiting, each gets turns in
/// proportion to its weight, and a caller that comes anew waits for about one turn of each other. Within a caller, who came
/// first is first.
#[derive(Debug)]
pub struct Schedule {
    most: usize,
    waiting: usize,
    /// The mark of the last turn.
    clock: f64,
    callers: BTreeMap<AccountId, Caller>,
}

#[derive(Debug)]
struct Caller {
    weight: f64,
    /// The mark of its next turn: the caller with the lowest one is next.
    mark: f64,
    tickets: VecDeque<Ticket>,
}

impl Caller {
    /// What it holds of the places, in relation to what it may expect.
    fn load(&self) -> f64 {
        self.tickets.len() as f64 / self.weight
    }
}

/// What became of a request that came.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    Waits,
    /// It waits, and this one, of another caller who held more than a fair share of the places, no longer does.
    WaitsInsteadOf(Ticket),
    Full,
}

impl Schedule {
    /// At most `most` requests wait.
    pub fn new(most: usize) -> Self {
        Self { most, waiting: 0, clock: 0.0, callers: BTreeMap::new() }
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// `weight` is positive. Where all places are taken, the newcomer gets one from the caller who holds most for its weight
    /// if it holds less itself. Nobody loses the only one, so each caller can have one as long as others have several.
    pub fn push(&mut self, caller: &AccountId, weight: f64, ticket: Ticket) -> Pushed {
        let mut pushed = Pushed::Waits;
        if self.waiting >= self.most {
            match self.displace(caller, weight) {
                Some(displaced) => pushed = Pushed::WaitsInsteadOf(displaced),
                None => return Pushed::Full,
            }
        }
        let mark = self.clock + 1.0 / weight;
        let new = || Caller { weight, mark, tickets: VecDeque::new() };
        let caller = self.callers.entry(caller.clone()).or_insert_with(new);
        caller.weight = weight;
        caller.tickets.push_back(ticket);
        self.waiting += 1;
        pushed
    }

    /// Takes who is next.
    pub fn pop(&mut self) -> Option<Ticket> {
        let next = self.callers.iter().min_by(|(_, a), (_, b)| a.mark.total_cmp(&b.mark));
        let account = next.map(|(account, _)| account.clone())?;
        let caller = self.callers.get_mut(&account)?;
        let ticket = caller.tickets.pop_front()?;
        self.clock = caller.mark;
        caller.mark += 1.0 / caller.weight;
        self.waiting -= 1;
        self.forget_if_idle(&account);
        Some(ticket)
    }

    /// Takes out who no longer waits.
    pub fn remove(&mut self, account: &AccountId, ticket: Ticket) {
        let Some(caller) = self.callers.get_mut(account) else { return };
        let before = caller.tickets.len();
        caller.tickets.retain(|held| *held != ticket);
        self.waiting -= before - caller.tickets.len();
        self.forget_if_idle(account);
    }

    /// Takes out all.
    pub fn clear(&mut self) -> Vec<Ticket> {
        self.waiting = 0;
        std::mem::take(&mut self.callers).into_values().flat_map(|caller| caller.tickets).collect()
    }

    /// The newest request of the caller that holds most for its weight, taken out for a newcomer that holds less.
    fn displace(&mut self, newcomer: &AccountId, weight: f64) -> Option<Ticket> {
        let held = self.callers.get(newcomer).map_or(0, |caller| caller.tickets.len());
        let others =
            self.callers.iter_mut().filter(|(account, caller)| *account != newcomer && caller.tickets.len() > 1);
        let (_, heaviest) = others.max_by(|(_, a), (_, b)| a.load().total_cmp(&b.load()))?;
        if held > 0 && (held + 1) as f64 / weight >= heaviest.load() {
            return None;
        }
        self.waiting -= 1;
        heaviest.tickets.pop_back()
    }

    fn forget_if_idle(&mut self, account: &AccountId) {
        if self.callers.get(account).is_some_and(|caller| caller.tickets.is_empty()) {
            self.callers.remove(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixtures::account;

    /// A schedule in which each of `callers` (name and weight) has `each` waiting; a ticket's hundreds are the name.
    fn filled(most: usize, callers: &[(u8, f64)], each: u64) -> Schedule {
        let mut schedule = Schedule::new(most);
        for (name, weight) in callers {
            for n in 0..each {
                assert_eq!(schedule.push(&account(*name), *weight, u64::from(*name) * 100 + n), Pushed::Waits);
            }
        }
        schedule
    }

    fn turns(schedule: &mut Schedule, count: usize) -> BTreeMap<u64, usize> {
        let mut turns = BTreeMap::new();
        for _ in 0..count {
            *turns.entry(schedule.pop().unwrap() / 100).or_default() += 1;
        }
        turns
    }

    #[test]
    fn turns_are_given_in_proportion_to_weights() {
        let mut schedule = filled(1_000, &[(1, 1.0), (2, 1.0), (3, 4.0)], 90);
        assert_eq!(turns(&mut schedule, 60), BTreeMap::from([(1, 10), (2, 10), (3, 40)]));
        assert_eq!(schedule.waiting(), 210);
    }

    #[test]
    fn within_a_caller_who_came_first_is_first() {
        let mut schedule = filled(10, &[(1, 2.0)], 3);
        assert_eq!([(); 4].map(|()| schedule.pop()), [Some(100), Some(101), Some(102), None]);
    }

    #[test]
    fn a_newcomer_is_not_held_up_by_those_who_came_in_masses() {
        let mut schedule = filled(1_000, &[(1, 16.0)], 99);
        turns(&mut schedule, 20);
        schedule.push(&account(2), 1.0, 200);
        let before = std::iter::from_fn(|| schedule.pop()).take_while(|ticket| *ticket != 200).count();
        assert!(before <= 16, "{before} turns went before");
    }

    #[test]
    fn time_spent_away_is_not_saved_up() {
        let mut schedule = filled(1_000, &[(1, 1.0)], 50);
        turns(&mut schedule, 40);
        for n in 0..10 {
            schedule.push(&account(2), 1.0, 200 + n);
        }
        let next = turns(&mut schedule, 10);
        assert!(next[&1] >= 4 && next[&2] >= 4, "{next:?}");
    }

    #[test]
    fn a_full_schedule_makes_room_for_who_holds_less() {
        let mut schedule = filled(4, &[(1, 1.0)], 4);
        assert_eq!(schedule.push(&account(1), 1.0, 104), Pushed::Full);
        assert_eq!(schedule.push(&account(2), 1.0, 200), Pushed::WaitsInsteadOf(103));
        assert_eq!(schedule.push(&account(2), 1.0, 201), Pushed::WaitsInsteadOf(102));
        assert_eq!(schedule.push(&account(2), 1.0, 202), Pushed::Full);
        assert_eq!(schedule.push(&account(3), 4.0, 300), Pushed::WaitsInsteadOf(201));
        assert_eq!(schedule.waiting(), 4);
    }

    #[test]
    fn those_with_much_stake_cannot_take_the_only_place_of_those_with_little() {
        let mut schedule = filled(8, &[(1, 1.0)], 1);
        let rich = (2..6).flat_map(|name| (0..20).map(move |n| (name, n)));
        let displaced: Vec<_> =
            rich.map(|(name, n)| schedule.push(&account(name), 16.0, name as u64 * 100 + n)).collect();
        assert!(!displaced.contains(&Pushed::WaitsInsteadOf(100)), "{displaced:?}");
        assert!(matches!(schedule.push(&account(9), 1.0, 900), Pushed::WaitsInsteadOf(ticket) if ticket != 100));
        assert!(std::iter::from_fn(|| schedule.pop()).any(|ticket| ticket == 100));
    }

    #[test]
    fn who_left_is_forgotten() {
        let mut schedule = filled(10, &[(1, 1.0), (2, 1.0)], 2);
        schedule.remove(&account(1), 100);
        schedule.remove(&account(1), 100);
        schedule.remove(&account(9), 100);
        assert_eq!(schedule.waiting(), 3);
        schedule.remove(&account(1), 101);
        assert_eq!((schedule.clear(), schedule.waiting()), (vec![200, 201], 0));
        assert!(schedule.callers.is_empty());
    }
}
