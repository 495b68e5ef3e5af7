//! What the stake says about each miner: `R_j = sum_i A_i * w_ij`, with the weights as given and as clipped.

use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// The stake-weighted sums of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// Of the weights as given.
    pub given: Vec<Fixed>,
    /// Of the clipped weights, `min(w, C)`.
    pub clipped: Vec<Fixed>,
}

/// Both sums of every column.
pub fn ranks(weights: &Matrix, consensus: &[Fixed], active_stake: &[Fixed]) -> Ranks {
    let mut columns: Vec<Column> = consensus.iter().map(|&limit| Column { limit, ..Column::default() }).collect();
    for (row, &stake) in weights.rows().zip(active_stake).filter(|(_, stake)| **stake > Fixed::ZERO) {
        for (column, weight) in row.entries() {
            let column = &mut columns[usize::from(column)];
            column.given += stake * weight;
            column.clipped += stake * weight.min(column.limit);
        }
    }
    Ranks {
        given: columns.iter().map(|column| column.given).collect(),
        clipped: columns.iter().map(|column| column.clipped).collect(),
    }
}

/// A column's sums beside the limit that one of them needs.
#[derive(Clone, Copy, Default)]
struct Column {
    limit: Fixed,
    given: Fixed,
    clipped: Fixed,
}
