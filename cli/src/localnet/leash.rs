//! A process that cannot outlive the one that started it, even when that one is killed.

use anyhow::{bail, Context, Result};
use rustix::process::{getppid, Signal};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Run a program that the kernel ends together with the process that started it.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  plexus leash 4711 plexus-node --dev")]
pub struct Args {
    /// The process that started this one.
    parent: i32,
    /// The program to become, with its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Returns only when it fails: otherwise this process becomes the program.
pub fn run(args: Args) -> Result<()> {
    let Args { parent, command } = args;
    let [program, arguments @ ..] = command.as_slice() else { bail!("no program to run is named") };
    tie()?;
    // A parent that ended before the line above took hold gives no signal: this process has another one already.
    if getppid().map(|now| now.as_raw_nonzero().get()) != Some(parent) {
        bail!("process {parent}, which asked for {}, is gone", program.to_string_lossy());
    }
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot run {}", program.to_string_lossy()))
}

#[cfg(target_os = "linux")]
fn tie() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .context("cannot ask for the parent's death signal")
}

/// Other systems know no such signal: there, only an orderly end of the parent ends its processes.
#[cfg(not(target_os = "linux"))]
fn tie() -> Result<()> {
    Ok(())
}
