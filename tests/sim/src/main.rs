//! `sim`: runs experiments, prints their tables and draws their pictures.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sim::experiments::{self, Run};
use sim::page;
use sim::report::{Report, Table};

/// Whole economies in memory: what each strategy earns under Yuma consensus.
///
/// Prints tables. Every run gives the same figures, on every machine.
#[derive(Parser)]
#[command(after_help = "Example:\n  cargo run --release -p sim -- copier\n  cargo run --release -p sim -- all")]
struct Args {
    /// Which question to answer.
    experiment: Experiment,
    /// Print the tables as JSON, a list with one element per experiment.
    #[arg(long)]
    json: bool,
    /// Folder for the pictures and tables [default for `all`: docs of the project, one folder a page; else: write none].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Experiment {
    /// Does an honest side keep its share against a cabal? Over stake, utility and kappa.
    Guarantee,
    /// What does copying weights pay? Over the commit-reveal interval and how fast miners change.
    Copier,
    /// What does moving first, second or last pay when a better miner appears?
    Movers,
    /// What does each strategy earn in one network, and what can attackers move?
    Economy,
    /// Does it pay to be honest? Miners, cheats, copiers, cabals and many seats, under the scores that ship.
    Honesty,
    /// Everything; also renews the tables in the pages (docs/yuma.md, docs/honesty.md).
    All,
}

impl Experiment {
    fn runs(self) -> Vec<Run> {
        match self {
            Self::Guarantee => vec![experiments::guarantee::run],
            Self::Copier => vec![experiments::copier::run],
            Self::Movers => vec![experiments::movers::run],
            Self::Economy => vec![experiments::economy::run],
            Self::Honesty => vec![experiments::honesty::run],
            Self::All => experiments::PAGES.iter().flat_map(|(_, runs)| *runs).copied().collect(),
        }
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let reports = run(args.experiment)?;
    let text = if args.json {
        format!("{}\n", serde_json::Value::from_iter(reports.iter().map(Report::json)))
    } else {
        reports.iter().map(Report::text).collect::<Vec<_>>().join("\n")
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot print")?;
    match (args.out, args.experiment) {
        (Some(folder), _) => write(&folder, &reports),
        (None, Experiment::All) => write_pages(&reports),
        (None, _) => Ok(()),
    }
}

/// Each page's reports into its folder.
fn write_pages(mut reports: &[Report]) -> Result<()> {
    for (page, runs) in experiments::PAGES {
        let (own, others) = reports.split_at(runs.len());
        write(&page::folder(page)?, own)?;
        reports = others;
    }
    Ok(())
}

fn run(wanted: Experiment) -> Result<Vec<Report>> {
    // Hides itself where stderr is no terminal.
    let progress = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}")?);
    let reports = wanted.runs().iter().map(|run| run(&progress)).collect();
    progress.finish_and_clear();
    reports
}

fn write(folder: &Path, reports: &[Report]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (file, content) in reports.iter().flat_map(Report::files) {
        let path = folder.join(file);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let page = folder.with_extension("md");
    if !page.exists() {
        return Ok(());
    }
    let tables: Vec<&Table> = reports.iter().flat_map(|report| &report.tables).collect();
    let renewed = page::renew(&fs::read_to_string(&page)?, &tables)?;
    fs::write(&page, renewed).with_context(|| format!("cannot write {}", page.display()))
}
