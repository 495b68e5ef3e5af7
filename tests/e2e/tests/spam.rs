//! A node that is flooded with the heaviest calls by whoever is rich enough.

use chain_client::{Call, Chain};
use codec::{Compact, Decode};
use e2e::rpc::{ask, post, request};
use e2e::{account, eventually, hotkey_of, pair, Network, SUBNET};
use primitives::{BlockNumber, Reveal, MAX_UIDS, TOKEN};
use serde_json::json;
use sp_core::{twox_128, Bytes, H256};
use std::time::Duration;
use tokio::task::JoinSet;

const FLOODERS: [&str; 4] = ["//Bob", "//Charlie", "//Dave", "//Eve"];
const VALIDATOR: &str = "//Bob//hotkey";

/// Calls of each kind that one of them sends a second: together more than the blocks of that second hold.
const MOVES: u32 = 350;
const REVEALS: u32 = 8;

/// Blocks for which the flood is watched.
const WATCHED: BlockNumber = 30;
/// Milliseconds between two blocks of a development chain.
const SLOT: u64 = 1_000;

/// What takes most of a block's time, and what takes most of its weight and bytes: ten rows as long as a row can be, which
/// fail once all is decoded, and pay.
fn heavy_calls(from: &str, to: &str) -> [(Call, u32); 2] {
    let (from, to) = (account(&hotkey_of(from)), account(&hotkey_of(to)));
    let row =
        Reveal { uids: (0..MAX_UIDS as u16).collect(), values: vec![1; MAX_UIDS as usize], salt: [7; 32], version: 0 };
    let reveal = Call::RevealWeights { netuid: SUBNET, reveals: vec![row; 10] };
    [(Call::MoveStake { from, to, amount: TOKEN }, MOVES), (reveal, REVEALS)]
}

/// Sends calls in the name of `flooder` without end, whatever becomes of them.
async fn flood(chain: Chain, flooder: &str, other: &str) {
    let calls = heavy_calls(flooder, other);
    loop {
        for (call, times) in &calls {
            let signed = chain.sign_in_a_row(&pair(flooder), call, *times).await.expect("the node answers");
            let send = |bytes| request("author_submitExtrinsic", json!([bytes]));
            post(chain.url(), signed.into_iter().map(send).collect()).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// What the state of a block has under a value's key.
async fn stored<T: Decode>(network: &Network, block: BlockNumber, pallet: &str, name: &str) -> T {
    let hash = network.chain.block_hash(block).await.unwrap().expect("the block exists");
    let key = Bytes([twox_128(pallet.as_bytes()), twox_128(name.as_bytes())].concat());
    let value = ask(&network.url(), "state_getStorage", json!([key, hash])).await;
    let bytes: Bytes = serde_json::from_value(value).expect("it has a value");
    T::decode(&mut &bytes[..]).expect("the type of the value")
}

/// The chain's own time, in milliseconds.
async fn time(network: &Network, block: BlockNumber) -> u64 {
    stored(network, block, "Timestamp", "Now").await
}

/// Picoseconds that a block's normal calls were declared to take, of 1.5 * 10^12 that they may.
async fn weight(network: &Network, block: BlockNumber) -> u64 {
    let (time, _): (Compact<u64>, Compact<u64>) = stored(network, block, "System", "BlockWeight").await;
    time.0
}

/// Rich accounts with stake, of whom one, Bob, has a hotkey that may commit to weights for free.
async fn founded() -> Network {
    let network = Network::founded(&FLOODERS).await;
    for flooder in FLOODERS {
        network.stake(flooder, 10_000).await;
    }
    let may_commit = || async {
        let status = network.chain.weights_status(SUBNET, &account(VALIDATOR)).await.ok()?;
        status.obstacle.is_none().then_some(())
    };
    eventually("Bob's hotkey has its permit", may_commit).await;
    network
}

fn commit() -> Call {
    Call::CommitWeights { netuid: SUBNET, hash: H256::repeat_byte(7) }
}

/// In how many blocks others get in what they send.
async fn delay(network: &Network, signer: &str, call: Call) -> BlockNumber {
    let offered = network.chain.best_block().await.unwrap();
    network.chain.submit(&pair(signer), call).await.expect("it gets in").block - offered
}

#[tokio::test]
async fn a_flood_of_free_calls_stays_outside() {
    let network = founded().await;
    let signed = network.chain.sign_in_a_row(&pair(VALIDATOR), &commit(), 100).await.unwrap();
    let send = |bytes| request("author_submitExtrinsic", json!([bytes]));
    post(&network.url(), signed.into_iter().map(send).collect()).await;
    let waiting = post(&network.url(), request("author_pendingExtrinsics", json!([]))).await;
    // The others would wait for the nonces between, which the pool has refused.
    assert!(waiting["result"].as_array().unwrap().len() <= 1, "{waiting}");
    let transfer = Call::Transfer { to: account("//Friend"), amount: TOKEN };
    assert!(delay(&network, "//Ferdie", transfer).await <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flooded_chain_keeps_its_pace_and_takes_what_others_send() {
    let network = founded().await;
    let mut flooding = JoinSet::new();
    for (flooder, other) in FLOODERS.into_iter().zip(FLOODERS.into_iter().cycle().skip(1)) {
        flooding.spawn(flood(network.chain.clone(), flooder, other));
    }
    let full = || async {
        let best = network.chain.best_block().await.ok()?;
        (weight(&network, best).await > 1_000_000_000_000).then_some(best)
    };
    let first = eventually("two thirds of what fits into a block", full).await;

    let last = first + WATCHED;
    let mut delays = Vec::new();
    while network.chain.best_block().await.unwrap() < last {
        let transfer = Call::Transfer { to: account("//Friend"), amount: TOKEN };
        delays.push(delay(&network, "//Ferdie", transfer).await);
        delays.push(delay(&network, VALIDATOR, commit()).await);
        let next = network.chain.best_block().await.unwrap() + 4;
        eventually("a few blocks", || async { network.chain.best_block().await.ok().filter(|best| *best >= next) })
            .await;
    }
    drop(flooding);

    let slots = (time(&network, last).await - time(&network, first).await) / SLOT;
    let mut used = 0;
    for block in first..last {
        used += weight(&network, block).await / 1_500_000_000;
    }
    println!("{WATCHED} blocks in {slots} slots, {} per mille full, delays {delays:?}", used / u64::from(WATCHED));
    assert!(slots <= u64::from(WATCHED) * 5 / 4, "{WATCHED} blocks took {slots} slots");
    assert!(used / u64::from(WATCHED) > 500, "the flood was none");
    assert!(delays.iter().all(|delay| *delay <= 4), "{delays:?}");
}
