//! Judging again what a validator has judged, and what it has handed to an app.

mod answer;
mod round;

use crate::context::Context;
use anyhow::Result;
use clap::Subcommand;

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

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Round(args) => round::run(args, context).await,
        Verb::Answer(args) => answer::run(args, context),
    }
}
