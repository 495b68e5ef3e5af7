use std::time::Duration;

/// What a receiver takes on at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in the body of a request.
    pub max_body: usize,
    /// Requests being read or answered at once, besides one of each sender who has no other. One sender can hold half of
    /// them, rounded up.
    pub max_in_flight: usize,
    pub max_per_sender_per_second: u32,
    /// Time between a request's issue and its expiry.
    pub max_lifetime: Duration,
    /// How far two honest clocks may stand apart. For this long after its start a receiver refuses everything, because
    /// its predecessor may have answered a request of a sender whose clock runs ahead by as much.
    pub max_clock_skew: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 256 * 1024,
            max_in_flight: 64,
            max_per_sender_per_second: 20,
            max_lifetime: Duration::from_secs(120),
            max_clock_skew: Duration::from_secs(2),
        }
    }
}

/// Admits a number of events per second on average, and a second's worth of them at once.
#[derive(Default)]
pub struct Rate {
    /// Unix microseconds at which all that was admitted will have been paid for.
    paid_at: u64,
}

impl Rate {
    /// Whether one more event fits at `now` (Unix milliseconds); counts it if so.
    pub fn admit(&mut self, per_second: u32, now: u64) -> bool {
        const SECOND: u64 = 1_000_000;
        let now = now.saturating_mul(1_000);
        let price = SECOND / u64::from(per_second.max(1));
        let paid_at = self.paid_at.max(now).saturating_add(price);
        let fits = per_second > 0 && paid_at - now <= SECOND;
        if fits {
            self.paid_at = paid_at;
        }
        fits
    }

    /// Whether forgetting this state at `now` (Unix milliseconds) would change nothing.
    pub fn is_idle(&self, now: u64) -> bool {
        self.paid_at <= now.saturating_mul(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_admits_its_count_and_no_more() {
        let mut rate = Rate::default();
        let admitted = (0..100).filter(|_| rate.admit(5, 1_000)).count();
        assert_eq!(admitted, 5);
    }

    #[test]
    fn a_spent_rate_recovers_one_by_one() {
        let mut rate = Rate::default();
        while rate.admit(5, 1_000) {}
        assert!(!rate.admit(5, 1_199));
        assert!(rate.admit(5, 1_200));
        assert!(!rate.admit(5, 1_200));
        assert!(!rate.is_idle(1_200));
        assert!(rate.is_idle(2_200));
    }

    #[test]
    fn a_rate_of_zero_admits_nothing() {
        assert!(!Rate::default().admit(0, 1_000));
    }
}
