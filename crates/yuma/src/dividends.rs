//! What owning miners earns.

use alloc::vec::Vec;

use crate::fixed::{Divisor, Fixed};
use crate::matrix::Matrix;
use crate::normalise::normalise;

/// Classic: `D_i = sum_j I_j * E_ij`, normalised.
pub fn classic(bonds: &Matrix, incentive: &[Fixed]) -> Vec<Fixed> {
    let earned = |(column, bond)| incentive[usize::from(column)] * bond;
    let dividends: Vec<Fixed> = bonds.rows().map(|row| row.entries().map(earned).sum()).collect();
    normalise(&dividends)
}

/// Yuma 3: `D_i = A_i * sum_j I_j * E_ij / sum_k E_kj`, normalised. The stake comes in here: it is not in the bonds.
///
/// `sums` are those of the columns.
pub fn yuma3(bonds: &Matrix, sums: &[Divisor], incentive: &[Fixed], active_stake: &[Fixed]) -> Vec<Fixed> {
    let earned = |(column, bond)| sums[usize::from(column)].divide(bond) * incentive[usize::from(column)];
    let per_stake = bonds.rows().map(|row| row.entries().map(earned).sum::<Fixed>());
    let dividends: Vec<Fixed> = per_stake.zip(active_stake).map(|(earned, &stake)| earned * stake).collect();
    normalise(&dividends)
}
