use crate::eventually;
use crate::nodes::{start_node_on, write_raw_spec};
use crate::process::{model, Running};
use chain_client::{Call, Chain};
use primitives::{AccountId, Hyperparams, Metagraph, NetUid, TOKEN};
use sp_core::{sr25519, Pair};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

/// The subnet of [`Network::founded`].
pub const SUBNET: NetUid = NetUid(1);

/// Milliseconds between two blocks where miners and validators have to keep up, as on a development chain.
const STEADY: u64 = 1_000;
/// Milliseconds between two blocks where only the chain is watched.
const QUICK: u64 = 500;

/// A development chain in a temporary folder, and what runs on it.
pub struct Network {
    folder: TempDir,
    chain_spec: String,
    port: u16,
    node: Mutex<Option<Running>>,
    pub chain: Chain,
}

impl Network {
    /// A node that authors alone, with an empty chain of quick blocks.
    pub async fn start() -> Self {
        Self::start_at(QUICK).await
    }

    async fn start_at(pace: u64) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let chain_spec = write_raw_spec(&folder, "dev", "blockTime", "milliseconds", pace);
        let node = start_authoring(&folder, &chain_spec, 0);
        let url = node.field("rpc");
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the RPC address has a port");
        let chain = Chain::connect(&url, Duration::from_secs(30)).await.expect("the node answers");
        eventually("the first block", || async { chain.best_block().await.ok().filter(|block| *block > 0) }).await;
        Self { folder, chain_spec, port, node: Mutex::new(Some(node)), chain }
    }

    /// Alice's subnet at a quick pace and a root that pays it, with `coldkeys` registered in this order, each by its
    /// hotkey `//Name//hotkey`. Its blocks leave daemons time to follow.
    pub async fn founded(coldkeys: &[&str]) -> Self {
        Self::founded_with(coldkeys, |params| params).await
    }

    /// The same with some hyperparameters changed.
    pub async fn founded_with(coldkeys: &[&str], change: impl FnOnce(Hyperparams) -> Hyperparams) -> Self {
        Self::start_at(STEADY).await.found(coldkeys, change).await
    }

    /// As [`Self::founded`], with blocks that come twice as fast.
    pub async fn founded_quick(coldkeys: &[&str]) -> Self {
        Self::start().await.found(coldkeys, |params| params).await
    }

    async fn found(self, coldkeys: &[&str], change: impl FnOnce(Hyperparams) -> Hyperparams) -> Self {
        let owner_hotkey = account("//Alice//hotkey");
        self.submit("//Alice", Call::CreateSubnet { owner_hotkey }).await;
        let params = Hyperparams {
            tempo: 9,
            weights_rate_limit: 2,
            serving_rate_limit: 1,
            max_registrations_per_block: 8,
            target_registrations_per_interval: 8,
            ..self.metagraph().await.subnet.hyperparams
        };
        self.submit("//Alice", Call::SetHyperparams { netuid: SUBNET, params: change(params) }).await;
        for coldkey in coldkeys {
            let hotkey = account(&hotkey_of(coldkey));
            self.submit(coldkey, Call::Register { netuid: SUBNET, hotkey, max_burn: TOKEN }).await;
        }
        self.found_root().await;
        self
    }

    /// Alice's hotkey alone sits on root, and gives her subnet all the emission from the next root epoch on.
    async fn found_root(&self) {
        self.stake("//Alice", 1).await;
        self.submit("//Alice", Call::RegisterRoot { hotkey: account(&hotkey_of("//Alice")) }).await;
        let weights = Call::SetRootWeights { netuids: vec![SUBNET], values: vec![1] };
        self.submit(&hotkey_of("//Alice"), weights).await;
    }

    pub async fn stake(&self, coldkey: &str, tokens: u64) {
        let hotkey = account(&hotkey_of(coldkey));
        self.submit(coldkey, Call::AddStake { hotkey, amount: tokens * TOKEN }).await;
    }

    pub async fn submit(&self, signer: &str, call: Call) {
        self.chain.submit(&pair(signer), call.clone()).await.unwrap_or_else(|error| panic!("{call:?}: {error}"));
    }

    pub async fn metagraph(&self) -> Metagraph {
        self.chain.metagraph(SUBNET).await.expect("the subnet exists")
    }

    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Ends the node as `kill -9` would.
    pub fn kill_node(&self) {
        self.replace_node(None);
    }

    /// Starts the node again on its old port and data.
    pub fn restart_node(&self) {
        self.replace_node(Some(start_authoring(&self.folder, &self.chain_spec, self.port)));
    }

    fn replace_node(&self, node: Option<Running>) {
        *self.node.lock().expect("no test panics while it holds the node") = node;
    }

    pub fn miner(&self, coldkey: &str) -> Running {
        let (key, url, model) = (hotkey_of(coldkey), self.url(), model());
        let arguments = ["--node", &url, "--netuid", "1", "--suri", &key, "--model", text(&model)];
        let listen = ["--listen", "127.0.0.1:0"];
        Running::start("plexus-miner", &[&arguments[..], &listen].concat(), &self.log_of("miner", coldkey))
    }

    /// Keeps its data in a folder of its own, so that a second start with the same coldkey goes on where it was.
    pub fn validator(&self, coldkey: &str) -> Running {
        let (key, url, model) = (hotkey_of(coldkey), self.url(), model());
        let data = self.path(&format!("validator{}", coldkey.replace('/', "-")));
        let arguments = ["--node", &url, "--netuid", "1", "--suri", &key, "--model", text(&model)];
        let more = ["--data", text(&data), "--app", "127.0.0.1:0", "--interval-seconds", "2", "--rate", "0.3"];
        Running::start("plexus-validator", &[&arguments[..], &more].concat(), &self.log_of("validator", coldkey))
    }

    pub fn log_of(&self, role: &str, coldkey: &str) -> PathBuf {
        self.path(&format!("{role}{}.log", coldkey.replace('/', "-")))
    }
}

/// Starts the only node of a chain.
fn start_authoring(folder: &TempDir, chain: &str, port: u16) -> Running {
    let alone = ["--alice", "--force-authoring", "--unsafe-force-node-key-generation"];
    start_node_on(port, folder, "node", chain, &alone)
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("temporary folders have readable names")
}

pub fn hotkey_of(coldkey: &str) -> String {
    format!("{coldkey}//hotkey")
}

/// The key of a development URI such as `//Alice`.
pub fn pair(uri: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(uri, None).expect("the URI is valid")
}

pub fn account(uri: &str) -> AccountId {
    pair(uri).public().into()
}
