use crate::{
    runtime_api::{Block, Hash},
    service::{Client, Pool},
};
use jsonrpsee::{
    core::RpcResult,
    proc_macros::rpc,
    types::{ErrorObject, ErrorObjectOwned},
    RpcModule,
};
use metagraph_api::MetagraphApi;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use primitives::{Metagraph, NetUid, SubnetInfo};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// No block of this node has the hash that was asked for.
const UNKNOWN_BLOCK: i32 = 7001;
/// The runtime at that block could not answer.
const RUNTIME_CALL_FAILED: i32 = 7002;
/// The subnet did not exist at that block.
const NO_SUCH_SUBNET: i32 = 7003;

/// The methods that this chain adds to those of every Substrate node.
pub fn create(client: Arc<Client>, pool: Arc<Pool>) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(Plexus::new(client).into_rpc())?;
    Ok(module)
}

/// Reads the incentive network. `at` is a block hash; without it the best block answers.
#[rpc(server, namespace = "plexus")]
pub trait PlexusApi {
    /// A subnet with all its neurons.
    #[method(name = "metagraph", blocking)]
    fn metagraph(&self, netuid: NetUid, at: Option<Hash>) -> RpcResult<Metagraph>;

    /// All subnets, in netuid order.
    #[method(name = "subnets", blocking)]
    fn subnets(&self, at: Option<Hash>) -> RpcResult<Vec<SubnetInfo>>;
}

struct Plexus<C> {
    client: Arc<C>,
}

impl<C> Plexus<C>
where
    C: HeaderBackend<Block>,
{
    fn new(client: Arc<C>) -> Self {
        Self { client }
    }

    fn block(&self, at: Option<Hash>) -> RpcResult<Hash> {
        let Some(hash) = at else { return Ok(self.client.info().best_hash) };
        match self.client.number(hash) {
            Ok(Some(_)) => Ok(hash),
            Ok(None) => Err(unknown_block(hash)),
            Err(error) => Err(call_failed(hash, error)),
        }
    }
}

impl<C> PlexusApiServer for Plexus<C>
where
    C: ProvideRuntimeApi<Block, Api: MetagraphApi<Block>> + HeaderBackend<Block> + Send + Sync + 'static,
{
    fn metagraph(&self, netuid: NetUid, at: Option<Hash>) -> RpcResult<Metagraph> {
        let block = self.block(at)?;
        let metagraph = self.client.runtime_api().metagraph(block, netuid).map_err(|e| call_failed(block, e))?;
        metagraph.ok_or_else(|| no_such_subnet(block, netuid))
    }

    fn subnets(&self, at: Option<Hash>) -> RpcResult<Vec<SubnetInfo>> {
        let block = self.block(at)?;
        self.client.runtime_api().subnets(block).map_err(|e| call_failed(block, e))
    }
}

fn unknown_block(block: Hash) -> ErrorObjectOwned {
    let message = format!("This node has no block {block:?}. Leave out `at` to ask about the best block.");
    ErrorObject::owned(UNKNOWN_BLOCK, message, None::<()>)
}

fn call_failed(block: Hash, error: impl std::fmt::Display) -> ErrorObjectOwned {
    let message = format!(
        "The runtime did not answer at block {block:?}: {error}. If the state of that block is pruned, leave out `at` or \
         ask a node that runs with --state-pruning archive."
    );
    ErrorObject::owned(RUNTIME_CALL_FAILED, message, None::<()>)
}

fn no_such_subnet(block: Hash, netuid: NetUid) -> ErrorObjectOwned {
    let message = format!("There is no subnet {netuid} at block {block:?}. plexus_subnets lists those that exist.");
    ErrorObject::owned(NO_SUCH_SUBNET, message, None::<()>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime_api::Header;
    use primitives::BlockNumber;
    use serde_json::{json, Value};
    use sp_api::ApiRef;
    use sp_blockchain::{BlockStatus, Info};
    use sp_runtime::traits::Header as _;

    /// A chain of one block with one subnet, number 1.
    struct OneSubnet;

    #[derive(Clone)]
    struct Api;

    sp_api::mock_impl_runtime_apis! {
        impl MetagraphApi<Block> for Api {
            fn metagraph(&self, netuid: NetUid) -> Option<Metagraph> {
                (netuid == NetUid(1)).then(|| Metagraph { next_epoch: 8, ..fixtures::metagraph(0) })
            }
            fn subnets(&self) -> Vec<SubnetInfo> {
                vec![SubnetInfo { burn: 4, ..fixtures::subnet() }]
            }
        }
    }

    impl ProvideRuntimeApi<Block> for OneSubnet {
        type Api = Api;

        fn runtime_api(&self) -> ApiRef<'_, Api> {
            Api.into()
        }
    }

    impl HeaderBackend<Block> for OneSubnet {
        fn header(&self, hash: Hash) -> sp_blockchain::Result<Option<Header>> {
            Ok((hash == genesis().hash()).then(genesis))
        }
        fn info(&self) -> Info<Block> {
            let hash = genesis().hash();
            Info {
                best_hash: hash,
                best_number: 0,
                genesis_hash: hash,
                finalized_hash: hash,
                finalized_number: 0,
                finalized_state: None,
                number_leaves: 1,
                block_gap: None,
            }
        }
        fn status(&self, hash: Hash) -> sp_blockchain::Result<BlockStatus> {
            Ok(if hash == genesis().hash() { BlockStatus::InChain } else { BlockStatus::Unknown })
        }
        fn number(&self, hash: Hash) -> sp_blockchain::Result<Option<BlockNumber>> {
            Ok((hash == genesis().hash()).then_some(0))
        }
        fn hash(&self, number: BlockNumber) -> sp_blockchain::Result<Option<Hash>> {
            Ok((number == 0).then(|| genesis().hash()))
        }
    }

    fn genesis() -> Header {
        Header::new(0, Hash::zero(), Hash::zero(), Hash::zero(), Default::default())
    }

    /// The whole answer to a request, as it goes over the wire.
    async fn ask(method: &str, params: Value) -> Value {
        let module = Plexus::new(Arc::new(OneSubnet)).into_rpc();
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (answer, _) = module.raw_json_request(&request.to_string(), 1).await.unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    #[tokio::test]
    async fn a_metagraph_is_answered_as_json() {
        let answer = ask("plexus_metagraph", json!([1])).await;
        assert_eq!(answer["result"]["subnet"]["netuid"], 1);
        assert_eq!(answer["result"]["subnet"]["owner"], json!(fixtures::account(200)));
        assert_eq!(answer["result"]["next_epoch"], 8);
    }

    #[tokio::test]
    async fn a_known_block_may_be_named() {
        let answer = ask("plexus_subnets", json!([genesis().hash()])).await;
        assert_eq!(answer["result"][0]["burn"], 4);
    }

    #[tokio::test]
    async fn an_unknown_subnet_is_an_error_that_says_how_to_find_one() {
        let error = ask("plexus_metagraph", json!([7])).await["error"].clone();
        assert_eq!(error["code"], NO_SUCH_SUBNET);
        assert!(error["message"].as_str().unwrap().contains("no subnet 7"), "{error}");
    }

    #[tokio::test]
    async fn an_unknown_block_is_an_error() {
        let error = ask("plexus_subnets", json!([Hash::repeat_byte(9)])).await["error"].clone();
        assert_eq!(error["code"], UNKNOWN_BLOCK);
    }

    #[tokio::test]
    async fn a_netuid_that_is_no_number_is_refused() {
        let error = ask("plexus_metagraph", json!(["text"])).await["error"].clone();
        assert_eq!(error["code"], -32602);
    }
}
