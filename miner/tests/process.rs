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
        (vec!["--backend", "gpu:8000"], "http://HOST:PORT"),
        (vec!["--blacklist", "/nowhere/blacklist"], "/nowhere/blacklist"),
    ] {
        let output = miner(&flags).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(advice), "{flags:?}: {error}");
    }
}

/// What a verb that needs no chain prints on standard output.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_plexus-miner")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_model_is_quantised_checked_and_measured_without_a_chain() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tiny.gguf");
    let file = file.to_str().unwrap();
    assert!(printed(&["quantize", "../models/tiny", file, "--format", "q4_k"]).contains(file));
    let (dense, small) =
        (json(&printed(&["check", "../models/tiny", "--json"])), json(&printed(&["check", file, "--json"])));
    assert_eq!(dense["parameters"], small["parameters"]);
    assert_eq!(dense["bits_per_weight"], 32.0);
    assert!(small["bits_per_weight"].as_f64().unwrap() < 8.0, "{small}");
    assert!(small["stream_tokens_per_second"].as_f64().unwrap() > 0.0, "{small}");
    assert!(printed(&["check", file]).contains("runs here"));
    let flags = ["--quantize", "q8_0", "--kv-memory", "1MiB", "--threads", "1", "--json"];
    let quantised = json(&printed(&[&["check", "../models/tiny"], &flags[..]].concat()));
    assert!(quantised["bits_per_weight"].as_f64().unwrap() < 10.0, "{quantised}");
    // In whole blocks, as many as fit.
    let cache = quantised["cache_bytes"].as_u64().unwrap();
    assert!((512 * 1024..=1024 * 1024).contains(&cache) && quantised["threads"] == 1, "{quantised}");
    assert_ne!(quantised["id"], dense["id"]);
    let measured = printed(&["bench", file, "--prefill", "32", "--streams", "1,3", "--tokens", "4", "--json"]);
    let measured: Vec<_> = measured.lines().map(json).collect();
    let rows: Vec<_> = measured.iter().map(|row| (row["what"].as_str().unwrap(), row["size"].as_u64())).collect();
    assert_eq!(rows, [("prefill", Some(32)), ("streams", Some(1)), ("streams", Some(3))]);
}

#[test]
fn a_model_that_does_not_run_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("there.gguf");
    std::fs::write(&existing, b"GGUF").unwrap();
    let existing = existing.to_str().unwrap();
    for (arguments, advice) in [
        (vec!["check", "/nowhere"], "config.json"),
        (vec!["check", "../models/tiny", "--kv-memory", "much"], "2GiB"),
        (vec!["check", "../models/tiny", "--quantize", "q3"], "q8_0"),
        (vec!["bench", existing], "copy or download it again"),
        (vec!["quantize", "../models/tiny", existing], "--force"),
        (vec!["quantize", "../models/tiny", "model.bin"], ".gguf"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_plexus-miner")).args(&arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(advice), "{arguments:?}: {error}");
    }
}
