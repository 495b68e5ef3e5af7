//! The newest snapshot of the subnet, kept when the node goes away.

use crate::Chain;
use primitives::{AccountId, Metagraph, NetUid, Uid};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::{self, error::RecvError};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// `None` until the chain has answered once.
pub type View = watch::Receiver<Option<Arc<Metagraph>>>;

/// However fast blocks come, snapshots are at least this far apart.
const SHORTEST: Duration = Duration::from_millis(500);
/// Without news of a block the chain is asked again after this time.
const LONGEST: Duration = Duration::from_secs(5);

/// Takes a snapshot at each new block for as long as somebody looks.
pub fn follow(chain: Chain, netuid: NetUid) -> View {
    let (sender, view) = watch::channel(None);
    tokio::spawn(refresh(chain, netuid, sender));
    view
}

/// The seat of `hotkey`, as soon as it has one; until then the log says what to do. Fails when nobody refreshes any more.
pub async fn seat(view: &mut View, netuid: NetUid, hotkey: &AccountId) -> Result<Uid, RecvError> {
    let seat = |view: &Option<Arc<Metagraph>>| view.as_ref()?.by_hotkey(hotkey).map(|neuron| neuron.uid);
    if seat(&*view.wait_for(Option::is_some).await?).is_none() {
        warn!(
            "{hotkey} holds no seat yet: take one with `plexus register {netuid} --hotkey-address {hotkey}`; waiting"
        );
    }
    loop {
        if let Some(uid) = seat(&view.borrow_and_update()) {
            return Ok(uid);
        }
        view.changed().await?;
    }
}

async fn refresh(chain: Chain, netuid: NetUid, sender: watch::Sender<Option<Arc<Metagraph>>>) {
    let mut blocks = chain.follow();
    let mut trouble: Option<String> = None;
    while !sender.is_closed() {
        match chain.metagraph(netuid).await {
            Ok(metagraph) => {
                if trouble.take().is_some() {
                    info!(block = metagraph.block, "the chain answers again");
                }
                sender.send_replace(Some(Arc::new(metagraph)));
            }
            Err(error) => {
                let error = error.to_string();
                if trouble.as_ref() != Some(&error) {
                    warn!("no news from the chain ({error}); going on with what is known and trying again");
                    trouble = Some(error);
                }
            }
        }
        sleep(SHORTEST).await;
        let _ = timeout(LONGEST, blocks.changed()).await;
    }
}
