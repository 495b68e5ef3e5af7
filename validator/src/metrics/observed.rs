//! Metrics that are looked up when they are asked for.

use crate::pool::Pool;
use crate::status::Reporter;
use daemon::metrics::{prometheus, Registry};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, GaugeVec, IntGauge, Opts};
use std::sync::{Arc, Mutex, PoisonError};

struct Observed {
    /// Held by whoever looks: seats go before they are shown anew.
    looking: Mutex<()>,
    reporter: Arc<Reporter>,
    pool: Arc<Pool>,
    block: IntGauge,
    silent: IntGauge,
    until_weights: IntGauge,
    vtrust: Gauge,
    deviation: Gauge,
    dividends: Gauge,
    rounds: IntGauge,
    bytes: IntGauge,
    questions: IntGauge,
    worth: GaugeVec,
}

/// Adds what `reporter` and `pool` know to `registry`.
pub fn observe(registry: &Registry, reporter: Arc<Reporter>, pool: Arc<Pool>) -> prometheus::Result<()> {
    let worth = "What each miner counts for: its average, once enough answers in a row were genuine.";
    let deviation = "Part of the own weights that would have to move to reach the consensus.";
    registry.register(Box::new(Observed {
        looking: Mutex::default(),
        reporter,
        pool,
        block: IntGauge::new("block", "The newest block that is known.")?,
        silent: IntGauge::new("silent_seconds", "Time since the node told something new.")?,
        until_weights: IntGauge::new(
            "until_weights_seconds",
            "Time until weights are due; 0 where that is not known.",
        )?,
        vtrust: Gauge::new("vtrust", "Part of the own weights within the consensus of the last epoch.")?,
        deviation: Gauge::new("deviation", deviation)?,
        dividends: Gauge::new("dividends", "Part of the subnet's dividends in the last epoch.")?,
        rounds: IntGauge::new("kept_rounds", "Rounds that can be audited.")?,
        bytes: IntGauge::new("database_bytes", "Size of the database.")?,
        questions: IntGauge::new("questions", "Questions of apps that may be asked again.")?,
        worth: GaugeVec::new(Opts::new("worth", worth), &["uid"])?,
    }))
}

impl Observed {
    fn parts(&self) -> [&dyn Collector; 10] {
        let Self { block, silent, until_weights, vtrust, deviation, dividends, .. } = self;
        let Self { rounds, bytes, questions, worth, .. } = self;
        [block, silent, until_weights, vtrust, deviation, dividends, rounds, bytes, questions, worth]
    }

    /// What cannot be read from the disk now stays as it was.
    fn look(&self) {
        self.questions.set(self.pool.len() as i64);
        let Ok(figures) = self.reporter.figures() else { return };
        self.block.set(figures.block.unwrap_or_default().into());
        self.silent.set(figures.silent as i64);
        self.until_weights.set(figures.due_in.unwrap_or_default() as i64);
        self.rounds.set(figures.kept.rounds as i64);
        self.bytes.set(figures.kept.file_bytes as i64);
        self.worth.reset();
        for standing in &figures.standings {
            self.worth.with_label_values(&[standing.uid.to_string()]).set(standing.worth().into());
        }
        if let Some(agreement) = figures.agreement {
            self.vtrust.set(f64::from(agreement.vtrust) / f64::from(u16::MAX));
            self.deviation.set(agreement.deviation);
            self.dividends.set(f64::from(agreement.dividends) / f64::from(u16::MAX));
        }
    }
}

impl Collector for Observed {
    fn desc(&self) -> Vec<&Desc> {
        self.parts().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        self.look();
        self.parts().into_iter().flat_map(Collector::collect).collect()
    }
}
