//! `plexus-miner unpack`.

use super::{bytes, on_disk, spinner};
use anyhow::ensure;
use inference::unpack as write;
use std::path::PathBuf;

const EXAMPLE: &str = "Example:
  plexus-miner unpack smollm2.gguf models/smollm2

Of a folder other formats can be made, such as one that is fast here (`plexus-miner quantize`, or --quantize). What a
quantised file has lost does not come back.";

#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub struct UnpackArgs {
    /// The GGUF file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to write
    #[arg(value_name = "DIR")]
    out: PathBuf,
}

pub fn unpack(args: &UnpackArgs) -> anyhow::Result<()> {
    let UnpackArgs { file, out } = args;
    ensure!(!out.exists(), "{} exists: choose another folder", out.display());
    let waiting = spinner(format!("unpacking {}", file.display()));
    write(file, out)?;
    waiting.finish_and_clear();
    println!("wrote {}, {}", out.display(), bytes(on_disk(&out.join("model.safetensors"))?));
    Ok(())
}
