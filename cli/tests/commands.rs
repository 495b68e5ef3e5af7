//! The verbs that need no node, and what all verbs do without one, with the real program.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn plexus(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plexus"));
    for variable in ["PLEXUS_NODE", "PLEXUS_APP", "PLEXUS_SURI", "PLEXUS_WALLET_PATH", "PLEXUS_PASSWORD"] {
        command.env_remove(variable);
    }
    command.args(arguments).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = plexus(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a failing command says on standard error; nothing stands on standard output.
fn refusal(arguments: &[&str]) -> String {
    let output = plexus(arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

fn wallet<'a>(verb: &[&'a str], root: &'a Path) -> Vec<&'a str> {
    [&["wallet"], verb, &["--wallet-path", root.to_str().unwrap()]].concat()
}

#[test]
fn a_new_wallet_is_listed_and_shown_with_its_keys() {
    let root = tempfile::tempdir().unwrap();
    let made = json(&wallet(&["new", "alice", "--no-password"], root.path()));
    assert_eq!(made["keys"][0]["words"].as_str().unwrap().split(' ').count(), 12);
    let added = json(&wallet(&["new", "alice", "--hotkey", "miner"], root.path()));
    let shown = json(&wallet(&["show", "alice"], root.path()));
    assert_eq!(shown["coldkey"], made["keys"][0]["address"]);
    assert_eq!(shown["hotkeys"][1][0], "miner");
    assert_eq!(shown["hotkeys"][1][1], added["keys"][0]["address"]);
    assert_eq!(json(&wallet(&["list"], root.path()))[0], shown);
}

#[test]
fn a_wallet_that_exists_is_not_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let made = json(&wallet(&["new", "alice", "--no-password"], root.path()));
    assert!(refusal(&wallet(&["new", "alice", "--no-password"], root.path())).contains("--force"));
    assert!(refusal(&wallet(&["new", "alice", "--hotkey", "default"], root.path())).contains("another name"));
    assert_eq!(json(&wallet(&["show", "alice"], root.path()))["coldkey"], made["keys"][0]["address"]);
}

#[test]
fn a_wallet_is_not_encrypted_with_a_password_that_nobody_gave() {
    let root = tempfile::tempdir().unwrap();
    assert!(refusal(&wallet(&["new", "alice"], root.path())).contains("PLEXUS_PASSWORD"));
    assert_eq!(json(&wallet(&["list"], root.path())), Value::Array(Vec::new()));
}

#[test]
fn an_absent_node_is_named_with_what_to_do() {
    for verb in [&["subnet", "list"][..], &["metagraph", "1"], &["balance", "//Bob"], &["weights", "show", "1"]] {
        let said = refusal(&[verb, &["--node", "ws://127.0.0.1:1"]].concat());
        assert!(said.contains("ws://127.0.0.1:1") && said.contains("plexus localnet"), "{verb:?}: {said}");
    }
}

#[test]
fn an_absent_validator_is_named_with_what_to_do() {
    let said = refusal(&["chat", "hi", "--app", "http://127.0.0.1:1"]);
    assert!(said.contains("http://127.0.0.1:1") && said.contains("--app"), "{said}");
}

#[test]
fn errors_are_json_where_json_was_asked_for() {
    for arguments in [
        &["balance", "nobody", "--json"][..],
        &["transfer", "//Bob", "0.0000000001", "--json"],
        &["subnet", "dissolve", "1", "--json"],
        &["metagraph", "1", "--json", "--node", "ws://127.0.0.1:1"],
    ] {
        let said: Value = serde_json::from_str(&refusal(arguments)).unwrap();
        assert!(said["error"].as_str().is_some_and(|error| error.len() > 20), "{arguments:?}: {said}");
    }
}

#[test]
fn a_local_network_without_its_parts_says_which_is_missing() {
    let run = tempfile::tempdir().unwrap();
    let lonely = run.path().join("plexus");
    // By another process: a program that this one has open for writing could not be run meanwhile.
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_plexus")).arg(&lonely).status().unwrap().success());
    let output = Command::new(lonely).args(["localnet", "--dir"]).arg(run.path().join("run")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("plexus-node") && said.contains("make build"), "{said}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let script = format!("{} wallet list --wallet-path /nowhere | true", env!("CARGO_BIN_EXE_plexus"));
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
