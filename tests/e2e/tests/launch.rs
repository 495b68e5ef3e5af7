//! docs/launch-a-subnet.md from its first command to its last, in a checkout of its own.

use e2e::{binary, project};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What has been done before any of these tests can run.
const BUILT: &str = "make build && export PATH=\"$PWD/target/release:$PATH\"";
/// Both daemons that the page leaves running get ready beside the node; then all three end.
const END: &str = "
for log in validator.log miner.log; do
    until grep -q '\"ready\":true' $log; do
        [ \"$(jobs -r | wc -l)\" = 3 ] || { cat $log; exit 1; }
        sleep 1
    done
done
[ \"$(jobs -r | wc -l)\" = 3 ]
";
/// Seconds for all of it, building included.
const LIMIT: &str = "900";
/// What the page changes, or what stands between what it changes; all else is linked.
const COPIED: &[&str] = &["Cargo.toml", "Cargo.lock", "subnets", "tests"];

/// The commands of the page's shell blocks.
fn commands() -> String {
    let page = fs::read_to_string(project("docs/launch-a-subnet.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
    blocks.collect()
}

/// A checkout that can be changed, always at the same place, so that what cargo builds in it is found again.
fn checkout() -> PathBuf {
    let target = binary("plexus").ancestors().nth(2).unwrap().to_path_buf();
    let checkout = target.join("launch");
    if checkout.exists() {
        fs::remove_dir_all(&checkout).unwrap();
    }
    fs::create_dir_all(checkout.join("target/release")).unwrap();
    for entry in fs::read_dir(project("")).unwrap() {
        let (from, name) = {
            let entry = entry.unwrap();
            (entry.path(), entry.file_name())
        };
        match name.to_str().unwrap() {
            "target" | ".git" | "localnet" => {}
            name if COPIED.contains(&name) => copy(&from, &checkout.join(name)),
            name => symlink(from.canonicalize().unwrap(), checkout.join(name)).unwrap(),
        }
    }
    for name in ["plexus", "plexus-node"] {
        symlink(binary(name), checkout.join("target/release").join(name)).unwrap();
    }
    checkout
}

/// A `plexus-node` in a folder of its own that keeps to free ports: RPC to `port`, and to itself.
fn node_on(port: u16, checkout: &Path) -> PathBuf {
    let (folder, node) = (checkout.join("bin"), binary("plexus-node"));
    let flags = format!("--rpc-port {port} --port 0 --no-mdns --no-prometheus --no-telemetry");
    let path = folder.join("plexus-node");
    fs::create_dir(&folder).unwrap();
    fs::write(&path, format!("#!/bin/sh\nexec '{}' \"$@\" {flags}\n", node.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

#[test]
fn every_command_of_the_page_on_launching_a_subnet_works() {
    let (port, checkout, commands) = (free_port(), checkout(), commands());
    let commands = commands.strip_prefix(BUILT).expect("the page begins with building");
    let script = format!("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n{commands}{END}");
    let (target, url) = (checkout.join("target"), format!("ws://127.0.0.1:{port}"));
    let (node, usual) = (node_on(port, &checkout), std::env::var("PATH").unwrap());
    let path = format!("{}:{}:{usual}", node.display(), target.join("release").display());
    let output = Command::new("timeout")
        .args(["--kill-after=30", LIMIT, "bash", "-c", &script])
        .current_dir(&checkout)
        .env("PATH", path)
        // The programs go to this checkout, what they are made of to where the workspace's own lie.
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_BUILD_BUILD_DIR", checkout.parent().unwrap())
        .env("CARGO_NET_OFFLINE", "true")
        .envs(["PLEXUS_NODE", "PLEXUS_MINER_NODE", "PLEXUS_VALIDATOR_NODE"].map(|name| (name, &url)))
        .env("PLEXUS_MINER_LISTEN", "127.0.0.1:0")
        .env("PLEXUS_VALIDATOR_APP", "127.0.0.1:0")
        .env("PLEXUS_VALIDATOR_DATA", checkout.join("validator-data"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
}
