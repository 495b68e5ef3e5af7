use crate::chain::{Fate, State};
use crate::metadata::fixture_bytes;
use crate::weights::{metagraph, status};
use codec::{Decode, Encode};
use jsonrpsee::core::SubscriptionResult;
use jsonrpsee::server::{PendingSubscriptionSink, Server, ServerHandle, SubscriptionMessage};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use jsonrpsee::RpcModule;
use primitives::BlockNumber;
use serde_json::{json, Value};
use sp_core::{Bytes, H256};
use sp_runtime::generic::{Block, Digest, Header, SignedBlock};
use sp_runtime::traits::BlakeTwo256;
use sp_runtime::OpaqueExtrinsic;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use substrate_api_client::ac_primitives::RuntimeVersion;
use tokio::sync::watch;

/// What a client talks to. Clones are the same node.
#[derive(Clone, Default)]
pub struct Node {
    state: Arc<Mutex<State>>,
    /// Tells those who subscribe to heads to look again.
    news: watch::Sender<()>,
}

type ChainHeader = Header<BlockNumber, BlakeTwo256>;
/// What a method answers to its parameters.
type Answer = fn(&State, &[Value]) -> Result<Value, ErrorObjectOwned>;

const ANSWERS: [(&str, Answer); 9] = [
    ("chain_getBlockHash", |state, params| Ok(json!(params[0].as_u64().and_then(|number| state.hash(number as u32))))),
    ("chain_getHeader", |state, params| Ok(json!(header(state, params)))),
    ("chain_getFinalizedHead", |state, _| Ok(json!(state.hash(state.finalized)))),
    ("chain_getBlock", |state, params| Ok(json!(block(state, params)))),
    ("state_getRuntimeVersion", |_, _| Ok(json!(RuntimeVersion::default()))),
    ("state_getMetadata", |_, _| Ok(json!(Bytes(fixture_bytes())))),
    ("state_getStorage", |state, params| Ok(json!(Bytes(storage(state, params))))),
    ("state_call", |state, params| runtime_api(state, params).map(|answer| json!(Bytes(answer)))),
    ("system_accountNextIndex", |state, _| Ok(json!(state.nonce()))),
];

impl Node {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes the chain, and tells those who follow it.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.news.send_replace(());
        result
    }

    /// Serves until the handle is stopped or dropped. Port 0 takes a free one.
    pub async fn serve(&self, address: SocketAddr) -> (SocketAddr, ServerHandle) {
        let server = Server::builder().build(address).await.unwrap();
        let address = server.local_addr().unwrap();
        (address, server.start(self.module()))
    }

    pub async fn serve_anywhere(&self) -> (SocketAddr, ServerHandle) {
        self.serve(([127, 0, 0, 1], 0).into()).await
    }

    fn module(&self) -> RpcModule<Node> {
        let mut module = RpcModule::new(self.clone());
        for (name, answer) in ANSWERS {
            let answer = move |params: Params, node: &Node, _: &_| {
                let params: Vec<Value> = params.parse().unwrap_or_default();
                answer(&node.state(), &params)
            };
            module.register_method(name, answer).unwrap();
        }
        let submit = |params: Params, node: &Node, _: &_| node.take(&params).map(|_| Value::Null);
        module.register_method("author_submitExtrinsic", submit).unwrap();
        let watch = |params, sink, node: Arc<Node>, _| async move { node.watch(params, sink).await };
        let (method, news, end) =
            ("author_submitAndWatchExtrinsic", "author_extrinsicUpdate", "author_unwatchExtrinsic");
        module.register_subscription(method, news, end, watch).unwrap();
        let heads = |_, sink: PendingSubscriptionSink, node: Arc<Node>, _| async move { node.heads(sink).await };
        let (method, news, end) = ("chain_subscribeNewHeads", "chain_newHead", "chain_unsubscribeNewHeads");
        module.register_subscription(method, news, end, heads).unwrap();
        module
    }

    fn take(&self, params: &Params) -> Result<Fate, ErrorObjectOwned> {
        let (bytes,): (Bytes,) = params.parse()?;
        let refused = |(code, detail)| ErrorObjectOwned::owned(code, "Invalid Transaction", Some(detail));
        self.change(|state| state.take(bytes)).map_err(refused)
    }

    async fn watch(&self, params: Params<'static>, sink: PendingSubscriptionSink) -> SubscriptionResult {
        let fate = match self.take(&params) {
            Ok(fate) => fate,
            Err(refused) => {
                sink.reject(refused).await;
                return Ok(());
            }
        };
        let sink = sink.accept().await?;
        if let Fate::Included = fate {
            let status = json!({ "inBlock": self.best_hash() });
            sink.send(SubscriptionMessage::from_json(&status)?).await?;
        }
        sink.closed().await;
        Ok(())
    }

    fn best_hash(&self) -> Option<H256> {
        let state = self.state();
        state.hash(state.best())
    }

    async fn heads(&self, sink: PendingSubscriptionSink) -> SubscriptionResult {
        let sink = sink.accept().await?;
        let mut news = self.news.subscribe();
        loop {
            let head = header(&self.state(), &[Value::Null]);
            sink.send(SubscriptionMessage::from_json(&head)?).await?;
            tokio::select! {
                () = sink.closed() => return Ok(()),
                changed = news.changed() => changed?,
            }
        }
    }
}

/// The block of the hash that is the first parameter, or the best one where that is null.
fn named(state: &State, params: &[Value]) -> Option<(BlockNumber, H256)> {
    let hash: Option<H256> = serde_json::from_value(params.first().cloned().unwrap_or_default()).unwrap();
    let best = state.best();
    match hash {
        None => Some((best, state.hash(best)?)),
        Some(hash) if state.hash(0) == Some(hash) => Some((0, hash)),
        Some(hash) => state.block(hash).map(|(number, _)| (number, hash)),
    }
}

fn header(state: &State, params: &[Value]) -> Option<ChainHeader> {
    let (number, _) = named(state, params)?;
    let (parent_hash, state_root, extrinsics_root) = Default::default();
    Some(ChainHeader { parent_hash, number, state_root, extrinsics_root, digest: Digest::default() })
}

fn block(state: &State, params: &[Value]) -> Option<SignedBlock<Block<ChainHeader, OpaqueExtrinsic>>> {
    let (_, hash) = named(state, params)?;
    let held = state.block(hash).map(|(_, block)| block.extrinsics.as_slice()).unwrap_or_default();
    let extrinsics = held.iter().map(|bytes| OpaqueExtrinsic::decode(&mut &bytes[..]).unwrap()).collect();
    Some(SignedBlock { block: Block { header: header(state, params)?, extrinsics }, justifications: None })
}

/// Of the best block the account's balance; of another block its events.
fn storage(state: &State, params: &[Value]) -> Vec<u8> {
    match params[1] {
        Value::Null => (0u64, 0u32, 1u32, 0u32, state.free, 0u64, 0u64, 0u128).encode(),
        _ => state.events.encode(),
    }
}

fn runtime_api(state: &State, params: &[Value]) -> Result<Vec<u8>, ErrorObjectOwned> {
    let answer = match params[0].as_str() {
        Some("MetagraphApi_metagraph") => metagraph(state).map(|metagraph| Some(metagraph).encode()),
        Some("MetagraphApi_weights_status") => status(state).map(|status| Some(status).encode()),
        _ => None,
    };
    let unknown = || ErrorObjectOwned::owned(4003, "Client error: Exported method X is not found", None::<()>);
    answer.ok_or_else(unknown)
}
