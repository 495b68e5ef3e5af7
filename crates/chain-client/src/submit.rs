//! Sending an extrinsic and finding out what became of it.

use crate::connection::Failure;
use crate::events::effects;
use crate::extrinsic::Extrinsic;
use crate::{Call, Chain, ChainError, Refusal};
use jsonrpsee_client::core::client::Subscription;
use jsonrpsee_client::types::ErrorObjectOwned;
use primitives::{AccountId, BlockNumber, NetUid};
use serde_json::{json, Value};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::traits::Header as _;
use std::ops::RangeInclusive;
use std::time::Duration;
use substrate_api_client::TransactionStatus;
use tokio::time::{sleep, timeout};

/// How long a block is waited for: more than 12 blocks of 1 s, and 7 of 12 s.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often an extrinsic is signed anew because another one took its nonce.
const NONCE_ATTEMPTS: u32 = 3;
/// Without a word for so long, the subscription is not trusted any more.
const SILENCE: Duration = Duration::from_secs(30);
/// How often the blocks are searched when the subscription was lost.
const SEARCH_EVERY: Duration = Duration::from_secs(1);

type Watch = Subscription<TransactionStatus<H256, H256>>;

/// A call that a block holds and that succeeded. Hashes are hex with 0x. The block may not be final yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    pub block: BlockNumber,
    pub block_hash: String,
    pub extrinsic_hash: String,
    /// The new subnet, if the call created one.
    pub subnet_created: Option<NetUid>,
    /// The new motion, if the call proposed one.
    pub motion_proposed: Option<u32>,
}

impl Chain {
    /// Signs and sends `call`, waits until a block holds it, and reads in that block's events what it did.
    ///
    /// When the connection breaks on the way, the extrinsic is looked up in the blocks that can hold it; it is never
    /// signed a second time unless the first can no longer be included.
    pub async fn submit(&self, signer: &sr25519::Pair, call: Call) -> Result<Included, ChainError> {
        let account = AccountId::from(signer.public());
        let (extrinsic, watch) = self.send(signer, &account, &call).await?;
        let block = match timeout(PATIENCE, self.inclusion(&extrinsic, watch, &account)).await {
            Ok(outcome) => outcome?,
            Err(_) => return Err(unknown(&extrinsic, format!("no block took it within {} s", PATIENCE.as_secs()))),
        };
        self.outcome(&extrinsic, block).await
    }

    /// Until the node has it, or the connection broke so that nobody knows. One at a time for each account, so that no
    /// two extrinsics of this process take the same nonce.
    async fn send(
        &self,
        signer: &sr25519::Pair,
        account: &AccountId,
        call: &Call,
    ) -> Result<(Extrinsic, Option<Watch>), ChainError> {
        let turn = self.turn(account);
        let _turn = turn.lock().await;
        let mut attempt = 1;
        loop {
            let extrinsic = self.prepare(signer, call).await?;
            match self.broadcast(&extrinsic).await {
                Ok(watch) => return Ok((extrinsic, Some(watch))),
                Err(Failure::Lost(error)) => {
                    tracing::warn!(%error, "lost the node while sending; looking for the extrinsic in the blocks");
                    return Ok((extrinsic, None));
                }
                Err(Failure::Answered(error)) => match refusal(&error, account) {
                    Refusal::Overtaken(_) if attempt < NONCE_ATTEMPTS => attempt += 1,
                    refusal => return Err(refusal.into()),
                },
                Err(garbled) => return Err(self.inner.connection.explain("author_submitAndWatchExtrinsic", garbled)),
            }
        }
    }

    async fn broadcast(&self, extrinsic: &Extrinsic) -> Result<Watch, Failure> {
        let params = vec![json!(extrinsic.bytes)];
        self.inner
            .connection
            .subscribe("author_submitAndWatchExtrinsic", params, "author_unsubmitAndWatchExtrinsic")
            .await
    }

    /// The block that holds the extrinsic.
    async fn inclusion(
        &self,
        extrinsic: &Extrinsic,
        watch: Option<Watch>,
        account: &AccountId,
    ) -> Result<H256, ChainError> {
        if let Some(mut watch) = watch {
            while let Ok(Some(Ok(status))) = timeout(SILENCE, watch.next()).await {
                if let Some(fate) = fate(status, account) {
                    return Ok(fate?);
                }
            }
        }
        self.search(extrinsic).await
    }

    /// Looks through the blocks that can hold the extrinsic, and sends it again meanwhile: it may never have arrived.
    async fn search(&self, extrinsic: &Extrinsic) -> Result<H256, ChainError> {
        loop {
            match self.search_once(extrinsic).await {
                Ok(Some(block)) => return Ok(block),
                Ok(None) | Err(ChainError::Unreachable { .. }) => {}
                Err(error) => return Err(error),
            }
            // Its answer does not matter: it counts once, and the blocks tell.
            let _: Result<Value, _> =
                self.inner.connection.request("author_submitExtrinsic", vec![json!(extrinsic.bytes)]).await;
            sleep(SEARCH_EVERY).await;
        }
    }

    /// The block of the chain as it stands that holds the extrinsic. An error where none does and none can any more.
    pub(crate) async fn search_once(&self, extrinsic: &Extrinsic) -> Result<Option<H256>, ChainError> {
        let best = self.best_block().await?;
        let last = best.min(extrinsic.last_block);
        let found = self.find(extrinsic, extrinsic.first_block..=last).await?;
        if found.is_none() && best > extrinsic.last_block {
            return Err(ChainError::Expired { extrinsic_hash: extrinsic.name(), last_block: extrinsic.last_block });
        }
        Ok(found)
    }

    async fn find(
        &self,
        extrinsic: &Extrinsic,
        blocks: RangeInclusive<BlockNumber>,
    ) -> Result<Option<H256>, ChainError> {
        for number in blocks {
            let Some(hash) = self.block_hash(number).await? else { continue };
            if self.position(extrinsic, hash).await?.is_some() {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    /// The block's number, and the extrinsic's place in it.
    async fn position(&self, extrinsic: &Extrinsic, block: H256) -> Result<Option<(BlockNumber, u32)>, ChainError> {
        let Some(block) = self.block(block).await?.map(|signed| signed.block) else { return Ok(None) };
        let mut extrinsics = block.extrinsics.iter();
        let index = extrinsics.position(|other| codec::Encode::encode(other) == extrinsic.bytes.0);
        Ok(index.map(|index| (*block.header.number(), index as u32)))
    }

    async fn outcome(&self, extrinsic: &Extrinsic, block: H256) -> Result<Included, ChainError> {
        match self.effects_in(extrinsic, block).await {
            Err(error @ ChainError::Unreachable { .. }) => {
                Err(unknown(extrinsic, format!("block {block:?} holds it, but {error}")))
            }
            outcome => outcome,
        }
    }

    /// What the extrinsic did in the block that holds it.
    pub(crate) async fn effects_in(&self, extrinsic: &Extrinsic, block: H256) -> Result<Included, ChainError> {
        let unread = |error: ChainError| match error {
            ChainError::Unreachable { .. } => error,
            _ => unknown(extrinsic, format!("block {block:?} holds it, but {error}")),
        };
        let gone = || unknown(extrinsic, format!("block {block:?}, which held it, is gone"));
        let (number, index) = self.position(extrinsic, block).await.map_err(unread)?.ok_or_else(gone)?;
        let events = self.events(block).await.map_err(unread)?.ok_or_else(gone)?;
        let runtime = self.runtime().await.map_err(unread)?;
        let effects = effects(&events, index, &runtime.metadata)?;
        Ok(Included {
            block: number,
            block_hash: format!("{block:?}"),
            extrinsic_hash: extrinsic.name(),
            subnet_created: effects.subnet_created,
            motion_proposed: effects.motion_proposed,
        })
    }
}

/// What a status says about where the extrinsic ended; nothing while that is open.
fn fate(status: TransactionStatus<H256, H256>, account: &AccountId) -> Option<Result<H256, Refusal>> {
    use TransactionStatus::*;
    match status {
        InBlock(block) | Finalized(block) | FinalityTimeout(block) => Some(Ok(block)),
        Usurped(_) => Some(Err(Refusal::Overtaken(account.clone()))),
        Dropped => Some(Err(Refusal::PoolFull)),
        Invalid => Some(Err(Refusal::BecameInvalid)),
        Future | Ready | Broadcast(_) | Retracted(_) => None,
    }
}

pub(crate) fn refusal(error: &ErrorObjectOwned, account: &AccountId) -> Refusal {
    let data: Option<String> = error.data().and_then(|data| serde_json::from_str(data.get()).ok());
    Refusal::from_rpc(error.code(), error.message(), data.as_deref().unwrap_or_default(), account)
}

fn unknown(extrinsic: &Extrinsic, reason: String) -> ChainError {
    ChainError::OutcomeUnknown { extrinsic_hash: extrinsic.name(), last_block: extrinsic.last_block, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scripted_node::metadata::{module_error, Record};
    use scripted_node::{Fate, Node};
    use sp_core::blake2_256;

    fn alice() -> sr25519::Pair {
        sr25519::Pair::from_string("//Alice", None).unwrap()
    }

    fn node(fate: Fate, events: Vec<Record>) -> Node {
        let node = Node::default();
        node.change(|state| (state.fate, state.events) = (fate, events));
        node
    }

    async fn submit(node: &Node) -> Result<Included, ChainError> {
        let (address, _server) = node.serve_anywhere().await;
        let call = Call::CreateSubnet { owner_hotkey: AccountId::new([7; 32]) };
        Chain::new(&format!("ws://{address}")).submit(&alice(), call).await
    }

    #[tokio::test]
    async fn a_call_is_seen_through_until_a_block_holds_it() {
        let node = node(Fate::Included, vec![Record::succeeded(0), Record::created(0, NetUid(4))]);
        let included = submit(&node).await.unwrap();
        assert_eq!((included.block, included.subnet_created), (1, Some(NetUid(4))));
        assert_eq!(included.block_hash, format!("{:?}", H256::from_low_u64_be(1)));
        let hash = blake2_256(&node.state().extrinsics()[0]);
        assert_eq!(included.extrinsic_hash, format!("{:?}", H256(hash)));
    }

    #[tokio::test]
    async fn a_call_that_a_block_holds_but_that_failed_is_an_error() {
        let error = submit(&node(Fate::Included, vec![Record::failed(0, module_error())])).await.unwrap_err();
        assert!(matches!(error, ChainError::Rejected { .. }), "{error}");
    }

    #[tokio::test]
    async fn an_extrinsic_whose_node_went_away_is_looked_up_when_it_is_back() {
        let node = node(Fate::IncludedSilently, vec![Record::succeeded(0)]);
        let (address, server) = node.serve_anywhere().await;
        let chain = Chain::new(&format!("ws://{address}"));
        let call = Call::DissolveSubnet { netuid: NetUid(1) };
        let submitting = tokio::spawn(async move { chain.submit(&alice(), call).await });
        while node.state().submissions == 0 {
            tokio::task::yield_now().await;
        }
        server.stop().unwrap();
        server.stopped().await;
        let (_, _server) = node.serve(address).await;
        assert_eq!(submitting.await.unwrap().unwrap().block, 1);
        assert_eq!(node.state().submissions, 1);
    }

    #[tokio::test]
    async fn a_refusal_of_the_pool_is_explained() {
        let node = node(Fate::Refused(1010, "Inability to pay some fees (e.g. account balance too low)"), vec![]);
        let error = submit(&node).await.unwrap_err();
        assert_eq!(error, ChainError::Refused(Refusal::CannotPay(alice().public().into())));
        assert_eq!(node.state().submissions, 1);
    }

    #[tokio::test]
    async fn a_nonce_that_another_process_took_is_tried_again_a_few_times() {
        let node = node(Fate::Refused(1014, "low priority"), vec![]);
        let error = submit(&node).await.unwrap_err();
        assert_eq!(error, ChainError::Refused(Refusal::Overtaken(alice().public().into())));
        assert_eq!(node.state().submissions, NONCE_ATTEMPTS as usize);
    }

    #[tokio::test]
    async fn calls_of_one_account_take_one_nonce_each() {
        let node = node(Fate::Included, vec![Record::succeeded(0)]);
        let (address, _server) = node.serve_anywhere().await;
        let chain = Chain::new(&format!("ws://{address}"));
        let tasks: Vec<_> = (0..4u16)
            .map(|netuid| {
                let chain = chain.clone();
                let call = Call::DissolveSubnet { netuid: NetUid(netuid) };
                tokio::spawn(async move { chain.submit(&alice(), call).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        // Length (two bytes), version, sender (33), signature (65), era (two), then the compact nonce.
        let nonces: Vec<u8> = node.state().extrinsics().iter().map(|bytes| bytes[2 + 1 + 33 + 65 + 2] / 4).collect();
        assert_eq!(nonces, [0, 1, 2, 3]);
    }
}
