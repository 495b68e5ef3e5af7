//! How much of what was said stands: of a validator's weights, and of the weights towards a miner.

use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::matrix::Matrix;
use crate::rank::Ranks;

/// `sum_j min(w_ij, C_j)` for every validator, with active stake or without.
pub fn validator_trust(weights: &Matrix, consensus: &[Fixed]) -> Vec<Fixed> {
    let stands = |(column, weight): (u16, Fixed)| weight.min(consensus[usize::from(column)]);
    weights.rows().map(|row| row.entries().map(stands).sum()).collect()
}

/// The rank after the clip over the rank before it; 0 for who had none.
pub fn trust(ranks: &Ranks) -> Vec<Fixed> {
    ranks.clipped.iter().zip(&ranks.given).map(|(&after, &before)| after / before).collect()
}
