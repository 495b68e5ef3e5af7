//! docs/any-language.md and docs/embed.md from their first command to their last, on a network with a seat for each wallet.

use e2e::{binary, commands, free_port, plexus, project, Network};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

/// Seconds for all of it.
const LIMIT: &str = "400";
/// Whose seats the pages use.
const WALLETS: [&str; 2] = ["alice", "miner"];

/// What the page leaves running goes on until the validator has paid the miner in a round that another copy of the grader
/// judges alike; then all of it ends.
fn until_paid(jobs: usize, grader: &str, verdict: &str) -> String {
    format!(
        "
round=1
until plexus audit round $round {grader} > audit.txt && {{ round=$((round + 1)); grep -q '{verdict}' audit.txt; }}; do
    [ \"$(jobs -r | wc -l)\" = {jobs} ] || exit 1
    sleep 1
done
"
    )
}

async fn seats(network: &Network, wallets: &str) {
    for name in WALLETS {
        let wallet = ["--wallet", name, "--wallet-path", wallets];
        let made = plexus(&["wallet", "new", name, "--no-password", "--wallet-path", wallets]);
        assert!(made.success, "{}", made.stderr);
        let shown = plexus(&["--json", "wallet", "show", name, "--wallet-path", wallets]).json();
        network.done(&["transfer", shown["coldkey"].as_str().unwrap(), "10", "--suri", "//Alice"]);
        network.done(&[&["register", "1"], &wallet[..]].concat());
    }
}

/// Runs `commands` and then `end` in a folder of their own; what they leave running ends with them.
async fn run(commands: &str, end: &str) {
    let network = Network::founded(&[]).await;
    let (folder, wallets) = (network.path("page"), network.path("wallets"));
    seats(&network, wallets.to_str().unwrap()).await;
    fs::create_dir(&folder).unwrap();
    for name in ["scripts", "subnets", "README.md"] {
        symlink(project(name).canonicalize().unwrap(), folder.join(name)).unwrap();
    }
    let release = binary("plexus").parent().map(Path::to_path_buf).unwrap();
    let usual = std::env::var("PATH").unwrap();
    let output = Command::new("timeout")
        .args(["--kill-after=30", LIMIT, "bash", "-c"])
        .arg(format!("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n{commands}{end}"))
        .current_dir(&folder)
        .env("PATH", format!("{}:{}:{usual}", release.display(), release.join("examples").display()))
        .envs(["PLEXUS_NODE", "PLEXUS_MINER_NODE", "PLEXUS_VALIDATOR_NODE"].map(|name| (name, network.url())))
        .env("PLEXUS_WALLET_PATH", wallets)
        .env("PLEXUS_MINER_LISTEN", "127.0.0.1:0")
        .env("PLEXUS_VALIDATOR_APP", "127.0.0.1:0")
        .env("PLEXUS_VALIDATOR_INTERVAL_SECONDS", "2")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
}

/// Where nobody watches, and on ports of its own.
fn unwatched(commands: &str) -> String {
    commands.replace("plexus localnet ", "plexus --json localnet ")
}

#[tokio::test]
async fn every_command_of_the_page_on_subnets_in_any_language_works() {
    let port = free_port().to_string();
    let commands = unwatched(&commands("docs/any-language.md")).replace("9000", &port);
    assert!(commands.contains("example.py"), "{commands}");
    run(&commands, &until_paid(3, &format!("--program http://127.0.0.1:{port}"), " right")).await;
}

#[tokio::test]
async fn every_command_of_the_page_on_sentence_embeddings_works() {
    // It is built, as all that is tested, and needs no workspace around it.
    let run_example = "cargo run --release -p subnet-embed --example ";
    let commands = unwatched(&commands("docs/embed.md")).replace(run_example, "").replace(" -- ", " ");
    assert!(commands.contains("\nsearch") && binary("examples/search").is_file(), "{commands}");
    // The model is fetched once for all runs of this test.
    let model = binary("plexus").ancestors().nth(2).unwrap().join("verification/all-MiniLM-L6-v2");
    let fetch = format!("scripts/minilm.sh {0}\nmkdir models\nln -s {0} models/minilm\n", model.display());
    run(&format!("{fetch}{commands}"), &until_paid(2, "--model models/minilm", "the vectors are those of the model"))
        .await;
}
