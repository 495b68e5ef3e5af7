//! The program itself, without a chain.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Ends the program with the test, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Set up by its environment, which flags overrule.
fn miner(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plexus-miner"));
    let settings = [
        ("PLEXUS_SURI", "//Dave//hotkey"),
        ("PLEXUS_MINER_NODE", "ws://127.0.0.1:1"),
        ("PLEXUS_MINER_NETUID", "1"),
        ("PLEXUS_MINER_MODEL", "../models/tiny"),
        ("PLEXUS_MINER_LISTEN", "127.0.0.1:0"),
        ("PLEXUS_MINER_JSON_LOGS", "true"),
    ];
    command.envs(settings).args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn a_miner_whose_node_is_down_says_so_serves_and_ends_when_asked() {
    let mut child = Running(miner(&[]).spawn().unwrap());
    let mut log = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let (mut serving, mut waiting) = (None, false);
    while serving.is_none() || !waiting {
        let line: serde_json::Value = serde_json::from_str(&log.next().expect("the miner is alive")).unwrap();
        let message = line["message"].as_str().unwrap_or_default();
        waiting |= message.contains("no node answers at ws://127.0.0.1:1");
        serving = serving.or((message == "serving").then(|| line["axon"].as_str().unwrap().to_owned()));
    }
    let health = reqwest::get(format!("http://{}/health", serving.unwrap())).await.unwrap();
    assert_eq!(health.status().as_u16(), 200);
    Command::new("kill").arg(child.0.id().to_string()).status().unwrap();
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn mistakes_at_the_start_end_with_advice() {
    for (flags, advice) in [
        (vec!["--model", "/nowhere"], "/nowhere"),
        (vec!["--subnet", "chess"], "text"),
        (vec!["--listen", "0.0.0.0:0"], "--external"),
        (vec!["--config", "/nowhere/miner.toml"], "/nowhere/miner.toml"),
    ] {
        let output = miner(&flags).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(advice), "{flags:?}: {error}");
    }
}
