//! Nothing that a local network started may outlive it.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PLEXUS: &str = env!("CARGO_BIN_EXE_plexus");

/// Waits up to ten seconds until `holds`.
fn eventually(holds: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_leashed_process_ends_when_its_parent_is_killed() {
    let script = format!("{PLEXUS} leash $$ sleep 1000 & echo $!; wait");
    let mut parent = Command::new("sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut pid = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut pid).unwrap();
    let comm = format!("/proc/{}/comm", pid.trim());
    let name = || std::fs::read_to_string(&comm).unwrap_or_default();
    assert!(eventually(|| name().trim() == "sleep"), "the leash becomes the program");

    parent.kill().unwrap();
    parent.wait().unwrap();
    let is_gone = || !Path::new(&comm).exists() || name().trim() != "sleep" || is_zombie(pid.trim());
    assert!(eventually(is_gone), "sleep outlived its parent");
}

/// Dead, but not yet collected by whoever adopted it.
fn is_zombie(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

#[test]
fn a_leash_held_by_nobody_starts_nothing() {
    let output = Command::new(PLEXUS).args(["leash", "2147483647", "echo", "started"]).output().unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is gone"));
}
