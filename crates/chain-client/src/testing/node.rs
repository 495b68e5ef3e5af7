//! A JSON-RPC server that makes a block of each extrinsic as soon as it arrives.

use super::metadata::{fixture_bytes, Record};
use crate::config::{ChainBlock, ChainHeader};
use codec::{Decode, Encode};
use jsonrpsee::core::SubscriptionResult;
use jsonrpsee::server::{PendingSubscriptionSink, Server, ServerHandle, SubscriptionMessage};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use jsonrpsee::RpcModule;
use primitives::BlockNumber;
use serde_json::{json, Value};
use sp_core::{Bytes, H256};
use sp_runtime::generic::{Block, Digest};
use sp_runtime::OpaqueExtrinsic;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use substrate_api_client::ac_primitives::RuntimeVersion;

/// What becomes of an extrinsic that is submitted.
#[derive(Clone, Default)]
pub enum Fate {
    /// A block holds it, and this says so.
    #[default]
    Included,
    /// A block holds it, but nobody is told.
    IncludedSilently,
    /// The pool refuses it with this code and detail.
    Refused(i32, &'static str),
}

#[derive(Default)]
pub struct State {
    pub fate: Fate,
    /// Block `n` holds the extrinsic `n - 1`, at index 0.
    pub extrinsics: Vec<Bytes>,
    /// Of every block.
    pub events: Vec<Record>,
    /// Free balance of every account.
    pub free: u64,
    /// Submissions, also refused ones.
    pub submissions: usize,
}

#[derive(Clone, Default)]
pub struct Node {
    pub state: Arc<Mutex<State>>,
}

/// What a method answers to its parameters.
type Answer = fn(&Node, Vec<Value>) -> Value;

impl Node {
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
        let methods: [(&'static str, Answer); 9] = [
            ("chain_getBlockHash", |node, params| json!(node.number(&params[0]).map(hash))),
            ("chain_getHeader", |node, params| json!(header(number(&params).unwrap_or(node.best())))),
            ("chain_getFinalizedHead", |_, _| json!(hash(0))),
            ("chain_getBlock", |node, params| node.block(number(&params).unwrap())),
            ("state_getRuntimeVersion", |_, _| json!(RuntimeVersion::default())),
            ("state_getMetadata", |_, _| json!(Bytes(fixture_bytes()))),
            ("state_getStorage", |node, params| json!(Bytes(node.storage(&params)))),
            ("system_accountNextIndex", |node, _| json!(node.state.lock().unwrap().extrinsics.len())),
            ("author_submitExtrinsic", |_, _| Value::Null),
        ];
        for (name, answer) in methods {
            module.register_method(name, move |params, node, _| answer(node, params.parse().unwrap())).unwrap();
        }
        module
            .register_method("state_call", |_, _, _| {
                Err::<Value, _>(ErrorObjectOwned::owned(
                    4003,
                    "Client error: Exported method X is not found",
                    None::<()>,
                ))
            })
            .unwrap();
        let watch = |params, sink, node: Arc<Node>, _| async move { node.watch(params, sink).await };
        module
            .register_subscription(
                "author_submitAndWatchExtrinsic",
                "author_extrinsicUpdate",
                "author_unwatchExtrinsic",
                watch,
            )
            .unwrap();
        let heads = |_, sink: PendingSubscriptionSink, node: Arc<Node>, _| async move { node.heads(sink).await };
        module
            .register_subscription("chain_subscribeNewHeads", "chain_newHead", "chain_unsubscribeNewHeads", heads)
            .unwrap();
        module
    }

    fn best(&self) -> BlockNumber {
        self.state.lock().unwrap().extrinsics.len() as BlockNumber
    }

    fn number(&self, number: &Value) -> Option<BlockNumber> {
        number.as_u64().map(|number| number as BlockNumber).filter(|number| *number <= self.best())
    }

    fn block(&self, number: BlockNumber) -> Value {
        let state = self.state.lock().unwrap();
        let extrinsic = OpaqueExtrinsic::decode(&mut &state.extrinsics[number as usize - 1][..]).unwrap();
        let block = Block { header: header(number), extrinsics: vec![extrinsic] };
        json!(ChainBlock { block, justifications: None })
    }

    fn storage(&self, params: &[Value]) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        match params[1] {
            Value::Null => (0u64, 0u32, 1u32, 0u32, state.free, 0u64, 0u64, 0u128).encode(),
            _ => state.events.encode(),
        }
    }

    async fn watch(&self, params: Params<'static>, sink: PendingSubscriptionSink) -> SubscriptionResult {
        let (bytes,): (Bytes,) = params.parse()?;
        let fate = {
            let mut state = self.state.lock().unwrap();
            state.submissions += 1;
            if !matches!(state.fate, Fate::Refused(..)) {
                state.extrinsics.push(bytes);
            }
            state.fate.clone()
        };
        if let Fate::Refused(code, detail) = fate {
            sink.reject(ErrorObjectOwned::owned(code, "Invalid Transaction", Some(detail))).await;
            return Ok(());
        }
        let sink = sink.accept().await?;
        if let Fate::Included = fate {
            let status = json!({ "inBlock": hash(self.best()) });
            sink.send(SubscriptionMessage::from_json(&status)?).await?;
        }
        sink.closed().await;
        Ok(())
    }

    async fn heads(&self, sink: PendingSubscriptionSink) -> SubscriptionResult {
        let sink = sink.accept().await?;
        sink.send(SubscriptionMessage::from_json(&header(self.best()))?).await?;
        sink.closed().await;
        Ok(())
    }
}

/// The first parameter as the number of the block that it names; nothing for null.
fn number(params: &[Value]) -> Option<BlockNumber> {
    let hash: Option<H256> = serde_json::from_value(params[0].clone()).unwrap();
    hash.map(|hash| hash.to_low_u64_be() as BlockNumber)
}

fn hash(number: BlockNumber) -> H256 {
    H256::from_low_u64_be(number.into())
}

fn header(number: BlockNumber) -> ChainHeader {
    ChainHeader {
        parent_hash: H256::zero(),
        number,
        state_root: H256::zero(),
        extrinsics_root: H256::zero(),
        digest: Digest::default(),
    }
}
