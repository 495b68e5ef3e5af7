//! The program itself, without a chain.

use std::io::{BufRead, BufReader};
use std::path::Path;
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
fn validator(data: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plexus-validator"));
    let settings = [
        ("PLEXUS_SURI", "//Bob//hotkey"),
        ("PLEXUS_VALIDATOR_NODE", "ws://127.0.0.1:1"),
        ("PLEXUS_VALIDATOR_NETUID", "1"),
        ("PLEXUS_VALIDATOR_MODEL", "../models/tiny"),
        ("PLEXUS_VALIDATOR_APP", "127.0.0.1:0"),
        ("PLEXUS_VALIDATOR_JSON_LOGS", "true"),
    ];
    command.envs(settings).env("PLEXUS_VALIDATOR_DATA", data).args(flags);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn a_validator_whose_node_is_down_says_so_to_the_log_and_to_apps() {
    let data = tempfile::tempdir().unwrap();
    let mut child = Running(validator(data.path(), &[]).spawn().unwrap());
    let mut log = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let (mut app, mut waiting) = (None, false);
    while app.is_none() || !waiting {
        let line: serde_json::Value = serde_json::from_str(&log.next().expect("the validator is alive")).unwrap();
        let message = line["message"].as_str().unwrap_or_default();
        waiting |= message.contains("no node answers at ws://127.0.0.1:1");
        app = app.or((message == "working").then(|| line["app"].as_str().unwrap().to_owned()));
    }
    let url = format!("http://{}/v1/chat/completions", app.unwrap());
    let body = r#"{"model":"tiny","messages":[{"role":"user","content":"hello"}]}"#;
    let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 503);
    assert!(answer.text().await.unwrap().contains("has not reached its node"));
    let access = std::fs::read_to_string(data.path().join(validator_api::ADDRESS_FILE)).unwrap();
    let access = validator_api::Access::parse(&access).unwrap();
    let url = format!("http://{}{}", access.address, validator_api::STATUS_PATH);
    let status = reqwest::Client::new().get(url).bearer_auth(access.token).send().await.unwrap();
    let status: validator_api::Status = status.json().await.unwrap();
    assert_eq!((status.doing.what.as_str(), status.block), ("waiting for the node", None));
    Command::new("kill").arg(child.0.id().to_string()).status().unwrap();
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn mistakes_at_the_start_end_with_advice() {
    let data = tempfile::tempdir().unwrap();
    for (flags, advice) in [
        (vec!["--model", "/nowhere"], "/nowhere"),
        (vec!["--subnet", "chess"], "text"),
        (vec!["--netuid", "0"], "--netuid"),
        (vec!["--data", "/dev/null"], "/dev/null"),
    ] {
        let output = validator(data.path(), &flags).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(advice), "{flags:?}: {error}");
    }
}
