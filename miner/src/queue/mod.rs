//! The queue in front of the model: bounded, fair, and honest about how long it is.

mod schedule;

use primitives::AccountId;
use protocol::{Code, Refusal};
use schedule::{Pushed, Schedule, Ticket};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How much the newest answer counts in the mean time of an answer.
const NEWEST: f64 = 0.1;
/// A retry time, in seconds, is within these.
const RETRY: (f64, f64) = (1.0, 60.0);

/// Gives turns to as many requests at once as it may, and keeps the others waiting. Clones share it.
#[derive(Clone)]
pub struct Queue(Arc<Mutex<State>>);

struct State {
    at_once: usize,
    running: usize,
    schedule: Schedule,
    waiting: HashMap<Ticket, oneshot::Sender<Result<(), Refusal>>>,
    next: Ticket,
    /// Seconds of an answer, lately.
    mean: f64,
    closed: bool,
}

/// The right to be answered now, until it is dropped.
pub struct Turn {
    queue: Queue,
    since: Instant,
}

/// A place in the queue, until its turn comes or it is dropped.
struct Place {
    queue: Queue,
    caller: AccountId,
    ticket: Ticket,
    news: oneshot::Receiver<Result<(), Refusal>>,
}

impl Queue {
    /// `at_once` is at least 1; `most` more wait.
    pub fn new(at_once: usize, most: usize) -> Self {
        let (waiting, mean) = (HashMap::new(), RETRY.0);
        let schedule = Schedule::new(most);
        Self(Arc::new(Mutex::new(State { at_once, running: 0, schedule, waiting, next: 0, mean, closed: false })))
    }

    /// Waits for a turn of `caller`, whose `weight` is positive; whoever stops waiting leaves the queue.
    pub async fn turn(&self, caller: &AccountId, weight: f64) -> Result<Turn, Refusal> {
        if let Some(mut place) = self.enter(caller, weight)? {
            // The state holds the sender for as long as nobody has told.
            (&mut place.news).await.unwrap_or_else(|_| Err(closing()))?;
        }
        Ok(Turn { queue: self.clone(), since: Instant::now() })
    }

    /// Requests that are being answered and that wait.
    pub fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.running, state.schedule.waiting())
    }

    /// Refuses whoever waits and whoever comes from now on; those whose turn it is go on.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for ticket in state.schedule.clear() {
            state.tell(ticket, Err(closing()));
        }
    }

    /// Nothing if the turn is now.
    fn enter(&self, caller: &AccountId, weight: f64) -> Result<Option<Place>, Refusal> {
        let mut state = self.state();
        if state.closed {
            return Err(closing());
        }
        if state.running < state.at_once {
            state.running += 1;
            return Ok(None);
        }
        let ticket = state.next;
        state.next += 1;
        let full = state.full();
        match state.schedule.push(caller, weight, ticket) {
            Pushed::Waits => (),
            Pushed::WaitsInsteadOf(displaced) => state.tell(displaced, Err(full)),
            Pushed::Full => return Err(full),
        }
        let (teller, news) = oneshot::channel();
        state.waiting.insert(ticket, teller);
        Ok(Some(Place { queue: self.clone(), caller: caller.clone(), ticket, news }))
    }

    /// The state is consistent between any two statements, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives a free turn to who is next.
    fn free(&mut self) {
        self.running -= 1;
        if let Some(ticket) = self.schedule.pop() {
            self.running += 1;
            self.tell(ticket, Ok(()));
        }
    }

    /// Whoever waits holds the receiver until it has left the queue, so the news arrives.
    fn tell(&mut self, ticket: Ticket, news: Result<(), Refusal>) {
        if let Some(teller) = self.waiting.remove(&ticket) {
            let _ = teller.send(news);
        }
    }

    fn full(&self) -> Refusal {
        let rounds = (self.schedule.waiting() / self.at_once + 1) as f64;
        let retry = (rounds * self.mean).clamp(RETRY.0, RETRY.1).ceil();
        let message = format!("{} requests wait here already; try again in {retry} s.", self.schedule.waiting());
        Refusal::new(Code::TooMany, message).retry_after(Duration::from_secs_f64(retry))
    }
}

fn closing() -> Refusal {
    Refusal::new(Code::TooMany, "This miner is shutting down; ask another one.")
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        match self.news.try_recv() {
            // The turn came as its owner left.
            Ok(Ok(())) => state.free(),
            Ok(Err(_)) => (),
            Err(_) => {
                state.waiting.remove(&self.ticket);
                state.schedule.remove(&self.caller, self.ticket);
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.mean += NEWEST * (self.since.elapsed().as_secs_f64() - state.mean);
        state.free();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixtures::account;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Turn, Refusal>> + 'a>>;

    fn ask(queue: &Queue, caller: u8) -> Waiting<'_> {
        Box::pin(async move { queue.turn(&account(caller), 1.0).await })
    }

    fn poll(waiting: &mut Waiting) -> Option<Result<Turn, Refusal>> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn now(queue: &Queue, caller: u8) -> Result<Turn, Refusal> {
        poll(&mut ask(queue, caller)).unwrap()
    }

    #[tokio::test]
    async fn a_turn_that_ends_is_the_next_ones() {
        let queue = Queue::new(1, 2);
        let turn = now(&queue, 1).ok().unwrap();
        let mut second = ask(&queue, 2);
        assert!(poll(&mut second).is_none());
        assert_eq!(queue.load(), (1, 1));
        drop(turn);
        drop(poll(&mut second).unwrap().ok().unwrap());
        drop(second);
        assert_eq!(queue.load(), (0, 0));
    }

    #[tokio::test]
    async fn who_leaves_gives_the_place_or_the_turn_back() {
        let queue = Queue::new(1, 2);
        let turn = now(&queue, 1).ok().unwrap();
        let [mut gone, mut granted, mut last] = [2, 3, 2].map(|caller| ask(&queue, caller));
        assert!(poll(&mut gone).is_none() && poll(&mut granted).is_none());
        drop(gone);
        assert!(poll(&mut last).is_none());
        drop(turn);
        drop(granted);
        assert!(poll(&mut last).unwrap().is_ok());
        assert_eq!(queue.load(), (0, 0));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_says_when_to_come_again() {
        let queue = Queue::new(1, 1);
        let _turn = now(&queue, 1).ok().unwrap();
        let mut waiting = ask(&queue, 1);
        assert!(poll(&mut waiting).is_none());
        let refusal = now(&queue, 2).err().unwrap();
        assert_eq!((refusal.code, refusal.retry_after), (Code::TooMany, Some(2)));
        assert!(refusal.message.contains("try again in 2 s"), "{refusal}");
    }

    #[tokio::test]
    async fn who_is_displaced_is_told_at_once() {
        let queue = Queue::new(1, 2);
        let _turn = now(&queue, 1).ok().unwrap();
        let [mut first, mut second, mut other] = [1, 1, 2].map(|caller| ask(&queue, caller));
        assert!(poll(&mut first).is_none() && poll(&mut second).is_none() && poll(&mut other).is_none());
        assert_eq!(poll(&mut second).unwrap().err().unwrap().code, Code::TooMany);
        assert!(poll(&mut first).is_none());
    }

    #[tokio::test]
    async fn a_closed_queue_refuses_all_but_those_whose_turn_it_is() {
        let queue = Queue::new(1, 2);
        let turn = now(&queue, 1).ok().unwrap();
        let mut waiting = ask(&queue, 2);
        assert!(poll(&mut waiting).is_none());
        queue.close();
        assert!(poll(&mut waiting).unwrap().is_err() && now(&queue, 3).is_err());
        assert_eq!(queue.load(), (1, 0));
        drop(turn);
        assert_eq!(queue.load(), (0, 0));
    }
}
