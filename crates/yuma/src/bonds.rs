//! What validators own of each miner.
//!
//! Classic bonds are shares: every column adds up to one. Yuma 3 bonds stand for themselves, each between 0 and 1, so
//! a small validator's bond grows as fast as a large one's. Both are stored in the same place as `u16`.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::liquid_alpha::{distance, LiquidAlpha};
use crate::masks;
use crate::matrix::{Matrix, Row};
use crate::moving_average::push_sum;
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
    let mut bonds = average.rows;
    normalise_columns(&mut bonds, active_stake.len());
    bonds
}

/// The column sums of the old bonds, in [`units`].
fn held_columns(input: &Input, void_from: u64) -> Vec<Fixed> {
    let mut sums = vec![Fixed::ZERO; input.bonds.len()];
    let counts = masks::bond_counts(input, void_from);
    for &(column, bond) in input.bonds.iter().flatten().filter(|(column, _)| counts(*column)) {
        sums[usize::from(column)] += units(bond);
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
    average.rows
}

/// The moving average of new and old bonds, built row by row.
struct Average<'a> {
    weights: &'a WeightsForBonds<'a>,
    input: &'a Input,
    void_from: u64,
    alpha: Fixed,
    rows: Matrix,
    /// The row at hand: what is bought, what is held, and the columns of the latter.
    bought: Vec<Fixed>,
    held: Vec<Fixed>,
    held_columns: Vec<u16>,
    /// The old bonds that count, where these are not the stored ones as they are.
    old: Vec<(u16, u16)>,
}

impl<'a> Average<'a> {
    fn new(weights: &'a WeightsForBonds<'a>, input: &'a Input, void_from: u64, alpha: Fixed) -> Self {
        let old: usize = input.bonds.iter().map(Vec::len).sum();
        let rows = Matrix::with_capacity(input.bonds.len(), weights.entry_count().max(old));
        let (bought, held, held_columns, old) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { weights, input, void_from, alpha, rows, bought, held, held_columns, old }
    }

    /// Appends the average of what `bought` makes of the weights of `uid`, and `held` of its old bonds.
    fn push_row(&mut self, uid: usize, bought: impl Fn(u16, Fixed) -> Fixed, held: impl Fn(u16, u16) -> Fixed) {
        let given = self.weights.given(uid);
        // A weight of which nothing is left averages like a 0.
        let drawn = |column, weight| self.weights.drawn(column, weight).unwrap_or(Fixed::ZERO);
        self.bought.clear();
        self.bought.extend(given.entries().map(|(column, weight)| self.alpha * bought(column, drawn(column, weight))));

        let counts = masks::bond_counts(self.input, self.void_from);
        let old = counting_in_order(&self.input.bonds[uid], counts, &mut self.old);
        let remembered = Fixed::ONE - self.alpha;
        self.held_columns.clear();
        self.held_columns.extend(old.iter().map(|(column, _)| *column));
        self.held.clear();
        self.held.extend(old.iter().map(|&(column, bond)| remembered * held(column, bond)));

        let new = Row { columns: given.columns, values: &self.bought };
        push_sum(&mut self.rows, new, Row { columns: &self.held_columns, values: &self.held });
    }
}

/// The stored entries whose column `counts`, in ascending order: as they are, or put together in `rest`.
fn counting_in_order<'a>(
    stored: &'a [(u16, u16)],
    counts: impl Fn(u16) -> bool,
    rest: &'a mut Vec<(u16, u16)>,
) -> &'a [(u16, u16)] {
    if stored.is_sorted() && stored.iter().all(|(column, _)| counts(*column)) {
        return stored;
    }
    rest.clear();
    rest.extend(stored.iter().filter(|(column, _)| counts(*column)));
    rest.sort_unstable();
    rest
}

/// Yuma 3 bonds at a pace of their own: `E_ij = min(1, (1 - alpha_ij) * old_ij + alpha_ij * w'_ij)`.
///
/// An old bond without an entry in the weights is gone at once; one with an entry of 0 fades. Rows keep their order.
pub fn liquid(
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

/// The bonds as stored: rows of who holds one of the new `permits`, as `u16`. Classic bonds are stretched so that the
/// largest of each column becomes 65535.
pub fn stored(bonds: &Matrix, permits: &[bool], yuma3: bool) -> Rows {
    let largest = if yuma3 { Vec::new() } else { column_maxima(bonds, permits.len()) };
    let scaled = |column: u16, bond| largest.get(usize::from(column)).map_or(bond, |largest| largest.divide(bond));
    let stored_row =
        |uid| bonds.row(uid).entries().map(|(column, bond)| (column, scaled(column, bond).to_u16())).collect();
    permits.iter().enumerate().map(|(uid, permit)| if *permit { stored_row(uid) } else { Vec::new() }).collect()
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
