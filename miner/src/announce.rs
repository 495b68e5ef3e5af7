//! Keeping the address on the chain true.

use chain_client::view::View;
use chain_client::{Call, Chain, ChainError};
use primitives::{AccountId, Axon, BlockNumber, Metagraph, NetUid};
use sp_core::sr25519;
use tracing::{error, info, warn};

/// Blocks between a failed announcement and the next.
const BACK_OFF: BlockNumber = 5;

pub struct Announcer {
    pub chain: Chain,
    pub pair: sr25519::Pair,
    pub hotkey: AccountId,
    pub netuid: NetUid,
    pub axon: Axon,
}

impl Announcer {
    /// Looks at each new snapshot, for as long as the view lives, and announces whenever the chain names another address
    /// than ours.
    pub async fn run(self, mut view: View) {
        let (mut not_before, mut seated) = (0, false);
        loop {
            let metagraph = view.borrow_and_update().clone();
            if let Some(metagraph) = metagraph {
                seated = self.watch_seat(&metagraph, seated);
                if metagraph.block >= not_before && self.is_due(&metagraph) {
                    not_before = self.announce(&metagraph).await;
                }
            }
            if view.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether this miner has a seat; tells when it has just lost it.
    fn watch_seat(&self, metagraph: &Metagraph, had: bool) -> bool {
        let has = metagraph.by_hotkey(&self.hotkey).is_some();
        if had && !has {
            let (hotkey, netuid) = (&self.hotkey, self.netuid);
            warn!(
                block = metagraph.block,
                "{hotkey} lost its seat: a newcomer replaces whoever earns least; take another one with \
                 `plexus register {netuid} --hotkey-address {hotkey}`"
            );
        }
        has
    }

    /// Whether this miner has a seat whose axon is not ours.
    fn is_due(&self, metagraph: &Metagraph) -> bool {
        metagraph.by_hotkey(&self.hotkey).is_some_and(|seat| seat.axon != Some(self.axon))
    }

    /// The block before which there is nothing more to do.
    async fn announce(&self, metagraph: &Metagraph) -> BlockNumber {
        let axon = self.axon;
        let retry = metagraph.block + BACK_OFF;
        let call = Call::ServeAxon { netuid: self.netuid, axon };
        match self.chain.submit(&self.pair, call).await {
            Ok(included) => {
                info!(%axon, block = included.block, "announced");
                return included.block;
            }
            Err(error) if error.is_transient() => warn!(%axon, "not announced yet: {error}; again at block {retry}"),
            // A call that its rate limit forbids is not free, and a hotkey cannot pay.
            Err(ChainError::Refused(error)) => warn!(
                %axon,
                "not announced: {error}. If the last announcement is not {limit} blocks old yet, this is the subnet's \
                 serving_rate_limit and will pass; again at block {retry}",
                limit = metagraph.subnet.hyperparams.serving_rate_limit,
            ),
            Err(error) => error!(%axon, "the address is not announced: {error}; again at block {retry}"),
        }
        retry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{metagraph, pair};
    use sp_core::Pair;

    fn axon(port: u16) -> Axon {
        Axon::new(([127, 0, 0, 1], port).into(), protocol::VERSION)
    }

    fn announcer(hotkey: AccountId) -> Announcer {
        Announcer { chain: Chain::new("ws://127.0.0.1:9"), pair: pair(), hotkey, netuid: NetUid(1), axon: axon(7) }
    }

    #[test]
    fn an_address_is_announced_when_the_chain_names_none_or_another() {
        let mut metagraph = metagraph(2);
        let hotkey = metagraph.neurons[1].hotkey.clone();
        assert!(announcer(hotkey.clone()).is_due(&metagraph));
        metagraph.neurons[1].axon = Some(axon(8));
        assert!(announcer(hotkey.clone()).is_due(&metagraph));
        metagraph.neurons[1].axon = Some(axon(7));
        assert!(!announcer(hotkey).is_due(&metagraph));
    }

    #[test]
    fn without_a_seat_there_is_nothing_to_announce() {
        assert!(!announcer(pair().public().into()).is_due(&metagraph(2)));
    }
}
