use crate::process::Running;
use crate::PATIENCE;
use chain_client::Chain;
use tempfile::TempDir;

/// Starts a node with its data and its log under `name` in `folder`; `chain` is a chain's name or a spec file. A second
/// start with the same name goes on where the first one ended.
pub fn start_node(folder: &TempDir, name: &str, chain: &str, more: &[&str]) -> Running {
    let data = folder.path().join(name);
    let data = data.to_str().expect("temporary folders have readable names");
    let arguments = ["--chain", chain, "--base-path", data, "--port", "0", "--rpc-port", "0"];
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
