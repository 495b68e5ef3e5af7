//! What the epochs paid, booked as they pass.

use primitives::{Amount, BlockNumber, Metagraph, Uid};
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Default)]
pub struct Ledger {
    /// Epochs booked.
    pub epochs: u32,
    /// From the start of the run to the first epoch that paid a miner for its answers.
    pub first_emission: Option<Duration>,
    last_epoch: Option<BlockNumber>,
    earned: BTreeMap<Uid, Amount>,
}

impl Ledger {
    /// Books the last epoch unless it has been; returns whether it was new. `now` counts from the start of the run.
    pub fn observe(&mut self, metagraph: &Metagraph, now: Duration) -> bool {
        if metagraph.last_epoch.is_none() || metagraph.last_epoch <= self.last_epoch {
            return false;
        }
        self.last_epoch = metagraph.last_epoch;
        self.epochs += 1;
        for neuron in &metagraph.neurons {
            let earned = self.earned.entry(neuron.uid).or_default();
            *earned = earned.saturating_add(neuron.emission);
        }
        let pays_miners = metagraph.neurons.iter().any(|neuron| neuron.incentive > 0 && neuron.emission > 0);
        if pays_miners {
            self.first_emission.get_or_insert(now);
        }
        true
    }

    /// What the booked epochs paid to a seat, in base units.
    pub fn earned(&self, uid: Uid) -> Amount {
        self.earned.get(&uid).copied().unwrap_or(0)
    }
}
