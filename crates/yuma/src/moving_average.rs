//! How bonds remember: `alpha * new + (1 - alpha) * old`.

use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::masks;
use crate::matrix::{Matrix, Row};
use crate::penalty::WeightsForBonds;
use crate::types::Input;

/// The share of the new in the average: one less `bonds_moving_average` millionths, rounded down.
pub fn fixed_alpha(bonds_moving_average: u64) -> Fixed {
    let remembered = (u128::from(bonds_moving_average) << 32) / 1_000_000;
    Fixed::ONE - i64::try_from(remembered).map_or(Fixed::MAX, Fixed::from_bits)
}

/// The moving average of new and old bonds, built row by row; the weights are sorted.
#[derive(Debug)]
pub struct Average<'a> {
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
    pub fn new(weights: &'a WeightsForBonds<'a>, input: &'a Input, void_from: u64, alpha: Fixed) -> Self {
        let old: usize = input.bonds.iter().map(Vec::len).sum();
        let rows = Matrix::with_capacity(input.bonds.len(), weights.entry_count().max(old));
        let (bought, held, held_columns, old) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { weights, input, void_from, alpha, rows, bought, held, held_columns, old }
    }

    /// Appends the average of what `bought` makes of the weights of `uid`, and `held` of its old bonds.
    pub fn push_row(&mut self, uid: usize, bought: impl Fn(u16, Fixed) -> Fixed, held: impl Fn(u16, u16) -> Fixed) {
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

    /// The rows, sorted by columns; only what is above 0.
    pub fn finish(self) -> Matrix {
        self.rows
    }
}

/// The stored entries whose column `counts`, in ascending order: as they are, or put together in `rest`.
fn counting_in_order<'a>(
    stored: &'a [(u16, u16)],
    counts: impl Fn(u16) -> bool,
    rest: &'a mut Vec<(u16, u16)>,
) -> &'a [(u16, u16)] {
    if stored.is_sorted_by_key(|(column, _)| *column) && stored.iter().all(|(column, _)| counts(*column)) {
        return stored;
    }
    rest.clear();
    rest.extend(stored.iter().filter(|(column, _)| counts(*column)));
    rest.sort_unstable();
    rest
}

/// Appends to `average` the row that is the sum of two, a missing entry counting as 0.
///
/// Both are sorted by columns, and so is the result; only what is above 0 stays.
fn push_sum(average: &mut Matrix, new: Row, old: Row) {
    if new.columns == old.columns {
        let sums = new.values.iter().zip(old.values).map(|(&bought, &kept)| bought + kept);
        average.extend_positive(new.columns, sums);
    } else {
        push_merged(average, new, old);
    }
    average.end_row();
}

fn push_merged(average: &mut Matrix, new: Row, old: Row) {
    let mut next = 0;
    for (&column, &bought) in new.columns.iter().zip(new.values) {
        while next < old.columns.len() && old.columns[next] < column {
            push(average, old.columns[next], old.values[next]);
            next += 1;
        }
        let mut sum = bought;
        if next < old.columns.len() && old.columns[next] == column {
            sum += old.values[next];
            next += 1;
        }
        push(average, column, sum);
    }
    for (&column, &kept) in old.columns[next..].iter().zip(&old.values[next..]) {
        push(average, column, kept);
    }
}

fn push(average: &mut Matrix, column: u16, value: Fixed) {
    if value > Fixed::ZERO {
        average.push(column, value);
    }
}
