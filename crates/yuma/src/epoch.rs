//! The epoch in full precision, and what of it is stored and paid.

use alloc::vec::Vec;

use crate::bonds;
use crate::clip::clip;
use crate::fixed::Fixed;
use crate::matrix::Matrix;
use crate::normalise::normalise;
use crate::rank::Ranks;
use crate::split::{pay, Shares};
use crate::stake::Total;
use crate::types::Outcome;

/// Everything that an epoch works out, before it is rounded to `u16` and base units. Lists: index = uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    pub active: Vec<bool>,
    /// The permits that the next epoch begins with.
    pub new_permits: Vec<bool>,
    /// Stake in base units, below the threshold too.
    pub totals: Vec<Total>,
    /// S: shares of all stake.
    pub stake: Vec<Fixed>,
    /// A: shares of the stake of active validators.
    pub active_stake: Vec<Fixed>,
    /// W: masked and normalised by rows.
    pub weights: Matrix,
    /// C.
    pub consensus: Vec<Fixed>,
    pub validator_trust: Vec<Fixed>,
    pub ranks: Ranks,
    /// The clipped rank over the given one.
    pub trust: Vec<Fixed>,
    /// I.
    pub incentive: Vec<Fixed>,
    /// E, of the kind that `yuma3` says.
    pub bonds: Matrix,
    pub yuma3: bool,
    /// D.
    pub dividends: Vec<Fixed>,
    pub shares: Shares,
}

impl Epoch {
    /// W clipped at C.
    pub fn clipped(&self) -> Matrix {
        clip(&self.weights, &self.consensus)
    }

    /// What is stored, and what each neuron is paid of `emission` base units.
    pub fn outcome(&self, emission: u64) -> Outcome {
        Outcome {
            active: self.active.clone(),
            validator_permit: self.new_permits.clone(),
            stake: self.totals.iter().map(|total| total.floor()).collect(),
            stake_weight: to_u16(&self.stake),
            consensus: to_u16(&self.consensus),
            validator_trust: to_u16(&self.validator_trust),
            rank: to_u16(&normalise(&self.ranks.clipped)),
            trust: to_u16(&self.trust),
            incentive: to_u16(&self.incentive),
            dividends: to_u16(&self.dividends),
            server_emission: pay(&self.shares.server, emission),
            validator_emission: pay(&self.shares.validator, emission),
            emission: pay(&self.shares.combined, emission),
            bonds: bonds::stored(&self.bonds, &self.new_permits, self.yuma3),
        }
    }
}

fn to_u16(values: &[Fixed]) -> Vec<u16> {
    values.iter().map(|value| value.to_u16()).collect()
}
