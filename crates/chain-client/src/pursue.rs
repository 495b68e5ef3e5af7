//! Pursuing an extrinsic until it is final, for as long as that takes and whoever signed it.

use crate::connection::Failure;
use crate::extrinsic::Extrinsic;
use crate::submit::refusal;
use crate::{Chain, ChainError, Included, Refusal};
use primitives::AccountId;
use serde_json::{json, Value};

/// Where an extrinsic is that no error has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In no block of the chain as it stands; the node has it now, unless it said why it does not take it yet.
    Nowhere(Option<Refusal>),
    /// In a block, where the call succeeded; a fork can still undo that.
    Included(Included),
    /// In a block that no fork can undo, where the call succeeded.
    Final(Included),
}

impl Chain {
    /// Looks for `extrinsic`, which `account` signed, in the blocks that can hold it, and offers it to the node where none
    /// does. It counts once, so this may be repeated at will.
    ///
    /// # Errors
    /// `Unreachable`: nothing is known, ask again. Any other ends the pursuit: the call failed, the node will never take
    /// the extrinsic, no block can hold it any more, or what it did cannot be read.
    pub async fn pursue(&self, extrinsic: &Extrinsic, account: &AccountId) -> Result<Place, ChainError> {
        if let Some(place) = self.place(extrinsic).await? {
            return Ok(place);
        }
        match self.offer(extrinsic, account).await {
            Ok(()) | Err(ChainError::Refused(Refusal::AlreadyKnown)) => Ok(Place::Nowhere(None)),
            Err(ChainError::Refused(refusal)) if refusal.may_pass() => Ok(Place::Nowhere(Some(refusal))),
            // It is refused too where a block took it just now.
            Err(ChainError::Refused(refusal)) => Ok(self.place(extrinsic).await?.ok_or(refusal)?),
            Err(error) => Err(error),
        }
    }

    /// What is final is asked for first: all that is found below it afterwards cannot change any more.
    async fn place(&self, extrinsic: &Extrinsic) -> Result<Option<Place>, ChainError> {
        let finalized = self.finalized_block().await?;
        let Some(block) = self.search_once(extrinsic).await? else { return Ok(None) };
        let included = self.effects_in(extrinsic, block).await?;
        let place = if included.block <= finalized { Place::Final } else { Place::Included };
        Ok(Some(place(included)))
    }

    async fn offer(&self, extrinsic: &Extrinsic, account: &AccountId) -> Result<(), ChainError> {
        const METHOD: &str = "author_submitExtrinsic";
        match self.inner.connection.ask::<Value>(METHOD, vec![json!(extrinsic.bytes)]).await {
            Ok(_) => Ok(()),
            Err(Failure::Answered(error)) => Err(refusal(&error, account).into()),
            Err(failure) => Err(self.inner.connection.explain(METHOD, failure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Call;
    use primitives::NetUid;
    use scripted_node::metadata::{module_error, Record};
    use scripted_node::{Fate, Node, ServerHandle, State};
    use sp_core::{sr25519, Pair};

    fn alice() -> sr25519::Pair {
        sr25519::Pair::from_string("//Alice", None).unwrap()
    }

    /// An extrinsic of Alice's, and a node of the given habit.
    struct Pursuit {
        node: Node,
        chain: Chain,
        extrinsic: Extrinsic,
        _server: ServerHandle,
    }

    impl Pursuit {
        async fn new(fate: Fate) -> Self {
            let node = Node::default();
            node.change(|state| {
                (state.fate, state.events) = (fate, vec![Record::succeeded(0)]);
                state.mine();
            });
            let (address, server) = node.serve_anywhere().await;
            let chain = Chain::new(&format!("ws://{address}"));
            let extrinsic = chain.prepare(&alice(), &Call::DissolveSubnet { netuid: NetUid(1) }).await.unwrap();
            Self { node, chain, extrinsic, _server: server }
        }

        async fn look(&self) -> Result<Place, ChainError> {
            self.chain.pursue(&self.extrinsic, &alice().public().into()).await
        }

        async fn after<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<Place, ChainError> {
            self.node.change(change);
            self.look().await
        }
    }

    /// The number of the block that holds it.
    fn included(place: Result<Place, ChainError>) -> u32 {
        match place.unwrap() {
            Place::Included(included) => included.block,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_extrinsic_is_offered_then_included_then_final() {
        let pursuit = Pursuit::new(Fate::Pooled).await;
        assert_eq!(pursuit.look().await, Ok(Place::Nowhere(None)));
        assert_eq!(pursuit.look().await, Ok(Place::Nowhere(None)));
        assert_eq!(included(pursuit.after(|state| state.mine()).await), 2);
        assert_eq!(included(pursuit.after(|state| state.finalized = 1).await), 2);
        let place = pursuit.after(|state| state.finalized = 2).await;
        assert!(matches!(&place, Ok(Place::Final(included)) if included.block == 2), "{place:?}");
        assert_eq!(pursuit.node.state().extrinsics().len(), 1);
    }

    #[tokio::test]
    async fn an_extrinsic_whose_block_a_fork_undid_is_offered_again_and_found_in_another() {
        let pursuit = Pursuit::new(Fate::Pooled).await;
        pursuit.look().await.unwrap();
        assert_eq!(included(pursuit.after(|state| state.mine()).await), 2);
        assert_eq!(pursuit.after(|state| state.fork(2, vec![vec![], vec![]])).await, Ok(Place::Nowhere(None)));
        assert_eq!(included(pursuit.after(|state| state.mine()).await), 4);
    }

    #[tokio::test]
    async fn a_fork_that_holds_it_elsewhere_is_followed() {
        let pursuit = Pursuit::new(Fate::Included).await;
        pursuit.look().await.unwrap();
        assert_eq!(included(pursuit.look().await), 2);
        let held = pursuit.node.state().extrinsics();
        assert_eq!(included(pursuit.after(|state| state.fork(2, vec![vec![], held])).await), 3);
        let submissions = pursuit.node.state().submissions;
        assert_eq!(submissions, 1);
    }

    #[tokio::test]
    async fn an_extrinsic_that_the_node_forgets_is_offered_until_no_block_can_take_it() {
        let pursuit = Pursuit::new(Fate::Forgotten).await;
        let lives = pursuit.extrinsic.last_block - 1;
        for block in 1..=lives {
            assert_eq!(pursuit.look().await, Ok(Place::Nowhere(None)), "after {block} blocks");
            pursuit.node.change(|state| state.mine());
        }
        assert_eq!(pursuit.look().await, Ok(Place::Nowhere(None)));
        let error = pursuit.after(|state| state.mine()).await.unwrap_err();
        assert!(matches!(error, ChainError::Expired { .. }), "{error}");
        assert_eq!(pursuit.node.state().submissions, lives as usize + 1);
    }

    #[tokio::test]
    async fn a_pool_that_is_full_is_asked_again_and_a_refusal_for_good_ends_it() {
        let full = Fate::Refused(1016, "");
        let pursuit = Pursuit::new(full).await;
        assert_eq!(pursuit.look().await, Ok(Place::Nowhere(Some(Refusal::PoolFull))));
        let error = pursuit.after(|state| state.fate = Fate::Refused(1010, "bad signature")).await.unwrap_err();
        assert_eq!(error, ChainError::Refused(Refusal::BadSignature));
    }

    #[tokio::test]
    async fn a_call_that_fails_in_its_block_ends_it_with_the_reason() {
        let pursuit = Pursuit::new(Fate::Included).await;
        pursuit.look().await.unwrap();
        let error = pursuit.after(|state| state.events = vec![Record::failed(0, module_error())]).await.unwrap_err();
        assert!(matches!(error, ChainError::Rejected { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_node_that_is_gone_ends_nothing() {
        let pursuit = Pursuit::new(Fate::Pooled).await;
        let gone = Chain::new("ws://127.0.0.1:1");
        let error = gone.pursue(&pursuit.extrinsic, &alice().public().into()).await.unwrap_err();
        assert!(matches!(error, ChainError::Unreachable { .. }), "{error}");
    }
}
