//! A runtime upgrade on a running network, decided as on a public chain.

use chain_client::Call;
use e2e::{account, eventually, hotkey_of, plexus, rpc::ask, Network};
use primitives::TOKEN;
use serde_json::json;

async fn spec_version(network: &Network) -> u64 {
    let version = ask(&network.url(), "state_getRuntimeVersion", json!([])).await;
    version["specVersion"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_motion_of_the_senate_upgrades_the_runtime_and_migrates_its_state() {
    let next = next_runtime::WASM_BINARY_PATH.expect("the next runtime is built unless SKIP_WASM_BUILD is set");
    // Bob's hotkey is the whole Senate: the other one on root has less than a hundredth of the stake.
    let network = Network::founded_quick(&["//Bob"]).await;
    network.stake("//Bob", 100).await;
    network.submit("//Bob", Call::RegisterRoot { hotkey: account(&hotkey_of("//Bob")) }).await;
    let url = network.url();
    let run = |arguments: &[&str]| plexus(&[&["--node", &url, "--json", "gov"], arguments].concat());
    let done = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(output.success, "{arguments:?}: {}", output.stderr);
        output.json()
    };
    let cutoff = network.metagraph().await.subnet.hyperparams.activity_cutoff;
    assert_eq!(spec_version(&network).await, 1);

    assert_eq!(done(&["propose", "upgrade", next, "--suri", "//Alice"])["motion"], 0);
    let early = run(&["apply", next, "--suri", "//Charlie"]);
    assert!(!early.success, "nobody may upgrade before the Senate has decided");
    let open = run(&["close", "0", "--suri", "//Charlie"]);
    assert!(open.stderr.contains("neither approved nor rejected"), "{}", open.stderr);
    let stranger = run(&["vote", "0", "yes", "--suri", "//Dave", "--hotkey-address", &hotkey_of("//Bob")]);
    assert!(stranger.stderr.contains("plexus gov show"), "{}", stranger.stderr);

    done(&["vote", "0", "yes", "--suri", "//Bob", "--hotkey-address", &hotkey_of("//Bob")]);
    let shown = done(&["show"]);
    assert_eq!(shown["motions"][0]["standing"], "approved");
    assert_eq!(shown["motions"][0]["call"], "System.authorize_upgrade");
    done(&["close", "0", "--suri", "//Charlie"]);
    done(&["apply", next, "--suri", "//Charlie"]);

    eventually("the next runtime", || async { (spec_version(&network).await == 2).then_some(()) }).await;
    let migrated = || async { network.metagraph().await.subnet.hyperparams.activity_cutoff };
    eventually("its first block", || async { (migrated().await != cutoff).then_some(()) }).await;
    assert_eq!(migrated().await, cutoff + 1);

    // The chain goes on, the migration ran once, and calls are understood as before.
    let upgraded = network.chain.best_block().await.unwrap();
    network.submit("//Eve", Call::Transfer { to: account("//Ferdie"), amount: TOKEN }).await;
    let finalized = || async { network.chain.finalized_block().await.ok().filter(|last| *last > upgraded + 2) };
    eventually("finality after the upgrade", finalized).await;
    assert_eq!(migrated().await, cutoff + 1);
    assert_eq!(done(&["show"])["motions"], json!([]));
}
