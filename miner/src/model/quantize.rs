//! `plexus-miner quantize`.

use super::{bar, bytes, on_disk};
use anyhow::ensure;
use inference::{quantize as write, Format};
use std::path::PathBuf;

const EXAMPLE: &str = "Example:
  plexus-miner quantize models/tiny tiny.gguf --format q8_0

Validators judge a miner by the model that the subnet asks for, bit by bit: serve a quantised file only where that very
file is asked for.";

#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub struct QuantizeArgs {
    /// Folder of the model
    #[arg(value_name = "DIR")]
    model: PathBuf,
    /// The file to write, ending in .gguf
    #[arg(value_name = "FILE")]
    out: PathBuf,
    /// How weights are stored
    #[arg(long, value_enum, default_value_t = Choice::Q8_0)]
    format: Choice,
    /// Write over a file that exists
    #[arg(long)]
    force: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Choice {
    /// 16 bits a weight
    #[value(name = "f16")]
    F16,
    /// 8.5 bits a weight: hardly any loss
    #[value(name = "q8_0")]
    Q8_0,
    /// 4.5 bits a weight: smallest
    #[value(name = "q4_k")]
    Q4K,
}

pub fn quantize(args: &QuantizeArgs) -> anyhow::Result<()> {
    let QuantizeArgs { model, out, format, force } = args;
    ensure!(out.extension().is_some_and(|it| it == "gguf"), "{} must end in .gguf", out.display());
    ensure!(*force || !out.exists(), "{} exists: choose another name, or write over it with --force", out.display());
    let format = match format {
        Choice::F16 => Format::F16,
        Choice::Q8_0 => Format::Q8_0,
        Choice::Q4K => Format::Q4K,
    };
    let progress = bar(0, "{bar:40} {pos} of {len} tensors");
    write(model, out, format, &mut |done, total| {
        progress.set_length(total as u64);
        progress.set_position(done as u64);
    })?;
    progress.finish_and_clear();
    println!("wrote {}, {}", out.display(), bytes(on_disk(out)?));
    Ok(())
}
