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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use primitives::NeuronInfo;

    /// An epoch that paid 5 to a validator (uid 0) and `miner` to a miner (uid 1).
    fn epoch(block: BlockNumber, miner: Amount) -> Metagraph {
        let validator = NeuronInfo { emission: 5, dividends: 1, ..testing::neuron(0) };
        let miner = NeuronInfo { emission: miner, incentive: miner.min(1) as u16, ..testing::neuron(1) };
        testing::metagraph(Some(block), vec![validator, miner])
    }

    #[test]
    fn an_epoch_is_booked_once_however_often_it_is_seen() {
        let mut ledger = Ledger::default();
        assert!(!ledger.observe(&testing::metagraph(None, vec![testing::neuron(0)]), Duration::ZERO));
        assert!(ledger.observe(&epoch(8, 2), Duration::ZERO));
        assert!(!ledger.observe(&epoch(8, 2), Duration::ZERO));
        assert!(ledger.observe(&epoch(18, 3), Duration::ZERO));
        assert_eq!((ledger.epochs, ledger.earned(0), ledger.earned(1), ledger.earned(7)), (2, 10, 5, 0));
    }

    #[test]
    fn the_first_emission_is_the_first_that_pays_a_miner() {
        let mut ledger = Ledger::default();
        ledger.observe(&epoch(8, 0), Duration::from_secs(1));
        assert_eq!(ledger.first_emission, None, "validators alone were paid");
        ledger.observe(&epoch(18, 3), Duration::from_secs(2));
        ledger.observe(&epoch(28, 3), Duration::from_secs(3));
        assert_eq!(ledger.first_emission, Some(Duration::from_secs(2)));
    }
}
