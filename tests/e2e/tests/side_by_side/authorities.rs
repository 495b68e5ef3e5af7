//! Four authorities, each a process of its own: who joins, what may fail, and how it heals.

use chain_client::{Call, Chain};
use e2e::{account, address, client, eventually, pair, start_node, write_raw_spec, Running};
use primitives::TOKEN;
use serde_json::{json, Value};
use tempfile::TempDir;

/// Nodes of one chain that know each other through the first.
struct Nodes {
    folder: TempDir,
    spec: String,
    bootnode: Option<String>,
}

impl Nodes {
    fn start(&mut self, name: &str, role: &[&str]) -> Running {
        let known = self.bootnode.clone();
        let peers = known.iter().flat_map(|bootnode| ["--bootnodes", bootnode]);
        let more: Vec<&str> = role.iter().copied().chain(peers).chain(["--unsafe-force-node-key-generation"]).collect();
        let node = start_node(&self.folder, name, &self.spec, &more);
        self.bootnode.get_or_insert_with(|| address(&node));
        node
    }
}

/// What a node says about one of its blocks: its hash, and the root of the state after it.
async fn block(node: &Running, number: u32) -> (Value, Value) {
    let url = node.field("rpc").replacen("ws://", "http://", 1);
    let ask = |method: &'static str, params: Value| {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = reqwest::Client::new().post(&url).json(&request).send();
        async move { answer.await.unwrap().json::<Value>().await.unwrap()["result"].clone() }
    };
    let hash = ask("chain_getBlockHash", json!([number])).await;
    let header = ask("chain_getHeader", json!([hash])).await;
    (hash, header["stateRoot"].clone())
}

async fn until_best(chain: &Chain, number: u32) {
    let reached = || async { chain.best_block().await.ok().filter(|best| *best >= number) };
    eventually(&format!("block {number}"), reached).await;
}

async fn until_final(chain: &Chain, number: u32) {
    let reached = || async { chain.finalized_block().await.ok().filter(|last| *last >= number) };
    eventually(&format!("finality of block {number}"), reached).await;
}

/// Gives the node session keys of its own making, and its account the right to use them.
async fn join(node: &Running, uri: &str, root: &Chain) {
    let chain = client(node).await;
    until_best(&chain, root.best_block().await.unwrap()).await;
    let keys = chain.rotate_session_keys().await.unwrap();
    chain.submit(&pair(uri), Call::SetSessionKeys { keys }).await.unwrap();
    let add = Call::Sudo(Box::new(Call::AddAuthority { authority: account(uri) }));
    let seen = chain.best_block().await.unwrap();
    until_best(root, seen).await;
    root.submit(&pair("//Alice"), add).await.unwrap();
}

async fn active(chain: &Chain) -> usize {
    let info = chain.authorities().await.unwrap();
    info.authorities.iter().filter(|authority| authority.active).count()
}

#[tokio::test]
async fn four_authorities_outlive_one_and_heal_from_the_loss_of_two() {
    let folder = TempDir::new().unwrap();
    let spec = write_raw_spec(&folder, "local", "authorities", "sessionLength", 5);
    let mut nodes = Nodes { folder, spec, bootnode: None };
    let alice = nodes.start("alice", &["--alice"]);
    let bob = nodes.start("bob", &["--bob"]);
    let charlie = nodes.start("charlie", &["--validator"]);
    let dave = nodes.start("dave", &["--validator"]);
    let chain = client(&alice).await;

    // Two newcomers join a running chain: a session brings their keys to Aura and GRANDPA.
    join(&charlie, "//Charlie", &chain).await;
    join(&dave, "//Dave", &chain).await;
    eventually("four authorities", || async { (active(&chain).await == 4).then_some(()) }).await;
    let joined = chain.best_block().await.unwrap();
    until_final(&chain, joined + 5).await;

    // Three of four are more than two thirds.
    drop(dave);
    let stopped = chain.best_block().await.unwrap();
    until_final(&chain, stopped + 5).await;

    // Two of four are not: what was decided stays, blocks go on, and so do transfers.
    drop(charlie);
    let stopped = chain.best_block().await.unwrap();
    until_best(&chain, stopped + 4).await;
    let last_final = chain.finalized_block().await.unwrap();
    let before = chain.balance(&account("//Ferdie")).await.unwrap();
    chain.submit(&pair("//Eve"), Call::Transfer { to: account("//Ferdie"), amount: TOKEN }).await.unwrap();
    until_best(&chain, stopped + 10).await;
    assert_eq!(chain.finalized_block().await.unwrap(), last_final, "two of four finalised");

    // Both come back: finality catches up with all that was authored without them.
    let unfinished = chain.best_block().await.unwrap();
    let charlie = nodes.start("charlie", &["--validator"]);
    let dave = nodes.start("dave", &["--validator"]);
    for node in [&alice, &bob, &charlie, &dave] {
        until_final(&client(node).await, unfinished).await;
    }
    let expected = block(&alice, unfinished).await;
    for node in [&bob, &charlie, &dave] {
        assert_eq!(block(node, unfinished).await, expected);
    }
    assert_eq!(client(&dave).await.balance(&account("//Ferdie")).await.unwrap(), before + TOKEN);

    // Who was never there executes every block and arrives at the same state.
    let fresh = nodes.start("fresh", &["--sync", "full"]);
    until_final(&client(&fresh).await, unfinished).await;
    assert_eq!(block(&fresh, unfinished).await, expected);
}
