//! What validators own of each miner.
//!
//! Classic bonds are shares: every column adds up to one. Yuma 3 bonds stand for themselves, each between 0 and 1, so
//! a small validator's bond grows as fast as a large one's. Both are stored in the same place as `u16`.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::liquid_alpha::{distance, LiquidAlpha};
use crate::masks;
use crate::matrix::Matrix;
use crate::moving_average::push_average;
use crate::normalise::{column_maxima, column_sums, divisors, normalise_columns};
use crate::rank::rank;
use crate::types::{Input, Rows};

/// Classic bonds: `E = average(normalise(W' * A), normalise(old))`, normalised; everything by columns.
pub fn classic(weights: &Matrix, input: &Input, void_from: u64, active_stake: &[Fixed], alpha: Fixed) -> Matrix {
    let width = active_stake.len();
    let weights = weights.sorted();
    let bought_of = divisors(rank(&weights, active_stake));
    // Stored values are taken as that many units in the last place: only their proportions matter.
    let old = old_bonds(input, void_from, |bond| Fixed::from_bits(i64::from(bond)));
    let held_of = column_sums(&old, width);
    let mut bonds = Matrix::with_capacity(width, weights.entry_count().max(old.entry_count()));
    for ((row, &stake), old_row) in weights.rows().zip(active_stake).zip(old.rows()) {
        let bought = row.map(|(column, weight)| (column, bought_of[usize::from(column)].divide(weight * stake)));
        let held = old_row.map(|(column, bond)| (column, held_of[usize::from(column)].divide(bond)));
        push_average(&mut bonds, bought, held, alpha);
    }
    normalise_columns(&mut bonds, width);
    bonds
}

/// Yuma 3 bonds at a fixed pace: `E = average(W', old)`.
pub fn yuma3(weights: &Matrix, input: &Input, void_from: u64, alpha: Fixed) -> Matrix {
    let weights = weights.sorted();
    let old = old_bonds(input, void_from, Fixed::proportion);
    let mut bonds = Matrix::with_capacity(weights.row_count(), weights.entry_count().max(old.entry_count()));
    for (row, old_row) in weights.rows().zip(old.rows()) {
        push_average(&mut bonds, row, old_row, alpha);
    }
    bonds
}

/// Yuma 3 bonds at a pace of their own: `E_ij = min(1, (1 - alpha_ij) * old_ij + alpha_ij * w'_ij)`.
///
/// An old bond without an entry in the weights is gone at once; one with an entry of 0 fades. Rows keep their order.
pub fn liquid(weights: &Matrix, input: &Input, void_from: u64, consensus: &[Fixed], curve: LiquidAlpha) -> Matrix {
    let mut bonds = Matrix::with_capacity(weights.row_count(), weights.entry_count());
    let mut old = OldRow(vec![OldBond::default(); consensus.len()]);
    let mut alphas = Vec::new();
    for (uid, row) in weights.rows().enumerate() {
        old.load(masks::old_bonds(input, uid, void_from));
        let mut cursor = Cursor::default();
        alphas.clear();
        alphas.extend(row.clone().map(|(column, weight)| {
            let seen = if cursor.reaches(column) { weight } else { Fixed::ZERO };
            distance(consensus[usize::from(column)], seen, old.0[usize::from(column)].seen)
        }));
        curve.replace(&mut alphas);
        for ((column, weight), &alpha) in row.zip(&alphas) {
            let bought = (alpha * weight).max(Fixed::ZERO);
            let bond = ((Fixed::ONE - alpha) * old.0[usize::from(column)].value + bought).min(Fixed::ONE);
            if bond > Fixed::ZERO {
                bonds.push(column, bond);
            }
        }
        bonds.end_row();
        old.unload(masks::old_bonds(input, uid, void_from));
    }
    bonds
}

/// The bonds as stored: rows of who holds one of the new `permits`, as `u16`. Classic bonds are stretched so that the
/// largest of each column becomes 65535.
pub fn stored(bonds: &Matrix, permits: &[bool], yuma3: bool) -> Rows {
    let largest = if yuma3 { Vec::new() } else { column_maxima(bonds, permits.len()) };
    let scaled = |column: u16, bond| largest.get(usize::from(column)).map_or(bond, |largest| largest.divide(bond));
    let stored_row = |uid| bonds.row(uid).map(|(column, bond)| (column, scaled(column, bond).to_u16())).collect();
    permits.iter().enumerate().map(|(uid, permit)| if *permit { stored_row(uid) } else { Vec::new() }).collect()
}

/// The old bonds of everybody towards the neurons there are, as numbers, sorted.
fn old_bonds(input: &Input, void_from: u64, number: impl Fn(u16) -> Fixed) -> Matrix {
    let neurons = input.bonds.len();
    let mut old = Matrix::with_capacity(neurons, input.bonds.iter().map(Vec::len).sum());
    for uid in 0..neurons {
        let known = masks::old_bonds(input, uid, void_from).filter(|entry| usize::from(entry.0) < neurons);
        known.for_each(|(column, bond)| old.push(column, number(bond)));
        old.end_row();
    }
    old.into_sorted()
}

/// An old bond, and what the pace sees of it.
#[derive(Clone, Copy, Default)]
struct OldBond {
    value: Fixed,
    seen: Fixed,
}

/// The old bonds of one row, to be looked up by column; unknown columns are left out.
struct OldRow(Vec<OldBond>);

impl OldRow {
    fn load(&mut self, row: impl Iterator<Item = (u16, u16)>) {
        let mut cursor = Cursor::default();
        for (column, bond) in row {
            let reached = cursor.reaches(column);
            if let Some(cell) = self.0.get_mut(usize::from(column)) {
                let value = Fixed::proportion(bond);
                *cell = OldBond { value, seen: if reached { value } else { Fixed::ZERO } };
            }
        }
    }

    fn unload(&mut self, row: impl Iterator<Item = (u16, u16)>) {
        for (column, _) in row {
            if let Some(cell) = self.0.get_mut(usize::from(column)) {
                *cell = OldBond::default();
            }
        }
    }
}

/// Reads a row as the pace of liquid alpha does: forward only, so that it misses what comes after a larger column.
///
/// For sorted rows this is every entry. An unknown uid hides all that follows it.
#[derive(Default)]
struct Cursor {
    next: u32,
}

impl Cursor {
    fn reaches(&mut self, column: u16) -> bool {
        let reached = u32::from(column) >= self.next;
        if reached {
            self.next = u32::from(column) + 1;
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_misses_what_comes_after_a_larger_column() {
        let mut cursor = Cursor::default();
        let reached: Vec<bool> = [3, 1, 5, u16::MAX, 6].iter().map(|column| cursor.reaches(*column)).collect();
        assert_eq!(reached, [true, false, true, true, false]);
    }

    #[test]
    fn an_unknown_uid_is_no_bond_and_hides_those_after_it_from_the_pace() {
        let mut old = OldRow(vec![OldBond::default(); 3]);
        old.load([(0, u16::MAX), (7, 9), (2, u16::MAX)].into_iter());
        let seen: Vec<Fixed> = old.0.iter().map(|bond| bond.seen).collect();
        assert_eq!(seen, [Fixed::ONE, Fixed::ZERO, Fixed::ZERO]);
        assert_eq!(old.0[2].value, Fixed::ONE);
    }
}
