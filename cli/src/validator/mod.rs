//! Asking a validator on this machine how it is doing.

mod api;
mod status;

pub use api::Api;

use crate::context::Context;
use anyhow::Result;
use clap::Subcommand;
use std::path::PathBuf;

/// Look at a running validator.
#[derive(Subcommand)]
#[command(after_help = "\
Example:
  plexus validator status --data validator-data")]
pub enum Verb {
    Status(status::Args),
}

/// Which validator is meant.
#[derive(clap::Args)]
pub struct DataArgs {
    /// The validator's data folder, where it wrote its address.
    #[arg(long, env = "PLEXUS_VALIDATOR_DATA", default_value = "validator-data", value_name = "DIR")]
    pub data: PathBuf,
}

pub async fn run(verb: Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Status(args) => status::run(args, context).await,
    }
}
