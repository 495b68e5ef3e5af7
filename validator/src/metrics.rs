//! What a validator counts.

mod observed;

pub use observed::observe;

use axum::http::StatusCode;
use daemon::metrics::{counter, counters, histogram, integer, prometheus, Registry};
use prometheus::{Histogram, IntCounter, IntCounterVec, IntGauge};
use std::time::Duration;
use subnet::RecordedAnswer;
use validator_api::Outcome;

const SECONDS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

pub struct Metrics {
    rounds: Histogram,
    failed: IntCounter,
    asked: IntGauge,
    rewarded: IntGauge,
    most: IntGauge,
    answers: IntCounterVec,
    judging: Histogram,
    weights: IntCounterVec,
    app: IntCounterVec,
    app_seconds: Histogram,
    app_open: IntGauge,
}

impl Metrics {
    /// Fails only where `registry` has these metrics already.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let answers = "Answers of miners by outcome: rewarded, worthless, or none.";
        let weights = "Calls about weights by what became of them.";
        Ok(Self {
            rounds: histogram(registry, "round_seconds", "Duration of whole rounds.", &SECONDS)?,
            failed: counter(registry, "failed_rounds_total", "Rounds that counted for nothing.")?,
            asked: integer(registry, "asked", "Miners asked in the last round.")?,
            rewarded: integer(registry, "rewarded", "Miners with a positive score in the last round.")?,
            most: integer(registry, "affordable", "Miners that the next round may ask.")?,
            answers: counters(registry, "answers_total", answers, &["outcome"])?,
            judging: histogram(registry, "judging_seconds", "Time of judging all answers of a round.", &SECONDS)?,
            weights: counters(registry, "weights_total", weights, &["call", "outcome"])?,
            app: counters(registry, "app_requests_total", "App requests by HTTP status.", &["status"])?,
            app_seconds: histogram(registry, "app_seconds", "Duration of app requests.", &SECONDS)?,
            app_open: integer(registry, "app_open", "App requests that are being answered.")?,
        })
    }

    pub fn round(&self, asked: usize, rewarded: usize, elapsed: Duration) {
        self.rounds.observe(elapsed.as_secs_f64());
        self.asked.set(asked as i64);
        self.rewarded.set(rewarded as i64);
    }

    pub fn failed_round(&self) {
        self.failed.inc();
    }

    pub fn answers(&self, answers: &[RecordedAnswer]) {
        for answer in answers {
            let outcome = match (&answer.answer, answer.judgement.score.get() > 0.0) {
                (_, true) => "rewarded",
                (Some(_), false) => "worthless",
                (None, false) => "none",
            };
            self.answers.with_label_values(&[outcome]).inc();
        }
    }

    /// How long judging a round took, and how many miners the next may ask.
    pub fn judged(&self, elapsed: Duration, most: usize) {
        self.judging.observe(elapsed.as_secs_f64());
        self.most.set(most as i64);
    }

    /// `call`: set, commit, reveal.
    pub fn weights(&self, call: &str, outcome: Outcome) {
        self.weights.with_label_values(&[call, outcome.name()]).inc();
    }

    /// An app request that is open until this is dropped.
    pub fn app_open(&self) -> Open {
        self.app_open.inc();
        Open(self.app_open.clone())
    }

    pub fn app(&self, status: StatusCode, elapsed: Duration) {
        self.app.with_label_values(&[status.as_str()]).inc();
        self.app_seconds.observe(elapsed.as_secs_f64());
    }
}

/// Also counts those out that hang up.
pub struct Open(IntGauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
