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

/// Why a process cannot work with its hotkey.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    #[error("nobody follows the chain any more; please report it")]
    Lost(#[from] RecvError),
    #[error(
        "{hotkey} belongs to the coldkey {owner}, which would be paid for its work, and not to this wallet's, {coldkey}: \
         whoever names a hotkey first owns it. If that coldkey is yours, give its wallet; else take a new hotkey with \
         `plexus wallet new NAME --hotkey ANOTHER`"
    )]
    OfAnother { hotkey: AccountId, owner: AccountId, coldkey: AccountId },
}

/// The seat of `hotkey`, as soon as it has one; until then the log says what to do. Where `coldkey` is known, the hotkey
/// has to belong to it.
pub async fn seat(
    view: &mut View,
    netuid: NetUid,
    hotkey: &AccountId,
    coldkey: Option<&AccountId>,
) -> Result<Uid, SeatError> {
    let (uid, owner) = first_seat(view, netuid, hotkey).await?;
    match coldkey {
        Some(coldkey) if owner != *coldkey => {
            Err(SeatError::OfAnother { hotkey: hotkey.clone(), owner, coldkey: coldkey.clone() })
        }
        _ => Ok(uid),
    }
}

/// With the coldkey that it pays.
async fn first_seat(view: &mut View, netuid: NetUid, hotkey: &AccountId) -> Result<(Uid, AccountId), RecvError> {
    let seat = |view: &Option<Arc<Metagraph>>| {
        view.as_ref()?.by_hotkey(hotkey).map(|neuron| (neuron.uid, neuron.coldkey.clone()))
    };
    if seat(&*view.wait_for(Option::is_some).await?).is_none() {
        warn!(
            "{hotkey} holds no seat yet: take one with `plexus register {netuid} --hotkey-address {hotkey}`; waiting"
        );
    }
    loop {
        if let Some(found) = seat(&view.borrow_and_update()) {
            return Ok(found);
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
