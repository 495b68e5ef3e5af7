use crate::config::ChainHeader;
use crate::{Chain, ChainError};
use primitives::BlockNumber;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Without a new block for so long, the subscription is taken for dead and made anew.
const SILENCE: Duration = Duration::from_secs(60);
const RETRY_EVERY: Duration = Duration::from_secs(1);

impl Chain {
    /// The best block's number whenever it changes; zero until the first one is known. Goes on by itself after the
    /// node was away, until the last receiver is dropped. Must be called within a tokio runtime.
    pub fn follow(&self) -> watch::Receiver<BlockNumber> {
        let (sender, receiver) = watch::channel(0);
        let chain = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = chain.feed(&sender) => {}
            }
        });
        receiver
    }

    async fn feed(&self, sender: &watch::Sender<BlockNumber>) {
        let mut lost = false;
        loop {
            match self.feed_once(sender).await {
                Ok(()) => lost = false,
                Err(error) if !lost => {
                    tracing::warn!(%error, "lost sight of new blocks; trying again until the node is back");
                    lost = true;
                }
                Err(_) => {}
            }
            sleep(RETRY_EVERY).await;
        }
    }

    /// Until the subscription ends or falls silent.
    async fn feed_once(&self, sender: &watch::Sender<BlockNumber>) -> Result<(), ChainError> {
        let connection = &self.inner.connection;
        let mut heads = connection
            .subscribe::<ChainHeader>("chain_subscribeNewHeads", vec![], "chain_unsubscribeNewHeads")
            .await
            .map_err(|failure| connection.explain("chain_subscribeNewHeads", failure))?;
        while let Ok(Some(head)) = timeout(SILENCE, heads.next()).await {
            let number = head
                .map_err(|error| {
                    ChainError::VersionMismatch(format!("the node's headers are not understood ({error})"))
                })?
                .number;
            sender.send_if_modified(|known| std::mem::replace(known, number) != number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scripted_node::Node;

    #[tokio::test]
    async fn blocks_are_followed_across_a_restart_of_the_node() {
        let node = Node::default();
        let (address, server) = node.serve_anywhere().await;
        let mut blocks = Chain::new(&format!("ws://{address}")).follow();
        node.change(|state| state.mine());
        blocks.wait_for(|number| *number == 1).await.unwrap();
        server.stop().unwrap();
        server.stopped().await;
        node.change(|state| state.mine());
        let (_, _server) = node.serve(address).await;
        timeout(Duration::from_secs(20), blocks.wait_for(|number| *number == 2)).await.unwrap().unwrap();
    }
}
