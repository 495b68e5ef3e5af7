//! Who gets what: shares of one, and base units.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::normalise::divide;

/// Shares of the emission, one per neuron.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// For mining.
    pub server: Vec<Fixed>,
    /// For validating.
    pub validator: Vec<Fixed>,
    /// Both together, rounded down once.
    pub combined: Vec<Fixed>,
}

/// `I / sum(I + D)`, `D / sum(I + D)` and their sum.
///
/// Half goes to the miners only if both sides have something to divide. If neither has, the validators are paid by
/// active stake, and by stake if nobody is active.
pub fn shares(incentive: &[Fixed], dividends: &[Fixed], active_stake: &[Fixed], stake: &[Fixed]) -> Shares {
    let combined: Vec<Fixed> = incentive.iter().zip(dividends).map(|(&i, &d)| i + d).collect();
    let sum: Fixed = combined.iter().copied().sum();
    if sum == Fixed::ZERO {
        let nobody_active = active_stake.iter().all(|share| *share == Fixed::ZERO);
        let fallback = if nobody_active { stake } else { active_stake };
        let server = vec![Fixed::ZERO; stake.len()];
        return Shares { server, validator: fallback.to_vec(), combined: fallback.to_vec() };
    }
    Shares { server: divide(incentive, sum), validator: divide(dividends, sum), combined: divide(&combined, sum) }
}

/// Base units of each share, rounded down. What the rounding leaves is handed to nobody.
pub fn pay(shares: &[Fixed], emission: u64) -> Vec<u64> {
    shares.iter().map(|share| share.share_of(emission)).collect()
}
