//! What each seat was paid, epoch by epoch.

use crate::cast::{Cast, COPIER};
use crate::page::tokens;
use chain_client::view;
use e2e::{account, hotkey_of, Network, PATIENCE, SUBNET};
use primitives::{AccountId, Metagraph};
use std::sync::Arc;

/// Epochs that may go by until each honest miner is paid.
const START: usize = 12;

/// A snapshot after each epoch, from the first on that paid each honest miner.
pub struct Ledger {
    pub epochs: Vec<Arc<Metagraph>>,
}

impl Ledger {
    /// Watches `count` epochs go by.
    pub async fn watch(network: &Network, cast: &Cast, count: usize) -> Self {
        let mut view = view::follow(network.chain.clone(), SUBNET);
        let (mut ledger, mut last, mut seen) = (Self { epochs: Vec::new() }, None, 0);
        while ledger.epochs.len() < count {
            assert!(seen < START || !ledger.epochs.is_empty(), "after {seen} epochs an honest miner is not paid yet");
            seen += 1;
            let new = |view: &Option<Arc<Metagraph>>| view.as_ref().is_some_and(|view| view.last_epoch != last);
            let next = tokio::time::timeout(PATIENCE, view.wait_for(new)).await.expect("epochs go on").unwrap().clone();
            let next = next.expect("it was waited for");
            if let (Some(last), Some(epoch)) = (last, next.last_epoch) {
                let period = u32::from(next.subnet.hyperparams.tempo) + 1;
                assert!(epoch - last < 2 * period, "the epoch between {last} and {epoch} was missed");
            }
            last = next.last_epoch;
            let paid = |hotkey: &AccountId| next.by_hotkey(hotkey).is_some_and(|seat| seat.emission > 0);
            if !ledger.epochs.is_empty() || cast.steady().all(|(_, hotkey)| paid(hotkey)) {
                cast.turn(ledger.epochs.len() + 1);
                ledger.epochs.push(next);
            }
        }
        ledger
    }

    /// Tokens that a seat earned.
    pub fn earned(&self, hotkey: &AccountId) -> f64 {
        let paid = |epoch: &Arc<Metagraph>| epoch.by_hotkey(hotkey).map_or(0, |seat| seat.emission);
        tokens(self.epochs.iter().map(paid).sum())
    }

    /// From the epoch on that first paid the copier.
    pub fn under_way(&self) -> &[Arc<Metagraph>] {
        let copier = account(&hotkey_of(COPIER));
        let paid = |epoch: &Arc<Metagraph>| epoch.by_hotkey(&copier).is_some_and(|seat| seat.emission > 0);
        let start = self.epochs.iter().position(paid).unwrap_or(self.epochs.len());
        &self.epochs[start..]
    }
}

/// Pay for validating per unit of stake and epoch.
pub fn per_stake(epochs: &[Arc<Metagraph>], hotkey: &AccountId) -> f64 {
    let seats = epochs.iter().filter_map(|epoch| epoch.by_hotkey(hotkey));
    let (paid, stake) = seats.fold((0, 0), |(paid, stake), seat| (paid + seat.emission, stake + seat.stake));
    paid as f64 / stake.max(1) as f64
}
