//! docs/launch-a-subnet.md from its first command to its last, in a project of which nothing stays changed.

use e2e::{binary, commands, free_port, project, Overlay};
use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What has been done before any of these tests can run.
const BUILT: &str = "make build && export PATH=\"$PWD/target/release:$PATH\"";
/// The page knows of no network that ran here before, and cargo shall not look for sources where a copy once lay.
const BEGIN: &str = "set -euo pipefail; trap 'kill $(jobs -p)' EXIT; rm -rf localnet \"$CARGO_TARGET_DIR/launch\"\n";
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
/// Seconds for all of it, building included: in a copy that is everything once.
const LIMIT: &str = "3600";
/// What the page changes, or what stands between what it changes; of a copy all else is linked.
const COPIED: &[&str] = &["Cargo.toml", "Cargo.lock", "subnets", "tests"];

/// Where the page's commands run.
struct Place {
    folder: PathBuf,
    target: PathBuf,
    overlay: Option<Overlay>,
}

impl Place {
    /// The project itself under an overlay, so that all that has been built is found; else a copy of it.
    fn find() -> Self {
        let (folder, target) = (project("").canonicalize().unwrap(), built());
        let apart = (!target.starts_with(&folder)).then(|| target.clone());
        let overlay = Overlay::over([folder.clone()].into_iter().chain(apart).collect());
        match overlay {
            Some(_) => {
                prepare();
                Self { folder, target, overlay }
            }
            None => {
                let folder = checkout();
                Self { target: folder.join("target"), folder, overlay }
            }
        }
    }

    /// `timeout`, which ends what hangs.
    fn timeout(&self) -> Command {
        let mut command = match &self.overlay {
            Some(overlay) => overlay.command("timeout"),
            None => Command::new("timeout"),
        };
        if self.overlay.is_none() {
            // Outlives the copy, and is not the project's own: cargo would take one's sources for the other's.
            command.env("CARGO_BUILD_BUILD_DIR", built().join("launch-build"));
        }
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target).env("CARGO_NET_OFFLINE", "true");
        forget_this_package(&mut command);
        command
    }
}

/// Takes away what cargo told this test about its package, for which some dependencies would be built again.
fn forget_this_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let known = name.to_string_lossy();
        if known.starts_with("CARGO_PKG_") || known.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Builds what the tests of a subnet are made of, which other features make than the workspace's, where it is found again.
fn prepare() {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--release", "--quiet", "--no-run", "--package", "subnet-template"]);
    cargo.current_dir(project("")).env("CARGO_TARGET_DIR", built()).env("CARGO_NET_OFFLINE", "true");
    forget_this_package(&mut cargo);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The target folder that this test was built in.
fn built() -> PathBuf {
    binary("plexus").ancestors().nth(2).unwrap().to_path_buf()
}

/// A checkout that can be changed, always at the same place, so that what cargo builds in it is found again.
fn checkout() -> PathBuf {
    let checkout = built().join("launch");
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

/// Writes a `plexus-node` into `folder` that keeps to free ports: RPC to `port`, and to itself.
fn write_node(port: u16, folder: &Path) {
    let (node, path) = (binary("plexus-node"), folder.join("plexus-node"));
    let flags = format!("--rpc-port {port} --port 0 --no-mdns --no-prometheus --no-telemetry");
    fs::write(&path, format!("#!/bin/sh\nexec '{}' \"$@\" {flags}\n", node.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
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
    let (port, place, folder, commands) =
        (free_port(), Place::find(), TempDir::new().unwrap(), commands("docs/launch-a-subnet.md"));
    let commands = commands.strip_prefix(BUILT).expect("the page begins with building");
    let (script, url) = (format!("{BEGIN}{commands}{END}"), format!("ws://127.0.0.1:{port}"));
    write_node(port, folder.path());
    let (built, usual) = (place.target.join("release"), std::env::var("PATH").unwrap());
    let path = format!("{}:{}:{usual}", folder.path().display(), built.display());
    let output = place
        .timeout()
        .args(["--kill-after=30", LIMIT, "bash", "-c", &script])
        .env("PATH", path)
        .envs(["PLEXUS_NODE", "PLEXUS_MINER_NODE", "PLEXUS_VALIDATOR_NODE"].map(|name| (name, &url)))
        .env("PLEXUS_MINER_LISTEN", "127.0.0.1:0")
        .env("PLEXUS_VALIDATOR_APP", "127.0.0.1:0")
        .env("PLEXUS_VALIDATOR_DATA", folder.path().join("validator-data"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
}
