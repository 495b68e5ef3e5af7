//! The newest block's hash, which nobody knew before that block: rounds draw from it.

use crate::board::Board;
use chain_client::view::View;
use chain_client::Chain;
use std::sync::Arc;
use tokio::sync::watch;
use tracing::debug;
use validator_api::Beacon;

/// None until the chain has told one; kept when the node goes away.
pub type Beacons = watch::Receiver<Option<Beacon>>;

/// Asks for the hash of each block of `view`, for as long as somebody looks.
pub fn follow(chain: Chain, mut view: View, board: Arc<Board>) -> Beacons {
    let (sender, beacons) = watch::channel(None);
    tokio::spawn(async move {
        while !sender.is_closed() && view.changed().await.is_ok() {
            board.heard();
            let Some(block) = view.borrow_and_update().as_ref().map(|metagraph| metagraph.block) else { continue };
            match chain.block_hash(block).await {
                Ok(Some(block_hash)) => drop(sender.send_replace(Some(Beacon { block, block_hash }))),
                Ok(None) => debug!(block, "a fork took the block away"),
                Err(error) => debug!(block, "the block's hash is not known: {error}"),
            }
        }
    });
    beacons
}
