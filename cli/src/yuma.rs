use crate::context::print;
use anyhow::{anyhow, Context, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Run Yuma consensus on a JSON case and print the outcome as JSON: no node, no keys.
///
/// A case holds the hyperparameters and, for each epoch, the stakes, weights and bonds; the outcome holds consensus,
/// incentive, dividends and the emission of each neuron. The mathematics is what the chain runs, to the last bit.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus yuma case.json
  plexus yuma -")]
pub struct Args {
    /// The case; `-` reads it from standard input.
    case: PathBuf,
}

pub fn run(args: Args) -> Result<()> {
    let text = read(&args.case).with_context(|| format!("cannot read the case {}", args.case.display()))?;
    let outcome = yuma_case::run_json(&text).map_err(|error| anyhow!("{}: {error}", args.case.display()))?;
    print(&serde_json::to_string_pretty(&outcome)?)
}

fn read(case: &Path) -> std::io::Result<String> {
    if case != Path::new("-") {
        return std::fs::read_to_string(case);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
