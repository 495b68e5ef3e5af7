//! A subnet's neurons as a table, the same for `metagraph` and `localnet`.

use crate::address;
use crate::format::{age, brief, share};
use primitives::{BlockNumber, Metagraph, NeuronInfo};

pub const HEADER: [&str; 11] = [
    "uid",
    "hotkey",
    "role",
    "stake",
    "incentive",
    "dividends",
    "vtrust",
    "trust",
    "consensus",
    "emission",
    "last seen",
];
/// Columns from here on hold numbers.
pub const FIRST_NUMBER: usize = 3;

/// What is known about a neuron beside the chain's snapshot.
pub struct Label {
    pub role: String,
    pub last_seen: String,
}

/// One neuron's cells, in the order of [`HEADER`].
pub fn row(neuron: &NeuronInfo, label: Label) -> Vec<String> {
    vec![
        neuron.uid.to_string(),
        address::short(&neuron.hotkey),
        label.role,
        brief(neuron.stake),
        share(neuron.incentive),
        share(neuron.dividends),
        share(neuron.validator_trust),
        share(neuron.trust),
        share(neuron.consensus),
        brief(neuron.emission),
        label.last_seen,
    ]
}

/// What the chain alone tells.
pub fn label(neuron: &NeuronInfo, block: BlockNumber) -> Label {
    Label { role: role(neuron).into(), last_seen: age(neuron.last_update, block) }
}

/// Stake alone gives a permit, to miners too, as they are paid in stake: who has judged others validates.
fn role(neuron: &NeuronInfo) -> &'static str {
    let has_judged = neuron.last_update > neuron.registered_at;
    match (neuron.validator_permit, neuron.axon.is_some()) {
        (true, _) if has_judged => "validator",
        (_, true) => "miner",
        (true, false) => "validator",
        (false, false) => "-",
    }
}

pub fn rows(metagraph: &Metagraph) -> Vec<Vec<String>> {
    metagraph.neurons.iter().map(|neuron| row(neuron, label(neuron, metagraph.block))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use primitives::Axon;

    fn neuron(validator_permit: bool, last_update: BlockNumber, axon: Option<&str>) -> NeuronInfo {
        let axon = axon.map(|address| Axon::new(address.parse().unwrap(), 1));
        NeuronInfo { validator_permit, last_update, axon, ..testing::neuron(0) }
    }

    #[test]
    fn a_miner_that_was_paid_into_a_permit_stays_a_miner_until_it_judges() {
        let serving = Some("127.0.0.1:8091");
        assert_eq!(role(&neuron(true, 3, serving)), "miner");
        assert_eq!(role(&neuron(true, 9, serving)), "validator");
    }

    #[test]
    fn the_other_roles_follow_from_permit_and_axon() {
        assert_eq!(role(&neuron(true, 3, None)), "validator");
        assert_eq!(role(&neuron(false, 9, Some("127.0.0.1:8091"))), "miner");
        assert_eq!(role(&neuron(false, 3, None)), "-");
    }

    #[test]
    fn a_row_fills_every_column() {
        let neuron = neuron(true, 3, None);
        assert_eq!(row(&neuron, label(&neuron, 5)).len(), HEADER.len());
    }
}
