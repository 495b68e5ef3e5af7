use crate::process::{binary, Running};
use crate::PATIENCE;
use chain_client::Chain;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// Writes the spec of a chain with one value of its genesis changed into `folder`, and returns the file.
pub fn write_spec(folder: &TempDir, chain: &str, pallet: &str, field: &str, value: u64) -> String {
    let mut spec: Value = serde_json::from_str(&build_spec(&["--chain", chain])).expect("a spec is JSON");
    spec["genesis"]["runtimeGenesis"]["patch"][pallet][field] = value.into();
    write(folder, &spec.to_string())
}

/// The same with the genesis state instead of what makes it. A node that is given a state has its runtime to compile
/// once; one that has to make it compiles three times, and takes three times as long to start.
pub fn write_raw_spec(folder: &TempDir, chain: &str, pallet: &str, field: &str, value: u64) -> String {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let make = || build_spec(&["--raw", "--chain", &write_spec(folder, chain, pallet, field, value)]);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let spec = known.entry(format!("{chain} {pallet} {field} {value}")).or_insert_with(make);
    write(folder, spec)
}

fn build_spec(arguments: &[&str]) -> String {
    let built = Command::new(binary("plexus-node")).arg("build-spec").args(arguments).output().expect("it starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    String::from_utf8(built.stdout).expect("a spec is text")
}

fn write(folder: &TempDir, spec: &str) -> String {
    let file = folder.path().join("spec.json");
    std::fs::write(&file, spec).expect("a temporary folder can be written");
    file.to_str().expect("temporary folders have readable names").to_owned()
}

/// Starts a node with its data and its log under `name` in `folder`; `chain` is a chain's name or a spec file. A second
/// start with the same name goes on where the first one ended.
pub fn start_node(folder: &TempDir, name: &str, chain: &str, more: &[&str]) -> Running {
    start_node_on(0, folder, name, chain, more)
}

/// The same with its RPC on this port, 0 for any.
pub fn start_node_on(port: u16, folder: &TempDir, name: &str, chain: &str, more: &[&str]) -> Running {
    let (data, port) = (folder.path().join(name), port.to_string());
    let data = data.to_str().expect("temporary folders have readable names");
    let arguments = ["--chain", chain, "--base-path", data, "--port", "0", "--rpc-port", &port];
    // Else the chains of two tests, which begin alike, find each other and become one.
    let quiet = ["--no-mdns", "--no-prometheus", "--no-telemetry"];
    Running::start("plexus-node", &[&arguments[..], &quiet, more].concat(), &folder.path().join(format!("{name}.log")))
}

pub async fn client(node: &Running) -> Chain {
    Chain::connect(&node.field("rpc"), PATIENCE).await.expect("the node answers")
}

/// Where other nodes reach this one.
pub fn address(node: &Running) -> String {
    let peer = node.field("peer");
    let p2p = node.ready["p2p"].as_array().expect("the ready line lists addresses");
    let local = p2p.iter().filter_map(|address| address.as_str()).find(|address| address.contains("/ip4/127.0.0.1/"));
    let local = local.unwrap_or_else(|| panic!("no local address in {}", node.ready));
    if local.contains("/p2p/") {
        local.to_owned()
    } else {
        format!("{local}/p2p/{peer}")
    }
}
