//! Metrics that are looked up when they are asked for.

use crate::queue::Queue;
use daemon::metrics::{prometheus, Registry};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, IntCounter, IntGauge, IntGaugeVec, Opts};
use std::sync::Arc;
use subnet::{AnySolver, LoadReport};

struct Observed {
    queue: Queue,
    solver: Arc<dyn AnySolver>,
    running: IntGauge,
    waiting: IntGauge,
    tokens: IntCounter,
    batch: IntGauge,
    cache: IntGauge,
    cache_used: IntGauge,
    preemptions: IntCounter,
    first_tokens: IntCounter,
    first_token_time: Counter,
    up: IntGaugeVec,
    answering: IntGaugeVec,
}

/// Adds what `queue` and `solver` tell about themselves to `registry`.
pub fn observe(registry: &Registry, queue: Queue, solver: Arc<dyn AnySolver>) -> prometheus::Result<()> {
    registry.register(Box::new(Observed {
        queue,
        solver,
        running: IntGauge::new("running", "Challenges that are being answered.")?,
        waiting: IntGauge::new("waiting", "Challenges that wait for their turn.")?,
        tokens: IntCounter::new("tokens_total", "Tokens of all answers.")?,
        batch: IntGauge::new("batch", "Answers that the engine computes together.")?,
        cache: IntGauge::new("cache_tokens", "Tokens whose keys and values there is room for.")?,
        cache_used: IntGauge::new("cache_used_tokens", "Tokens whose keys and values are in use.")?,
        preemptions: IntCounter::new("preemptions_total", "Answers put off because memory was short.")?,
        first_tokens: IntCounter::new("first_tokens_total", "Answers whose first token is there.")?,
        first_token_time: Counter::new("first_token_seconds_total", "Time that those waited for it.")?,
        up: IntGaugeVec::new(Opts::new("engine_up", "Whether an engine behind this miner works."), &["engine"])?,
        answering: IntGaugeVec::new(Opts::new("engine_answering", "Answers that an engine works on."), &["engine"])?,
    }))
}

impl Observed {
    fn parts(&self) -> [&dyn Collector; 11] {
        [
            &self.running,
            &self.waiting,
            &self.tokens,
            &self.batch,
            &self.cache,
            &self.cache_used,
            &self.preemptions,
            &self.first_tokens,
            &self.first_token_time,
            &self.up,
            &self.answering,
        ]
    }

    fn look(&self) {
        let ((running, waiting), report) = (self.queue.load(), self.solver.report());
        self.running.set(running as i64);
        self.waiting.set(waiting as i64);
        self.tokens.inc_by(report.tokens.saturating_sub(self.tokens.get()));
        if let Some(load) = report.load {
            self.look_at(&load);
        }
        for engine in report.engines {
            self.up.with_label_values(&[&engine.url]).set(engine.up.into());
            self.answering.with_label_values(&[&engine.url]).set(engine.answering as i64);
        }
    }

    fn look_at(&self, load: &LoadReport) {
        self.batch.set(load.batch as i64);
        self.cache.set(load.cache_tokens as i64);
        self.cache_used.set(load.cache_tokens_used as i64);
        self.preemptions.inc_by(load.preemptions.saturating_sub(self.preemptions.get()));
        self.first_tokens.inc_by(load.first_tokens.saturating_sub(self.first_tokens.get()));
        self.first_token_time.inc_by((load.first_token_time.as_secs_f64() - self.first_token_time.get()).max(0.0));
    }
}

impl Collector for Observed {
    fn desc(&self) -> Vec<&Desc> {
        self.parts().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.look();
        self.parts().into_iter().flat_map(Collector::collect).collect()
    }
}
