//! Who may ask, and how much they count: the hotkeys that are registered on the subnet, by their stake.

use chain_client::view::View;
use primitives::{AccountId, Amount, NetUid, TOKEN};
use protocol::{Admission, Code, Refusal};
use std::collections::BTreeSet;

/// How many turns the hotkey with most stake on the subnet gets for one of a hotkey without any.
const MOST_WEIGHT: f64 = 16.0;

/// Whom the operator does not serve, though they are registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub refused: BTreeSet<AccountId>,
    /// Base units of stake on the subnet that a hotkey needs.
    pub min_stake: Amount,
}

/// Admits by the newest snapshot of the subnet; while the node is away, by the last one.
pub struct Registered {
    netuid: NetUid,
    view: View,
    rules: Rules,
}

impl Registered {
    pub fn new(netuid: NetUid, view: View, rules: Rules) -> Self {
        Self { netuid, view, rules }
    }

    /// How many turns `sender` gets for one of a hotkey without stake: 1 to 16, by its stake beside the largest one.
    pub fn weight(&self, sender: &AccountId) -> f64 {
        let view = self.view.borrow();
        let Some(metagraph) = view.as_ref() else { return 1.0 };
        let stake = metagraph.by_hotkey(sender).map_or(0, |seat| seat.stake);
        let most = metagraph.neurons.iter().map(|seat| seat.stake).max().unwrap_or_default();
        1.0 + (MOST_WEIGHT - 1.0) * stake as f64 / most.max(1) as f64
    }

    fn check_stake(&self, stake: Amount) -> Result<(), Refusal> {
        if stake >= self.rules.min_stake {
            return Ok(());
        }
        let (netuid, least) = (self.netuid, self.rules.min_stake.div_ceil(TOKEN));
        let message = format!("This miner serves hotkeys with {least} tokens of stake on subnet {netuid}; add stake.");
        Err(Refusal::new(Code::Forbidden, message))
    }
}

impl Admission for Registered {
    fn admit(&self, sender: &AccountId) -> Result<(), Refusal> {
        if self.rules.refused.contains(sender) {
            let message = format!("The operator of this miner does not serve {sender}; ask another miner.");
            return Err(Refusal::new(Code::Forbidden, message));
        }
        let netuid = self.netuid;
        let seat = match self.view.borrow().as_ref() {
            Some(metagraph) => metagraph.by_hotkey(sender).map(|seat| seat.stake),
            None => {
                let message =
                    "This miner has not reached its node yet and does not know who is registered; ask again in a moment.";
                return Err(Refusal::new(Code::Failed, message));
            }
        };
        match seat {
            Some(stake) => self.check_stake(stake),
            None => Err(Refusal::new(
                Code::NotRegistered,
                format!("{sender} holds no seat on subnet {netuid}; `plexus register {netuid}` takes one."),
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

    /// On a subnet of three, where account 1 holds 10 tokens and account 2 holds 40.
    fn registered(rules: Rules) -> Registered {
        let mut metagraph = metagraph(3);
        metagraph.neurons[1].stake = 10 * TOKEN;
        metagraph.neurons[2].stake = 40 * TOKEN;
        Registered::new(NetUid(1), watch::channel(Some(Arc::new(metagraph))).1, rules)
    }

    #[test]
    fn only_holders_of_a_seat_may_ask() {
        let admission = registered(Rules::default());
        assert_eq!(admission.admit(&account(1)), Ok(()));
        let refusal = admission.admit(&account(9)).unwrap_err();
        assert_eq!(refusal.code, Code::NotRegistered);
        assert!(refusal.message.contains("plexus register 1"), "{refusal}");
    }

    #[test]
    fn the_last_snapshot_counts_when_the_node_is_gone() {
        assert_eq!(registered(Rules::default()).admit(&account(1)), Ok(()));
    }

    #[test]
    fn before_the_first_snapshot_nobody_is_known() {
        let (_sender, view) = watch::channel(None);
        let admission = Registered::new(NetUid(1), view, Rules::default());
        assert_eq!(admission.admit(&account(1)).unwrap_err().code, Code::Failed);
        assert_eq!(admission.weight(&account(1)), 1.0);
    }

    #[test]
    fn whom_the_operator_refuses_is_told_so() {
        let admission = registered(Rules { refused: [account(1)].into(), ..Rules::default() });
        let refusal = admission.admit(&account(1)).unwrap_err();
        assert_eq!(refusal.code, Code::Forbidden);
        assert!(refusal.message.contains(&account(1).to_string()), "{refusal}");
        assert_eq!(admission.admit(&account(2)), Ok(()));
    }

    #[test]
    fn less_stake_than_the_operator_asks_for_is_told_with_the_amount() {
        let admission = registered(Rules { min_stake: 40 * TOKEN, ..Rules::default() });
        let refusal = admission.admit(&account(1)).unwrap_err();
        assert_eq!(refusal.code, Code::Forbidden);
        assert!(refusal.message.contains("40 tokens"), "{refusal}");
        assert_eq!(admission.admit(&account(2)), Ok(()));
    }

    #[test]
    fn weights_follow_stake_and_are_never_nothing() {
        let admission = registered(Rules::default());
        assert_eq!([0, 1, 2, 9].map(|n| admission.weight(&account(n))), [1.0, 4.75, 16.0, 1.0]);
    }
}
