//! What the server counts.

use axum::http::StatusCode;
use daemon::metrics::{counter, counters, histogram, integer, prometheus, Registry};
use prometheus::{Histogram, IntCounter, IntCounterVec, IntGauge};

const SECONDS: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

pub struct Metrics {
    requests: IntCounterVec,
    pub prompt_tokens: IntCounter,
    pub completion_tokens: IntCounter,
    /// Of answers, from when their request was understood.
    pub first_token: Histogram,
    pub answer: Histogram,
    pub running: IntGauge,
}

impl Metrics {
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        Ok(Self {
            requests: counters(registry, "api_requests_total", "Requests by path and status.", &["path", "status"])?,
            prompt_tokens: counter(registry, "api_prompt_tokens_total", "Tokens of prompts.")?,
            completion_tokens: counter(registry, "api_completion_tokens_total", "Tokens of answers.")?,
            first_token: histogram(registry, "api_first_token_seconds", "Time to the first token.", &SECONDS)?,
            answer: histogram(registry, "api_answer_seconds", "Time to the last token.", &SECONDS)?,
            running: integer(registry, "api_answers_running", "Answers that are waited for.")?,
        })
    }

    pub fn request(&self, path: &str, status: StatusCode) {
        self.requests.with_label_values(&[path, status.as_str()]).inc();
    }
}
