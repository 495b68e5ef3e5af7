//! What a miner counts.

mod observed;

pub use observed::observe;

use axum::response::Response;
use daemon::metrics::{counters, histogram, prometheus, Registry};
use prometheus::{Histogram, IntCounterVec};
use protocol::Code;
use std::time::Duration;

const SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Clones count together.
#[derive(Clone)]
pub struct Metrics {
    requests: IntCounterVec,
    challenges: IntCounterVec,
    wait: Histogram,
    solve: Histogram,
}

impl Metrics {
    /// Fails only where `registry` has these metrics already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let requests = "Requests by outcome: answered, or the code of the refusal.";
        Ok(Self {
            requests: counters(registry, "requests_total", requests, &["outcome"])?,
            challenges: counters(registry, "challenges_total", "Challenges by outcome.", &["outcome"])?,
            wait: histogram(registry, "wait_seconds", "Time from a challenge to its turn.", &SECONDS)?,
            solve: histogram(registry, "solve_seconds", "Time from the turn to the answer.", &SECONDS)?,
        })
    }

    /// Counts a request by the answer that it got.
    pub fn answered(&self, response: &Response) {
        let refused = response.extensions().get::<Code>().map(Code::to_string);
        let other = || if response.status().is_success() { "answered" } else { "failed" }.to_owned();
        self.requests.with_label_values(&[&refused.unwrap_or_else(other)]).inc();
    }

    pub fn waited(&self, elapsed: Duration) {
        self.wait.observe(elapsed.as_secs_f64());
    }

    pub fn solved(&self, well: bool, elapsed: Duration) {
        self.challenges.with_label_values(&[if well { "answered" } else { "failed" }]).inc();
        self.solve.observe(elapsed.as_secs_f64());
    }
}
