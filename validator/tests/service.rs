//! What belongs to a validator as a service, as far as it can be checked without installing it.

use axum::http::StatusCode;
use fixtures::{account, metagraph};
use primitives::NetUid;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use subnet::{Finding, Judgement, RecordedAnswer};
use tokio::sync::watch;
use validator::metrics::{observe, Metrics};
use validator::pool::Pool;
use validator::scores::{Mark, Scores};
use validator::status::Reporter;
use validator_api::Outcome;

const UNIT: &str = "../ops/systemd/plexus-validator.service";
const INSTALLED: &str = "/usr/local/bin/plexus-validator";

fn unit() -> String {
    std::fs::read_to_string(UNIT).unwrap()
}

fn help() -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_plexus-validator")).arg("--help").output().unwrap();
    String::from_utf8(help.stdout).unwrap()
}

/// `PLEXUS_VALIDATOR_KEEP_ROUNDS` as a flag.
fn flag(variable: &str) -> String {
    format!("--{}", variable.trim_start_matches("PLEXUS_VALIDATOR_").to_lowercase().replace('_', "-"))
}

#[test]
fn the_unit_and_the_page_on_validating_name_settings_that_exist() {
    let (unit, page, help) = (unit(), std::fs::read_to_string("../docs/validate.md").unwrap(), help());
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let commands = page.lines().filter(|line| line.starts_with("plexus-validator --"));
    let words = commands.chain([start.strip_prefix(INSTALLED).unwrap()]).flat_map(|line| line.split(' '));
    let flags = words.filter(|word| word.starts_with("--")).map(str::to_owned);
    let lines = unit.lines().filter_map(|line| line.strip_prefix("Environment=")).chain(page.lines());
    let variables = lines.filter(|line| line.starts_with("PLEXUS_VALIDATOR_"));
    let variables = variables.filter_map(|line| line.split_once('=')).map(|(name, _)| flag(name));
    let named: Vec<_> = flags.chain(variables).collect();
    assert!(named.len() > 8, "{named:?}");
    for flag in named {
        assert!(help.contains(&format!("{flag} <")), "{flag}");
    }
}

#[test]
fn systemd_finds_no_fault_in_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plexus-validator.service");
    std::fs::write(&file, unit().replace(INSTALLED, env!("CARGO_BIN_EXE_plexus-validator"))).unwrap();
    let Ok(checked) = Command::new("systemd-analyze").args(["--man=no", "verify"]).arg(&file).output() else {
        eprintln!("systemd-analyze is not installed: nothing was checked");
        return;
    };
    let complaints = String::from_utf8_lossy(&checked.stderr).into_owned();
    let ours: Vec<_> = complaints.lines().filter(|line| line.contains("plexus-validator.service")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}

/// The names of all metrics that a validator exports once everything has happened.
fn exported() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let scores = Arc::new(Scores::open(folder.path(), NetUid(1), 0.5).unwrap());
    let mark = Mark { uid: 1, hotkey: account(1), finding: Finding::Absent };
    scores.record(&[mark], &metagraph(2)).unwrap();
    let registry = daemon::metrics::registry("validator").unwrap();
    let metrics = Metrics::new(&registry).unwrap();
    let (_, view) = watch::channel(None);
    let (board, subnet) = (Arc::default(), "text".to_owned());
    let reporter = Reporter { board, scores, view, own: account(0), netuid: NetUid(1), subnet, version: 1 };
    observe(&registry, Arc::new(reporter), Arc::new(Pool::default())).unwrap();
    metrics.weights("set", Outcome::Included);
    metrics.app(StatusCode::OK, Duration::ZERO);
    let judgement = Judgement::zero("no answer");
    metrics.answers(&[RecordedAnswer { miner: account(1), answer: None, took: 1, judgement }]);
    registry.gather().iter().map(|family| family.name().to_owned()).collect()
}

#[test]
fn every_metric_is_on_the_dashboard_and_every_query_names_one() {
    fixtures::assert_dashboard_shows("../ops/grafana/validator.json", "plexus_validator_", &exported());
}
