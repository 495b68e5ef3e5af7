//! A subnet of one's own, copied from the template within a checkout of the project.

mod changes;
mod checkout;
mod names;

use crate::context::Context;
use anyhow::Result;
use names::Names;
use serde_json::json;
use std::path::PathBuf;

/// Make a subnet of your own within a checkout of the project, from its template.
///
/// Copies subnets/template to subnets/NAME, with its names changed, and puts it into the workspace and the catalog. It
/// builds and its tests pass at once; then make it yours.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus subnet new my-subnet
  plexus subnet new my-subnet --path ~/plexus")]
pub struct New {
    /// Small letters, digits and hyphens.
    name: String,
    /// Any folder of the checkout.
    #[arg(long, default_value = ".", value_name = "DIR")]
    path: PathBuf,
}

pub fn run(args: New, context: &Context) -> Result<()> {
    let names = Names::new(&args.name)?;
    let root = checkout::root(&args.path)?;
    let changes = checkout::changes(&root, &names)?;
    changes::apply(&changes)?;
    let files: Vec<_> = changes.iter().map(|change| change.path.strip_prefix(&root).unwrap_or(&change.path)).collect();
    let folder = format!("subnets/{}", names.name);
    context.show(&json!({ "name": names.name, "folder": root.join(&folder), "files": files }), || {
        format!(
            "{folder} is a subnet now; in {}:\n  cargo fmt -p {} -p subnet-catalog -p architecture\n  \
             cargo test --release -p {}\n  make daemons                    # plexus, miner and validator that know it\n  \
             plexus subnet try {}\nthen change challenge, answer, grader and solver: docs/launch-a-subnet.md",
            root.display(),
            names.package,
            names.package,
            names.name
        )
    })
}
