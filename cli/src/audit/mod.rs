//! Judging again what a validator has judged, and what it has handed to an app.

mod answer;
mod round;

use crate::context::Context;
use anyhow::Result;
use clap::Subcommand;
use std::path::PathBuf;
use subnet_catalog::{Format, Grader, Settings};

/// Judge again, with a copy of the model, what a validator has judged.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  plexus audit round 57 --model models/tiny
  plexus audit answer answer.json --model models/tiny")]
pub enum Verb {
    Round(round::Args),
    Answer(answer::Args),
}

/// The model to judge with.
#[derive(clap::Args)]
struct ModelArgs {
    /// Folder of the model that the validator judges with.
    #[arg(long, default_value = "models/tiny", value_name = "DIR")]
    model: PathBuf,
    /// Quantise its weights when it is loaded, as the validator does: q8_0 or q4_k.
    #[arg(long, value_name = "FORMAT")]
    quantize: Option<Format>,
}

impl ModelArgs {
    /// The grader of a subnet of the catalog; this loads the model.
    fn grader(&self, subnet: &str) -> Result<Grader> {
        let (model, format) = (self.model.clone(), self.quantize);
        Ok(subnet_catalog::grader(subnet, &Settings { model, format, ..Settings::default() })?)
    }
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Round(args) => round::run(args, context).await,
        Verb::Answer(args) => answer::run(args, context),
    }
}
