//! How large an epoch is, which is what its weight grows with.

use crate::{Config, WeightInfo};
use chain_traits::{Payout, StakeWeight};
use frame_support::weights::Weight;
use primitives::NetUid;

pub struct Size {
    neurons: u32,
    /// Who holds a permit before or after the epoch, or is paid as a validator, whichever are most.
    validators: u32,
    /// Weights, or bonds before or after the epoch, whichever are most.
    entries: u32,
    /// Hotkeys among which dividends are shared: validators and their parents.
    payees: u32,
}

impl Size {
    pub fn of(input: &yuma::Input) -> Self {
        Self {
            neurons: input.alpha_stake.len() as u32,
            validators: held(&input.validator_permit),
            entries: entries(&input.weights).max(entries(&input.bonds)),
            payees: 0,
        }
    }

    /// Of the whole epoch, now that it is known what came out.
    pub fn with<T: Config>(self, netuid: NetUid, outcome: &yuma::Outcome, payouts: &[Payout]) -> Self {
        let paid = || payouts.iter().filter(|payout| payout.validator > 0);
        Self {
            neurons: self.neurons,
            validators: self.validators.max(held(&outcome.validator_permit)).max(paid().count() as u32),
            entries: self.entries.max(entries(&outcome.bonds)),
            payees: paid().map(|payout| T::Stake::payees(netuid, &payout.hotkey)).sum(),
        }
    }

    pub fn weight<T: Config>(&self) -> Weight {
        T::WeightInfo::epoch(self.neurons, self.validators, self.entries, self.payees)
    }
}

fn held(permits: &[bool]) -> u32 {
    permits.iter().filter(|permit| **permit).count() as u32
}

fn entries(rows: &yuma::Rows) -> u32 {
    rows.iter().map(|row| row.len() as u32).sum()
}
