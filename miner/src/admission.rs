//! Who may ask: the hotkeys that are registered on the subnet.

use chain_client::view::View;
use primitives::{AccountId, NetUid};
use protocol::{Admission, Code, Refusal};

/// Admits by the newest snapshot of the subnet; while the node is away, by the last one.
pub struct Registered {
    netuid: NetUid,
    view: View,
}

impl Registered {
    pub fn new(netuid: NetUid, view: View) -> Self {
        Self { netuid, view }
    }
}

impl Admission for Registered {
    fn admit(&self, sender: &AccountId) -> Result<(), Refusal> {
        let netuid = self.netuid;
        match self.view.borrow().as_ref() {
            Some(metagraph) if metagraph.by_hotkey(sender).is_some() => Ok(()),
            Some(_) => Err(Refusal::new(
                Code::NotRegistered,
                format!("{sender} holds no seat on subnet {netuid}; `plexus register {netuid}` takes one."),
            )),
            None => Err(Refusal::new(
                Code::Failed,
                "This miner has not reached its node yet and does not know who is registered; ask again in a moment.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, metagraph};
    use std::sync::Arc;
    use tokio::sync::watch;

    #[test]
    fn only_holders_of_a_seat_may_ask() {
        let (_sender, view) = watch::channel(Some(Arc::new(metagraph(2))));
        let admission = Registered::new(NetUid(1), view);
        assert_eq!(admission.admit(&account(1)), Ok(()));
        let refusal = admission.admit(&account(9)).unwrap_err();
        assert_eq!(refusal.code, Code::NotRegistered);
        assert!(refusal.message.contains("plexus register 1"), "{refusal}");
    }

    #[test]
    fn the_last_snapshot_counts_when_the_node_is_gone() {
        let (sender, view) = watch::channel(Some(Arc::new(metagraph(2))));
        drop(sender);
        assert_eq!(Registered::new(NetUid(1), view).admit(&account(1)), Ok(()));
    }

    #[test]
    fn before_the_first_snapshot_nobody_is_known() {
        let (_sender, view) = watch::channel(None);
        assert_eq!(Registered::new(NetUid(1), view).admit(&account(1)).unwrap_err().code, Code::Failed);
    }
}
