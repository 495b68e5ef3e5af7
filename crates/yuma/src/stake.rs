//! Who counts for how much: `stake_i = alpha_i + tao_weight * tao_i`, then `S = stake / sum(stake)`.

use alloc::vec::Vec;

use crate::fixed::{Fixed, FRACTION_BITS};
use crate::normalise::normalise;

/// A neuron's stake in base units, with 32 bits behind the point: exact, since the weight of root stake has 32 too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total(u128);

impl Total {
    const ZERO: Self = Self(0);
    /// Just below 2^63 base units, where the numbers of the chain end.
    const MAX: u128 = (1 << (63 + FRACTION_BITS)) - 1;

    /// `alpha + tao * tao_weight / (2^64 - 1)`, the ratio rounded down to 32 bits; each stake counts up to `2^63 - 1`.
    pub fn new(alpha: u64, tao: u64, tao_weight: u64) -> Self {
        let limit = i64::MAX.unsigned_abs();
        let ratio = (u128::from(tao_weight) << FRACTION_BITS) / u128::from(u64::MAX);
        let exact = (u128::from(alpha.min(limit)) << FRACTION_BITS) + u128::from(tao.min(limit)) * ratio;
        Self(exact.min(Self::MAX))
    }

    /// Whole base units, rounded down.
    pub fn floor(self) -> u64 {
        (self.0 >> FRACTION_BITS) as u64
    }
}

/// What each neuron holds; both lists have one element per neuron.
pub fn totals(alpha: &[u64], tao: &[u64], tao_weight: u64) -> Vec<Total> {
    alpha.iter().zip(tao).map(|(&alpha, &tao)| Total::new(alpha, tao, tao_weight)).collect()
}

/// The stakes that reach `threshold`, the others 0. The owner's stake counts whatever its size.
pub fn above_threshold(totals: &[Total], threshold: u64, owner: Option<u16>) -> Vec<Total> {
    let owner = owner.map(usize::from);
    let counts = |uid: usize, total: Total| total.floor() >= threshold || Some(uid) == owner;
    totals.iter().enumerate().map(|(uid, &total)| if counts(uid, total) { total } else { Total::ZERO }).collect()
}

/// Each stake over the sum of all, rounded down; all 0 if nobody has any. A share below 2^-32 is 0.
pub fn shares(totals: &[Total]) -> Vec<Fixed> {
    let sum: u128 = totals.iter().map(|total| total.0).sum();
    let share = |total: &Total| (total.0 << FRACTION_BITS).checked_div(sum).unwrap_or(0);
    totals.iter().map(|total| Fixed::from_bits(share(total) as i64)).collect()
}

/// The shares of the active validators among themselves: the stake that speaks in this epoch.
pub fn active_shares(shares: &[Fixed], active: &[bool], permits: &[bool]) -> Vec<Fixed> {
    let speaks = active.iter().zip(permits).map(|(active, permit)| *active && *permit);
    let speaking: Vec<_> = shares.iter().zip(speaks).map(|(&s, speaks)| if speaks { s } else { Fixed::ZERO }).collect();
    normalise(&speaking)
}
