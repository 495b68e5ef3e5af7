//! Miners that failed an app lately.

use primitives::AccountId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a miner that failed an app is asked only after all others: a silent one costs each question seconds.
const FOR: Duration = Duration::from_secs(60);

/// When each of them is forgiven; no more than have a seat.
#[derive(Default)]
pub struct Failures(Mutex<HashMap<AccountId, Instant>>);

impl Failures {
    pub fn add(&self, miner: &AccountId, now: Instant) {
        let mut all = self.lock();
        all.retain(|_, until| *until > now);
        all.insert(miner.clone(), now + FOR);
    }

    pub fn forgive(&self, miner: &AccountId) {
        self.lock().remove(miner);
    }

    /// Whether it has failed and is not forgiven yet.
    pub fn contains(&self, miner: &AccountId, now: Instant) -> bool {
        self.lock().get(miner).is_some_and(|until| *until > now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;

    #[test]
    fn a_failure_is_forgiven_after_a_while_or_by_an_answer() {
        let (failures, start) = (Failures::default(), Instant::now());
        let known = |now| [1, 2, 3, 4].map(|n| failures.contains(&account(n), now));
        (1..=3).for_each(|n| failures.add(&account(n), start));
        failures.forgive(&account(1));
        assert_eq!(known(start), [false, true, true, false]);
        failures.add(&account(4), start + FOR);
        assert_eq!(known(start + FOR), [false, false, false, true]);
        assert_eq!(failures.lock().len(), 1, "what is over is forgotten");
    }
}
