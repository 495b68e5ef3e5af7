//! Yuma 3 bonds that move at a pace of their own.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::liquid_alpha::{distance, LiquidAlpha};
use crate::masks;
use crate::matrix::Matrix;
use crate::penalty::WeightsForBonds;
use crate::types::Input;

/// `E_ij = min(1, (1 - alpha_ij) * old_ij + alpha_ij * w'_ij)`.
///
/// An old bond without an entry in the weights is gone at once; one with an entry of 0 fades. Rows keep their order.
pub fn liquid_bonds(
    weights: &WeightsForBonds,
    input: &Input,
    void_from: u64,
    consensus: &[Fixed],
    curve: LiquidAlpha,
) -> Matrix {
    let mut bonds = Matrix::with_capacity(input.bonds.len(), weights.entry_count());
    let mut old = OldRow(vec![OldBond::default(); consensus.len()]);
    let (mut entries, mut alphas) = (Vec::new(), Vec::new());
    for uid in 0..input.bonds.len() {
        old.load(masks::old_bonds(input, uid, void_from));
        let mut cursor = Cursor::default();
        entries.clear();
        let given = weights.given(uid).entries();
        entries.extend(given.filter_map(|(column, weight)| Some((column, weights.drawn(column, weight)?))));
        alphas.clear();
        alphas.extend(entries.iter().map(|&(column, weight)| {
            let seen = if cursor.reaches(column) { weight } else { Fixed::ZERO };
            distance(consensus[usize::from(column)], seen, old.0[usize::from(column)].seen)
        }));
        curve.replace(&mut alphas);
        for (&(column, weight), &alpha) in entries.iter().zip(&alphas) {
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
