//! Nodes among themselves.

use chain_client::{Call, Chain};
use e2e::{account, address, binary, client, eventually, pair, start_node, write_spec};
use std::process::Command;
use tempfile::TempDir;

#[tokio::test]
async fn two_nodes_on_one_machine_follow_each_other_and_finalise() {
    let folder = TempDir::new().unwrap();
    let alice = start_node(&folder, "alice", "local", &["--alice"]);
    let bootnode = address(&alice);
    let bob = start_node(&folder, "bob", "local", &["--bob", "--bootnodes", &bootnode]);
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
    let spec = write_spec(&folder, "dev", "blockTime", "milliseconds", 500);
    let alone = ["--alice", "--force-authoring", "--unsafe-force-node-key-generation"];
    let node = start_node(&folder, "quick", &spec, &alone);
    let chain = client(&node).await;
    eventually("a first block", || async { chain.best_block().await.ok().filter(|block| *block > 0) }).await;
    let founded = chain.submit(&pair("//Alice"), Call::CreateSubnet { owner_hotkey: account("//Alice//hotkey") }).await;
    let netuid = founded.unwrap().subnet_created.unwrap();
    assert_eq!(chain.metagraph(netuid).await.unwrap().block_time, 500);
}
