//! The systemd unit, as far as it can be checked without installing it.

use std::process::Command;

const UNIT: &str = "../ops/systemd/plexus-miner.service";
const INSTALLED: &str = "/usr/local/bin/plexus-miner";

fn unit() -> String {
    std::fs::read_to_string(UNIT).unwrap()
}

/// The value of `key`, which occurs once.
fn value(key: &str) -> String {
    let unit = unit();
    let mut values = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let value = values.next().unwrap_or_else(|| panic!("{key} is missing")).to_owned();
    assert_eq!(values.next(), None, "{key} occurs twice");
    value
}

#[test]
fn the_unit_starts_the_miner_with_flags_that_it_knows() {
    let start = value("ExecStart");
    let flags = start.strip_prefix(INSTALLED).unwrap().split(' ').filter(|word| word.starts_with("--"));
    let help = help();
    for flag in flags {
        assert!(help.contains(flag), "{flag}");
    }
}

fn help() -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_plexus-miner")).arg("--help").output().unwrap();
    String::from_utf8(help.stdout).unwrap()
}

#[test]
fn the_page_on_mining_names_settings_that_exist() {
    let (page, help) = (std::fs::read_to_string("../docs/mine.md").unwrap(), help());
    let commands = page.lines().filter(|line| line.starts_with("plexus-miner --"));
    let flags = commands.flat_map(|line| line.split(' ').filter(|word| word.starts_with("--")).map(str::to_owned));
    let variables = page.lines().filter_map(|line| line.strip_prefix("PLEXUS_MINER_")?.split_once('='));
    let variables = variables.map(|(name, _)| format!("--{}", name.to_lowercase().replace('_', "-")));
    let named: Vec<_> = flags.chain(variables).collect();
    assert!(named.len() > 10, "{named:?}");
    for flag in named {
        assert!(help.contains(&format!("{flag} <")), "{flag}");
    }
}

#[test]
fn the_unit_leaves_the_miner_time_to_finish() {
    let grace = miner::config::Config::default().grace;
    assert!(value("TimeoutStopSec").parse::<u64>().unwrap() > grace + 5);
    assert_eq!(value("Restart"), "on-failure");
}

#[test]
fn systemd_finds_no_fault_in_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plexus-miner.service");
    std::fs::write(&file, unit().replace(INSTALLED, env!("CARGO_BIN_EXE_plexus-miner"))).unwrap();
    let Ok(checked) = Command::new("systemd-analyze").args(["--man=no", "verify"]).arg(&file).output() else {
        eprintln!("systemd-analyze is not installed: nothing was checked");
        return;
    };
    let complaints = String::from_utf8_lossy(&checked.stderr).into_owned();
    let ours: Vec<_> = complaints.lines().filter(|line| line.contains("plexus-miner.service")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}
