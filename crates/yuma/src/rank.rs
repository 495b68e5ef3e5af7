//! What the stake says about each miner: `R_j = sum_i A_i * w_ij`.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// The stake-weighted sum of every column.
pub fn rank(weights: &Matrix, active_stake: &[Fixed]) -> Vec<Fixed> {
    let mut ranks = vec![Fixed::ZERO; active_stake.len()];
    for (row, &stake) in weights.rows().zip(active_stake).filter(|(_, stake)| **stake > Fixed::ZERO) {
        row.for_each(|(column, weight)| ranks[usize::from(column)] += stake * weight);
    }
    ranks
}
