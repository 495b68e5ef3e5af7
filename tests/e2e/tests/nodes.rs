//! Nodes among themselves.

use chain_client::{Call, Chain};
use e2e::{account, binary, eventually, pair, Running};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

fn start(folder: &TempDir, name: &str, chain: &str, more: &[&str]) -> Running {
    let data = folder.path().join(name);
    let arguments = ["--chain", chain, "--base-path", data.to_str().unwrap(), "--port", "0", "--rpc-port", "0"];
    let quiet = ["--no-mdns", "--no-prometheus", "--no-telemetry"];
    Running::start("plexus-node", &[&arguments[..], &quiet, more].concat(), &folder.path().join(format!("{name}.log")))
}

async fn client(node: &Running) -> Chain {
    Chain::connect(&node.field("rpc"), Duration::from_secs(30)).await.unwrap()
}

/// Where others reach the node.
fn address(node: &Running) -> String {
    let peer = node.field("peer");
    let p2p = node.ready["p2p"].as_array().unwrap();
    let local = p2p.iter().filter_map(|address| address.as_str()).find(|address| address.contains("/ip4/127.0.0.1/"));
    let local = local.unwrap_or_else(|| panic!("no local address in {}", node.ready));
    if local.contains("/p2p/") {
        local.to_owned()
    } else {
        format!("{local}/p2p/{peer}")
    }
}

#[tokio::test]
async fn two_nodes_on_one_machine_follow_each_other_and_finalise() {
    let folder = TempDir::new().unwrap();
    let alice = start(&folder, "alice", "local", &["--alice"]);
    let bootnode = address(&alice);
    let bob = start(&folder, "bob", "local", &["--bob", "--bootnodes", &bootnode]);
    let (alice, bob) = (client(&alice).await, client(&bob).await);

    // Neither can finalise alone: that takes more than two thirds of the two.
    let finalized = |chain: Chain| async move { chain.finalized_block().await.ok().filter(|block| *block >= 5) };
    eventually("Alice finalises", || finalized(alice.clone())).await;
    eventually("Bob finalises", || finalized(bob.clone())).await;
    let (a, b) = (alice.best_block().await.unwrap(), bob.best_block().await.unwrap());
    assert!(a.abs_diff(b) <= 2, "one is at {a}, the other at {b}");
}

#[test]
fn a_node_without_a_runtime_says_how_to_build_it() {
    let run = Command::new(binary("plexus-node"))
        .args(["build-spec", "--chain", "dev", "--runtime", "/nowhere/plexus_runtime.wasm"])
        .output()
        .unwrap();
    assert!(!run.status.success());
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("/nowhere/plexus_runtime.wasm") && said.contains("make build"), "{said}");
}

#[tokio::test]
async fn a_chain_starts_from_a_spec_file_and_carries_its_block_time() {
    let folder = TempDir::new().unwrap();
    let spec = Command::new(binary("plexus-node")).args(["build-spec", "--chain", "dev"]).output().unwrap();
    let mut spec: serde_json::Value = serde_json::from_slice(&spec.stdout).unwrap();
    spec["genesis"]["runtimeGenesis"]["patch"]["blockTime"]["milliseconds"] = 500.into();
    let file = folder.path().join("spec.json");
    std::fs::write(&file, spec.to_string()).unwrap();

    let node = start(
        &folder,
        "quick",
        file.to_str().unwrap(),
        &["--alice", "--force-authoring", "--unsafe-force-node-key-generation"],
    );
    let chain = client(&node).await;
    eventually("a first block", || async { chain.best_block().await.ok().filter(|block| *block > 0) }).await;
    let founded = chain.submit(&pair("//Alice"), Call::CreateSubnet { owner_hotkey: account("//Alice//hotkey") }).await;
    let netuid = founded.unwrap().subnet_created.unwrap();
    assert_eq!(chain.metagraph(netuid).await.unwrap().block_time, 500);
}
