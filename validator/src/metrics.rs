//! What a validator counts.

use axum::http::StatusCode;
use daemon::metrics::{counters, histogram, integer, prometheus, Registry};
use prometheus::{Histogram, IntCounterVec, IntGauge};
use std::time::Duration;

const SECONDS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

pub struct Metrics {
    rounds: Histogram,
    asked: IntGauge,
    rewarded: IntGauge,
    weights: IntCounterVec,
    app: IntCounterVec,
    app_seconds: Histogram,
}

impl Metrics {
    /// Fails only where `registry` has these metrics already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        Ok(Self {
            rounds: histogram(registry, "round_seconds", "Duration of whole rounds.", &SECONDS)?,
            asked: integer(registry, "asked", "Miners asked in the last round.")?,
            rewarded: integer(registry, "rewarded", "Miners with a positive score in the last round.")?,
            weights: counters(
                registry,
                "weights_total",
                "Calls about weights by what became of them.",
                &["call", "outcome"],
            )?,
            app: counters(registry, "app_requests_total", "App requests by HTTP status.", &["status"])?,
            app_seconds: histogram(registry, "app_seconds", "Duration of app requests.", &SECONDS)?,
        })
    }

    pub fn round(&self, asked: usize, rewarded: usize, elapsed: Duration) {
        self.rounds.observe(elapsed.as_secs_f64());
        self.asked.set(asked as i64);
        self.rewarded.set(rewarded as i64);
    }

    /// `call`: set, commit, reveal; `outcome`: included, rejected, lost; and of the included: finalized, dropped.
    pub fn weights(&self, call: &str, outcome: &str) {
        self.weights.with_label_values(&[call, outcome]).inc();
    }

    pub fn app(&self, status: StatusCode, elapsed: Duration) {
        self.app.with_label_values(&[status.as_str()]).inc();
        self.app_seconds.observe(elapsed.as_secs_f64());
    }
}
