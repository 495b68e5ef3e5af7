//! Metrics that are looked up when they are asked for.

use crate::queue::Queue;
use daemon::metrics::{prometheus, Registry};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntCounter, IntGauge, IntGaugeVec, Opts};
use std::sync::Arc;
use subnet::AnySolver;

struct Observed {
    queue: Queue,
    solver: Arc<dyn AnySolver>,
    running: IntGauge,
    waiting: IntGauge,
    tokens: IntCounter,
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
        up: IntGaugeVec::new(Opts::new("engine_up", "Whether an engine behind this miner works."), &["engine"])?,
        answering: IntGaugeVec::new(Opts::new("engine_answering", "Answers that an engine works on."), &["engine"])?,
    }))
}

impl Observed {
    fn parts(&self) -> [&dyn Collector; 5] {
        [&self.running, &self.waiting, &self.tokens, &self.up, &self.answering]
    }

    fn look(&self) {
        let ((running, waiting), report) = (self.queue.load(), self.solver.report());
        self.running.set(running as i64);
        self.waiting.set(waiting as i64);
        self.tokens.inc_by(report.tokens.saturating_sub(self.tokens.get()));
        for engine in report.engines {
            self.up.with_label_values(&[&engine.url]).set(engine.up.into());
            self.answering.with_label_values(&[&engine.url]).set(engine.answering as i64);
        }
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
