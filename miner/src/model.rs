//! A model on this machine, without a chain: whether it runs, how fast, and in which format.

mod bench;
mod check;
mod quantize;
mod unpack;

use crate::bytes::Bytes;
pub use bench::{bench, BenchArgs};
pub use check::{check, CheckArgs};
pub use quantize::{quantize, QuantizeArgs};
pub use unpack::{unpack, UnpackArgs};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use inference::{DeviceChoice, Format, Limits, Model};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Which model, and where it runs.
#[derive(clap::Args, Debug)]
pub struct ModelArgs {
    /// Folder of the model, or GGUF file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Run the model on this CUDA device instead of the CPU
    #[arg(long, value_name = "DEVICE")]
    cuda: Option<usize>,
    /// Quantise the weights of a folder when it is loaded: q8_0 or q4_k
    #[arg(long, value_name = "FORMAT")]
    quantize: Option<Format>,
    /// Memory for the keys and values of all answers, such as 2GiB [default: half of what is free]
    #[arg(long, value_name = "SIZE")]
    kv_memory: Option<Bytes>,
    /// Threads to compute on [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

impl ModelArgs {
    pub fn threads(&self) -> Option<usize> {
        self.threads
    }

    /// Of an engine for `running` answers at the same time.
    pub(crate) fn limits(&self, running: usize) -> Limits {
        Limits { running, cache_bytes: self.kv_memory.map(|bytes| bytes.0), ..Limits::default() }
    }

    pub(crate) fn load(&self) -> anyhow::Result<Arc<Model>> {
        let waiting = spinner(format!("loading {}", self.path.display()));
        let device = self.cuda.map_or(DeviceChoice::Cpu, DeviceChoice::Cuda);
        let model = Model::load_as(&self.path, device, self.quantize)
            .with_context(|| format!("{} does not run", self.path.display()));
        waiting.finish_and_clear();
        Ok(Arc::new(model?))
    }
}

/// Turns on standard error while something takes its time; nothing where nobody watches.
fn spinner(message: String) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

fn bar(total: u64, template: &'static str) -> ProgressBar {
    ProgressBar::new(total).with_style(ProgressStyle::with_template(template).expect("a template of this program"))
}

/// Bytes as people say them: 1.5 GiB.
fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

fn on_disk(path: &Path) -> anyhow::Result<u64> {
    let found = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(found.len())
}
