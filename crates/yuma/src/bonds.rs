//! What validators own of each miner.
//!
//! Classic bonds are shares: every column adds up to one. Yuma 3 bonds stand for themselves, each between 0 and 1, so
//! a small validator's bond grows as fast as a large one's. Both are stored in the same place as `u16`.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::masks;
use crate::matrix::Matrix;
use crate::moving_average::Average;
use crate::normalise::{column_maxima, divisors, normalise_columns};
use crate::penalty::WeightsForBonds;
use crate::types::{Input, Rows};

/// Classic bonds: `E = average(normalise(W' * A), normalise(old))`, normalised; everything by columns.
///
/// `bought` are the column sums of `W' * A`.
pub fn classic(
    weights: &WeightsForBonds,
    bought: &[Fixed],
    input: &Input,
    void_from: u64,
    active_stake: &[Fixed],
    alpha: Fixed,
) -> Matrix {
    let weights = weights.sorted();
    let bought_of = divisors(bought.to_vec());
    let held_of = divisors(held_columns(input, void_from));
    let mut average = Average::new(&weights, input, void_from, alpha);
    for (uid, &stake) in active_stake.iter().enumerate() {
        average.push_row(
            uid,
            |column, weight| bought_of[usize::from(column)].divide(weight * stake),
            |column, bond| held_of[usize::from(column)].divide(units(bond)),
        );
    }
    let mut bonds = average.finish();
    normalise_columns(&mut bonds, active_stake.len());
    bonds
}

/// The column sums of the old bonds, in [`units`].
fn held_columns(input: &Input, void_from: u64) -> Vec<Fixed> {
    let mut sums = vec![Fixed::ZERO; input.bonds.len()];
    let counts = masks::bond_counts(input, void_from);
    for row in &input.bonds {
        for &(column, bond) in row.iter().filter(|(column, _)| counts(*column)) {
            sums[usize::from(column)] += units(bond);
        }
    }
    sums
}

/// A stored classic bond as that many units in the last place: only the proportions within a column matter.
fn units(bond: u16) -> Fixed {
    Fixed::from_bits(i64::from(bond))
}

/// Yuma 3 bonds at a fixed pace: `E = average(W', old)`.
pub fn yuma3(weights: &WeightsForBonds, input: &Input, void_from: u64, alpha: Fixed) -> Matrix {
    let weights = weights.sorted();
    let mut average = Average::new(&weights, input, void_from, alpha);
    for uid in 0..input.bonds.len() {
        average.push_row(uid, |_, weight| weight, |_, bond| Fixed::proportion(bond));
    }
    average.finish()
}

/// The bonds as stored: rows of who holds one of the new `permits`, as `u16`. Classic bonds are stretched so that the
/// largest of each column becomes 65535.
pub fn stored(bonds: &Matrix, permits: &[bool], yuma3: bool) -> Rows {
    let largest = if yuma3 { Vec::new() } else { column_maxima(bonds, permits.len()) };
    let scaled = |column: u16, bond| largest.get(usize::from(column)).map_or(bond, |largest| largest.divide(bond));
    let stored_row =
        |uid| bonds.row(uid).entries().map(|(column, bond)| (column, scaled(column, bond).to_u16())).collect();
    permits.iter().enumerate().map(|(uid, permit)| if *permit { stored_row(uid) } else { Vec::new() }).collect()
}
