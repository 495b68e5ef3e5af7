//! What a miner counts.

use daemon::metrics::{counters, histogram, prometheus, Registry};
use prometheus::{Histogram, IntCounterVec};
use std::time::Duration;

const SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

pub struct Metrics {
    challenges: IntCounterVec,
    solve: Histogram,
}

impl Metrics {
    /// Fails only where `registry` has these metrics already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        Ok(Self {
            challenges: counters(registry, "challenges_total", "Challenges by outcome.", &["outcome"])?,
            solve: histogram(registry, "solve_seconds", "Time from a challenge to its answer.", &SECONDS)?,
        })
    }

    pub fn solved(&self, well: bool, elapsed: Duration) {
        self.challenges.with_label_values(&[if well { "answered" } else { "failed" }]).inc();
        self.solve.observe(elapsed.as_secs_f64());
    }
}
