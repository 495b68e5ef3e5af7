//! A whole network on one machine: a chain, two validators, two honest miners and two that cheat.

mod board;
mod cast;
mod checks;
mod fleet;
mod founding;
pub mod leash;
mod ledger;
mod plan;
mod progress;
mod pulse;
mod report;
mod rundir;
mod scene;
mod services;
mod standing;
mod story;

use crate::context::Context;
use anyhow::{ensure, Result};
use fleet::Fleet;
use plan::Plan;
use progress::Progress;
use report::Report;
use rundir::{Process, RunDir};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;
use story::Story;

/// Run a whole network on this machine and watch it pay for real answers.
///
/// Starts a node, creates a subnet, registers and stakes two validators, and lets four miners serve a language model:
/// two as it is, one with damaged weights, one that copies another's answers. Within minutes the table shows who earns
/// and who does not; then a prompt is sent through a validator, and you see who answered and what that paid.
///
/// With --subnet another subnet is run, such as one of your own: two of its miners are honest and one copies another's
/// answers. Where it knows no chat, no prompt is sent. A subnet in another language takes its program's address.
///
/// Everything ends with q or Ctrl-C. Logs and data lie in the run directory, which the next run replaces.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus localnet
  plexus localnet --subnet template
  plexus localnet --subnet remote --program http://127.0.0.1:9000
  plexus localnet --dir /tmp/net --model models/tiny
  plexus localnet --json --until-epoch 6")]
pub struct Args {
    /// Where logs and data go; what an earlier run left there is replaced.
    #[arg(long, default_value = "localnet", value_name = "DIR")]
    dir: PathBuf,
    /// What the subnet does, by its name in the catalog.
    #[arg(long, default_value = "text", value_name = "NAME")]
    subnet: String,
    /// The model that is served: a folder with config.json, tokenizer.json and model.safetensors. For text: models/tiny.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// The program that is the scorer and the solver of the subnet `remote`; see docs/any-language.md.
    #[arg(long, value_name = "URL")]
    program: Option<String>,
    /// End after this many epochs and judge the story; the exit code is 0 only if it came true. With --json: 6.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    until_epoch: Option<u32>,
    /// What is asked once the honest miners have been paid.
    #[arg(long, default_value = "What is vtrust?")]
    prompt: String,
}

/// Who looks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A person at a terminal: progress, then a live table.
    Terminal,
    /// A file or a pipe: lines, and the table at each epoch.
    Text,
    /// A program: lines on stderr, one report on stdout.
    Machine,
}

impl Audience {
    fn choose(json: bool) -> Self {
        match (json, std::io::stdout().is_terminal()) {
            (true, _) => Self::Machine,
            (false, true) => Self::Terminal,
            (false, false) => Self::Text,
        }
    }
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let audience = Audience::choose(context.json);
    let progress = Progress::new(audience, Instant::now());
    let plan = Plan::new(&args, context.json)?;
    let (dir, left_over) = RunDir::create(&args.dir)?;
    warn_about(&left_over, &progress);
    let report = perform(&plan, &dir, audience, &progress).await?;
    let epochs = report.as_ref().map_or(0, |report| report.epochs);
    ensure!(plan.until_epoch.is_none_or(|last| epochs >= last), "stopped before the last epoch: nothing was judged");
    report.map_or(Ok(()), |report| conclude(&report, plan.until_epoch.is_some(), context))
}

/// Plays the story until it ends, a process dies or somebody stops it; then every process ends. `None`: stopped.
async fn perform(plan: &Plan, dir: &RunDir, audience: Audience, progress: &Progress) -> Result<Option<Report>> {
    let stopped = daemon::shutdown::signal();
    let fleet = Fleet::new(dir);
    let story = Story { plan, dir, fleet: &fleet, audience, progress };
    let outcome = tokio::select! {
        report = story.play() => report.map(Some),
        death = fleet.first_death() => Err(death),
        () = stopped.cancelled() => Ok(None),
    };
    let work = async {
        fleet.end();
        outcome
    };
    progress.step("end", "ending every process", work, |_| "every process has ended".into()).await
}

fn warn_about(left_over: &[Process], progress: &Progress) {
    for Process { name, pid } in left_over {
        progress.say(&format!("an earlier run's {name} is still alive: end it with `kill {pid}`"));
    }
}

fn conclude(report: &Report, judged: bool, context: &Context) -> Result<()> {
    let shown = context.show(report, || closing_words(report, judged));
    let came_true = report.story_came_true || !judged;
    ensure!(came_true, "the story did not come true: see the checks above and the logs in the run directory");
    shown
}

fn closing_words(report: &Report, judged: bool) -> String {
    let mut words = Vec::new();
    if let Some(seconds) = report.command_to_first_emission_s {
        words.push(format!("first emission {seconds:.1} s after the command; {} epochs passed", report.epochs));
    }
    if let Some(reply) = &report.answer {
        words.push(board::answer(reply));
    }
    if judged {
        words.push(report.verdict());
    }
    words.join("\n\n")
}
