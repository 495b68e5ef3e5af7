//! One file per question.

pub mod copier;
pub mod economy;
pub mod guarantee;
pub mod honesty;
pub mod movers;

use anyhow::Result;
use indicatif::ProgressBar;

use crate::report::Report;

/// Runs one experiment, telling `progress` of each run that is done.
pub type Run = fn(&ProgressBar) -> Result<Report>;

/// All experiments, by the page in `docs` that shows them and in its order.
pub const PAGES: [(&str, &[Run]); 2] =
    [("yuma", &[guarantee::run, copier::run, movers::run, economy::run]), ("honesty", &[honesty::run])];

/// `steps` + 1 values from `from` to `to`, both included.
fn grid(from: f64, to: f64, steps: usize) -> Vec<f64> {
    (0..=steps).map(|step| from + (to - from) * step as f64 / steps as f64).collect()
}
