//! Reading the chain's state. Each question is one request, answered from the best block unless it says otherwise.

use crate::config::{ChainBlock, ChainHeader};
use crate::events::{failures, Failure};
use crate::{Chain, ChainError};
use codec::{Decode, DecodeAll, Encode};
use primitives::{
    AccountId, Amount, AuthoritiesInfo, BlockNumber, BondRow, ChildKeys, ColdkeySuccessor, ColdkeySwap, Commitment,
    CreationQuote, Delegate, EpochInfo, GovernanceInfo, HyperparamsStatus, Identity, Metagraph, MetagraphColumns,
    MetagraphField, NetUid, RegistrationQuote, RootInfo, StakePosition, SubnetInfo, WeightRow, WeightsStatus,
};
use serde_json::{json, Value};
use sp_core::{blake2_128, Bytes, H256};
use substrate_api_client::ac_primitives::{AccountData, AccountInfo};
use substrate_api_client::storage_key;

impl Chain {
    pub async fn best_block(&self) -> Result<BlockNumber, ChainError> {
        Ok(self.header(Value::Null).await?.number)
    }

    /// The last block that can no longer be undone.
    pub async fn finalized_block(&self) -> Result<BlockNumber, ChainError> {
        let hash: H256 = self.inner.connection.request("chain_getFinalizedHead", vec![]).await?;
        Ok(self.header(json!(hash)).await?.number)
    }

    /// A subnet with all its neurons, as of one block.
    pub async fn metagraph(&self, netuid: NetUid) -> Result<Metagraph, ChainError> {
        let found: Option<Metagraph> = self.runtime_api("MetagraphApi_metagraph", netuid.encode()).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// The selected columns of the same.
    pub async fn metagraph_fields(
        &self,
        netuid: NetUid,
        fields: &[MetagraphField],
    ) -> Result<MetagraphColumns, ChainError> {
        let arguments = (netuid, fields).encode();
        let found: Option<MetagraphColumns> = self.runtime_api("MetagraphApi_metagraph_fields", arguments).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// A subnet without its neurons.
    pub async fn subnet(&self, netuid: NetUid) -> Result<SubnetInfo, ChainError> {
        let found: Option<SubnetInfo> = self.runtime_api("MetagraphApi_subnet", netuid.encode()).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// When a subnet's epochs run.
    pub async fn epoch(&self, netuid: NetUid) -> Result<EpochInfo, ChainError> {
        let found: Option<EpochInfo> = self.runtime_api("MetagraphApi_epoch", netuid.encode()).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// What a seat costs in the next block, and whether there is one.
    pub async fn registration_quote(&self, netuid: NetUid) -> Result<RegistrationQuote, ChainError> {
        let found: Option<RegistrationQuote> =
            self.runtime_api("MetagraphApi_registration_quote", netuid.encode()).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// What creating a subnet costs in the next block, and whether that is possible.
    pub async fn creation_quote(&self) -> Result<CreationQuote, ChainError> {
        self.runtime_api("MetagraphApi_creation_quote", vec![]).await
    }

    /// All subnets, without their neurons.
    pub async fn subnets(&self) -> Result<Vec<SubnetInfo>, ChainError> {
        self.runtime_api("MetagraphApi_subnets", vec![]).await
    }

    /// When a subnet's owner may change which hyperparameters.
    pub async fn hyperparams_status(&self, netuid: NetUid) -> Result<HyperparamsStatus, ChainError> {
        let found: Option<HyperparamsStatus> =
            self.runtime_api("MetagraphApi_hyperparams_status", netuid.encode()).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// The weights that each neuron of a subnet has set.
    pub async fn weights(&self, netuid: NetUid) -> Result<Vec<WeightRow>, ChainError> {
        self.runtime_api("MetagraphApi_weights", netuid.encode()).await
    }

    /// The bonds that each neuron of a subnet holds.
    pub async fn bonds(&self, netuid: NetUid) -> Result<Vec<BondRow>, ChainError> {
        self.runtime_api("MetagraphApi_bonds", netuid.encode()).await
    }

    /// What a coldkey says about itself; nothing where it says nothing.
    pub async fn identity(&self, coldkey: &AccountId) -> Result<Option<Identity>, ChainError> {
        self.runtime_api("MetagraphApi_identity", coldkey.encode()).await
    }

    /// Every hotkey that somebody stakes on, the one with most stake first.
    pub async fn delegates(&self) -> Result<Vec<Delegate>, ChainError> {
        self.runtime_api("MetagraphApi_delegates", vec![]).await
    }

    /// What a hotkey lends and borrows in a subnet.
    pub async fn child_keys(&self, netuid: NetUid, hotkey: &AccountId) -> Result<ChildKeys, ChainError> {
        self.runtime_api("MetagraphApi_child_keys", (netuid, hotkey).encode()).await
    }

    /// Whether a hotkey may give weights now, and what it has committed.
    pub async fn weights_status(&self, netuid: NetUid, hotkey: &AccountId) -> Result<WeightsStatus, ChainError> {
        let arguments = (netuid, hotkey).encode();
        let found: Option<WeightsStatus> = self.runtime_api("MetagraphApi_weights_status", arguments).await?;
        found.ok_or(ChainError::NoSuchSubnet(netuid))
    }

    /// What the seats of a subnet say about themselves.
    pub async fn commitments(&self, netuid: NetUid) -> Result<Vec<Commitment>, ChainError> {
        self.runtime_api("MetagraphApi_commitments", netuid.encode()).await
    }

    /// What a coldkey has staked and what it earns there, by hotkey.
    pub async fn stakes(&self, coldkey: &AccountId) -> Result<Vec<StakePosition>, ChainError> {
        self.runtime_api("MetagraphApi_stakes", coldkey.encode()).await
    }

    /// What a coldkey has announced, if it is to be swapped.
    pub async fn coldkey_swap(&self, coldkey: &AccountId) -> Result<Option<ColdkeySwap>, ChainError> {
        self.runtime_api("KeysApi_coldkey_swap", coldkey.encode()).await
    }

    /// Whether the coldkey `new` could take the place of `old`, and what that takes.
    pub async fn coldkey_successor(&self, old: &AccountId, new: &AccountId) -> Result<ColdkeySuccessor, ChainError> {
        self.runtime_api("KeysApi_coldkey_successor", (old, new).encode()).await
    }

    /// The root network: its seats, their weights and what each subnet gets.
    pub async fn root(&self) -> Result<RootInfo, ChainError> {
        self.runtime_api("MetagraphApi_root", vec![]).await
    }

    /// Who decides for the network, and the open motions.
    pub async fn governance(&self) -> Result<GovernanceInfo, ChainError> {
        self.runtime_api("GovernanceApi_governance", vec![]).await
    }

    /// Who authors and finalises blocks.
    pub async fn authorities(&self) -> Result<AuthoritiesInfo, ChainError> {
        self.runtime_api("GovernanceApi_authorities", vec![]).await
    }

    /// Pallet and function of an encoded call, such as `System.remark`; nothing for one that the node's runtime lacks.
    pub async fn name_of_call(&self, call: &[u8]) -> Result<Option<String>, ChainError> {
        let runtime = self.runtime().await?;
        let [pallet, call, ..] = call else { return Ok(None) };
        let pallet = runtime.metadata.pallet_by_index(*pallet);
        let named = pallet.and_then(|pallet| Some((pallet.name(), &pallet.call_variant_by_index(*call)?.name)));
        Ok(named.map(|(pallet, call)| format!("{pallet}.{call}")))
    }

    /// Lets the node make new session keys and keep their secrets; returns the public ones, encoded. Only a node that
    /// trusts this connection does it.
    pub async fn rotate_session_keys(&self) -> Result<Vec<u8>, ChainError> {
        let keys: Bytes = self.inner.connection.request("author_rotateKeys", vec![]).await?;
        Ok(keys.0)
    }

    /// Free base units; zero for an account that the chain does not know.
    pub async fn balance(&self, account: &AccountId) -> Result<Amount, ChainError> {
        let mut key = storage_key("System", "Account").0;
        key.extend(blake2_128(account.as_ref()));
        key.extend(AsRef::<[u8]>::as_ref(account));
        let info: Option<AccountInfo<u64, AccountData<Amount>>> = match self.storage(key, None).await? {
            Some(bytes) => Some(exact("System.Account", &bytes)?),
            None => None,
        };
        Ok(info.map_or(0, |info| info.data.free))
    }

    /// Every way in which a call can fail on this chain, with the sentence that a person is told.
    pub async fn failures(&self) -> Result<Vec<Failure>, ChainError> {
        Ok(failures(&self.runtime().await?.metadata))
    }

    /// `which` is a block hash, or null for the best block.
    async fn header(&self, which: Value) -> Result<ChainHeader, ChainError> {
        self.inner.connection.request("chain_getHeader", vec![which]).await
    }

    /// Nothing for a block that the node does not have.
    pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<H256>, ChainError> {
        self.inner.connection.request("chain_getBlockHash", vec![number.into()]).await
    }

    pub(crate) async fn block(&self, hash: H256) -> Result<Option<ChainBlock>, ChainError> {
        self.inner.connection.request("chain_getBlock", vec![json!(hash)]).await
    }

    /// `System.Events` of one block; nothing where the node has pruned that block's state.
    pub(crate) async fn events(&self, block: H256) -> Result<Option<Bytes>, ChainError> {
        self.storage(storage_key("System", "Events").0, Some(block)).await
    }

    async fn storage(&self, key: Vec<u8>, block: Option<H256>) -> Result<Option<Bytes>, ChainError> {
        self.inner.connection.request("state_getStorage", vec![json!(Bytes(key)), json!(block)]).await
    }

    async fn runtime_api<R: Decode>(&self, method: &'static str, arguments: Vec<u8>) -> Result<R, ChainError> {
        let params = vec![method.into(), json!(Bytes(arguments))];
        match self.inner.connection.request::<Bytes>("state_call", params).await {
            Ok(bytes) => exact(method, &bytes),
            Err(ChainError::Node { message, .. }) if message.contains("is not found") => {
                Err(ChainError::VersionMismatch(format!("the node's runtime has no {method}")))
            }
            Err(error) => Err(error),
        }
    }
}

/// A value that leaves bytes over is of another version, even where its beginning makes sense.
fn exact<T: Decode>(what: &str, bytes: &[u8]) -> Result<T, ChainError> {
    T::decode_all(&mut &bytes[..])
        .map_err(|error| ChainError::VersionMismatch(format!("the node's {what} is not understood ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scripted_node::Node;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn a_broken_socket_is_replaced_at_the_next_question() {
        let node = Node::default();
        node.state().free = 12;
        let (address, server) = node.serve_anywhere().await;
        let chain = Chain::new(&format!("ws://{address}"));
        let account = AccountId::new([1; 32]);
        assert_eq!(chain.balance(&account).await, Ok(12));
        server.stop().unwrap();
        server.stopped().await;
        let (_, _server) = node.serve(address).await;
        assert_eq!(chain.balance(&account).await, Ok(12));
    }

    #[tokio::test]
    async fn an_absent_node_is_named_and_not_waited_for() {
        let started = Instant::now();
        let error = Chain::new("ws://127.0.0.1:1").best_block().await.unwrap_err();
        assert!(error.to_string().starts_with("no node answers at ws://127.0.0.1:1"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_node_that_comes_up_later_is_waited_for() {
        let node = Node::default();
        let (address, server) = node.serve_anywhere().await;
        server.stop().unwrap();
        server.stopped().await;
        let waiting = tokio::spawn(async move {
            Chain::connect(&format!("ws://{address}"), Duration::from_secs(30)).await.map(|_| ())
        });
        let (_, _server) = node.serve(address).await;
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_runtime_without_the_question_is_a_version_mismatch() {
        let (address, _server) = Node::default().serve_anywhere().await;
        let error = Chain::new(&format!("ws://{address}")).metagraph(NetUid(1)).await.unwrap_err();
        assert!(matches!(error, ChainError::VersionMismatch(_)), "{error}");
    }
}
