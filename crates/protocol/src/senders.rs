use crate::limits::Rate;
use crate::replay::Nonces;
use crate::{clock, Code, Envelope, Limits, Refusal};
use primitives::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Senders remembered at once. Only admitted ones are, and a subnet has at most 2,048 seats.
const MAX_SENDERS: usize = 8_192;
/// Accepted and unexpired requests remembered for one sender.
const MAX_NONCES: usize = 65_536;
/// Milliseconds between two rounds of forgetting.
const SWEEP_EVERY: u64 = 1_000;
/// When to come again: a second refills a sender's rate, and mostly frees a place.
const RETRY: Duration = Duration::from_secs(1);

/// What is remembered about everybody who was admitted lately.
pub struct Senders {
    limits: Limits,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    states: HashMap<AccountId, State>,
    in_flight: usize,
    swept_at: u64,
}

#[derive(Default)]
struct State {
    nonces: Nonces,
    rate: Rate,
    in_flight: usize,
}

/// A place among the requests in flight; dropping it frees the place.
pub struct Slot {
    senders: Arc<Senders>,
    sender: AccountId,
}

impl Senders {
    pub fn new(limits: Limits) -> Self {
        Self { limits, table: Mutex::default() }
    }

    /// Takes a request in whose signature is known to be good, or says why not.
    ///
    /// A replay is found before anything is counted, so that a stranger who repeats a request cannot spend the
    /// sender's share. Who has nothing open gets in however many others have, so nobody can shut anybody out.
    pub fn enter(self: &Arc<Self>, envelope: &Envelope, now: u64) -> Result<Slot, Refusal> {
        let forget_at = envelope.expires.saturating_add(clock::millis(self.limits.max_clock_skew));
        let mut table = self.lock();
        table.sweep(now);
        let has_one = table.states.get(&envelope.sender).is_some_and(|state| state.in_flight > 0);
        if has_one && table.in_flight >= self.limits.max_in_flight {
            return Err(too_many("This process works on as many requests as it can; try again in a moment."));
        }
        table.state(&envelope.sender)?.take(envelope.nonce, forget_at, now, &self.limits)?;
        table.in_flight += 1;
        Ok(Slot { senders: self.clone(), sender: envelope.sender.clone() })
    }

    /// The table is consistent between any two statements, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn state(&mut self, sender: &AccountId) -> Result<&mut State, Refusal> {
        if self.states.len() >= MAX_SENDERS && !self.states.contains_key(sender) {
            return Err(too_many("This process serves as many senders as it can; try again in a minute."));
        }
        Ok(self.states.entry(sender.clone()).or_default())
    }

    fn sweep(&mut self, now: u64) {
        if now.abs_diff(self.swept_at) < SWEEP_EVERY {
            return;
        }
        self.swept_at = now;
        self.states.retain(|_, state| {
            state.nonces.forget(now);
            state.in_flight > 0 || state.nonces.len() > 0 || !state.rate.is_idle(now)
        });
    }
}

impl State {
    fn take(&mut self, nonce: crate::Nonce, forget_at: u64, now: u64, limits: &Limits) -> Result<(), Refusal> {
        if self.nonces.contains(forget_at, nonce) {
            return Err(Refusal::new(Code::Replayed, "This request was answered before; sign a new one."));
        }
        if self.in_flight >= limits.max_in_flight.div_ceil(2) || self.nonces.len() >= MAX_NONCES {
            return Err(too_many("You have too many requests open here; wait for their answers."));
        }
        if !self.rate.admit(limits.max_per_sender_per_second, now) {
            let rate = limits.max_per_sender_per_second;
            return Err(too_many(&format!("You ask more often than {rate} times a second; slow down.")));
        }
        self.nonces.insert(forget_at, nonce);
        self.in_flight += 1;
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut table = self.senders.lock();
        table.in_flight = table.in_flight.saturating_sub(1);
        if let Some(state) = table.states.get_mut(&self.sender) {
            state.in_flight = state.in_flight.saturating_sub(1);
        }
    }
}

fn too_many(message: &str) -> Refusal {
    Refusal::new(Code::TooMany, message).retry_after(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_core::H256;

    const NOW: u64 = 1_000_000;

    fn senders(max_in_flight: usize, rate: u32) -> Arc<Senders> {
        let max_clock_skew = Duration::ZERO;
        let limits = Limits { max_in_flight, max_per_sender_per_second: rate, max_clock_skew, ..Limits::default() };
        Arc::new(Senders::new(limits))
    }

    fn envelope(sender: u8, nonce: u8, expires: u64) -> Envelope {
        let [sender, receiver] = [sender, 0].map(|byte| AccountId::from([byte; 32]));
        Envelope { sender, receiver, nonce: [nonce; 16], issued: NOW, expires, body_hash: H256::zero() }
    }

    fn code(outcome: Result<Slot, Refusal>) -> Option<Code> {
        outcome.err().map(|refusal| refusal.code)
    }

    #[test]
    fn a_replay_is_refused_and_spends_nothing() {
        let senders = senders(8, 2);
        assert!(senders.enter(&envelope(1, 1, NOW + 500), NOW).is_ok());
        for _ in 0..10 {
            assert_eq!(code(senders.enter(&envelope(1, 1, NOW + 500), NOW)), Some(Code::Replayed));
        }
        assert!(senders.enter(&envelope(1, 2, NOW + 500), NOW).is_ok());
    }

    #[test]
    fn two_senders_may_use_the_same_nonce() {
        let senders = senders(8, 2);
        assert!(senders.enter(&envelope(1, 1, NOW + 500), NOW).is_ok());
        assert!(senders.enter(&envelope(2, 1, NOW + 500), NOW).is_ok());
    }

    #[test]
    fn one_sender_cannot_hold_every_slot() {
        let senders = senders(4, 100);
        let held: Vec<_> = (0..2).map(|n| senders.enter(&envelope(1, n, NOW + 500), NOW).unwrap()).collect();
        assert_eq!(code(senders.enter(&envelope(1, 9, NOW + 500), NOW)), Some(Code::TooMany));
        assert!(senders.enter(&envelope(2, 1, NOW + 500), NOW).is_ok());
        drop(held);
        assert!(senders.enter(&envelope(1, 9, NOW + 500), NOW).is_ok());
    }

    #[test]
    fn when_all_slots_are_taken_each_sender_still_has_one() {
        let senders = senders(4, 100);
        let _flood: Vec<_> = (0..4).map(|n| senders.enter(&envelope(n % 2, n, NOW + 500), NOW).unwrap()).collect();
        let _one = senders.enter(&envelope(3, 1, NOW + 500), NOW).unwrap();
        assert_eq!(code(senders.enter(&envelope(3, 2, NOW + 500), NOW)), Some(Code::TooMany));
    }

    #[test]
    fn whoever_left_and_can_replay_nothing_is_forgotten() {
        let senders = senders(8, 100);
        for sender in 0..100 {
            drop(senders.enter(&envelope(sender, 1, NOW + 500), NOW).unwrap());
        }
        assert_eq!(senders.lock().states.len(), 100);
        drop(senders.enter(&envelope(200, 1, NOW + 10_000), NOW + 5_000).unwrap());
        assert_eq!(senders.lock().states.len(), 1);
    }
}
