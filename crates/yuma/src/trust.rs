//! How much of what was said stands: of a validator's weights, and of the weights towards a miner.

use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// `sum_j clipped_ij` for every validator, with active stake or without.
pub fn validator_trust(clipped: &Matrix) -> Vec<Fixed> {
    clipped.rows().map(|row| row.map(|(_, weight)| weight).sum()).collect()
}

/// The rank after the clip over the rank before it; 0 for who had none.
pub fn trust(ranks: &[Fixed], before: &[Fixed]) -> Vec<Fixed> {
    ranks.iter().zip(before).map(|(&after, &before)| after / before).collect()
}
