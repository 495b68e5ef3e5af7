//! Sparse rows: what validators say about a few miners each.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;

/// Rows of `(column, value)` entries, kept in the order in which they were pushed.
///
/// All entries lie in two flat lists, so a matrix costs three allocations whatever its size. A row names a column at
/// most once; who pushes sees to that. An entry of value 0 is an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Where each row ends in the two lists below.
    ends: Vec<usize>,
    columns: Vec<u16>,
    values: Vec<Fixed>,
}

impl Matrix {
    /// An empty matrix with room for `rows` rows of `entries` entries in all.
    pub fn with_capacity(rows: usize, entries: usize) -> Self {
        Self {
            ends: Vec::with_capacity(rows),
            columns: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
        }
    }

    /// Appends an entry to the row that is being built.
    pub fn push(&mut self, column: u16, value: Fixed) {
        self.columns.push(column);
        self.values.push(value);
    }

    /// Appends those stored entries to the row that is being built whose column `counts`, as what `number` makes of them.
    pub fn extend_row(&mut self, stored: &[(u16, u16)], counts: impl Fn(u16) -> bool, number: impl Fn(u16) -> Fixed) {
        // Nearly always all of a row counts, and what is known to be whole is copied faster.
        if stored.iter().all(|(column, _)| counts(*column)) {
            self.columns.extend(stored.iter().map(|(column, _)| column));
            self.values.extend(stored.iter().map(|(_, value)| number(*value)));
        } else {
            let counting = stored.iter().filter(|(column, _)| counts(*column));
            counting.for_each(|(column, value)| self.push(*column, number(*value)));
        }
    }

    /// Appends entries to the row that is being built, one value for each column, but for those that are not above 0.
    pub fn extend_positive(&mut self, columns: &[u16], values: impl ExactSizeIterator<Item = Fixed>) {
        let start = self.values.len();
        self.values.extend(values);
        let added = &mut self.values[start..];
        // Nearly always all of them are.
        if added.iter().all(|value| *value > Fixed::ZERO) {
            self.columns.extend(columns);
            return;
        }
        let mut kept = 0;
        for (&column, entry) in columns.iter().zip(0..) {
            if added[entry] > Fixed::ZERO {
                added[kept] = added[entry];
                self.columns.push(column);
                kept += 1;
            }
        }
        self.values.truncate(start + kept);
    }

    /// Finishes the row that is being built.
    pub fn end_row(&mut self) {
        self.ends.push(self.values.len());
    }

    /// Number of finished rows.
    pub fn row_count(&self) -> usize {
        self.ends.len()
    }

    /// Number of entries in all rows.
    pub fn entry_count(&self) -> usize {
        self.values.len()
    }

    /// One row; an empty one where there is none.
    pub fn row(&self, row: usize) -> Row<'_> {
        let span = self.span(row);
        Row { columns: self.columns.get(span.clone()).unwrap_or(&[]), values: self.values.get(span).unwrap_or(&[]) }
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.row_count()).map(|row| self.row(row))
    }

    /// One row, its values to be changed in place.
    pub fn row_mut(&mut self, row: usize) -> (&[u16], &mut [Fixed]) {
        let span = self.span(row);
        (self.columns.get(span.clone()).unwrap_or(&[]), self.values.get_mut(span).unwrap_or(&mut []))
    }

    /// For every column below `width`, what `fold` makes of its values, starting from 0.
    pub fn fold_columns(&self, width: usize, fold: impl Fn(Fixed, Fixed) -> Fixed) -> Vec<Fixed> {
        let mut folded = vec![Fixed::ZERO; width];
        for (&column, &value) in self.columns.iter().zip(&self.values) {
            if let Some(cell) = folded.get_mut(usize::from(column)) {
                *cell = fold(*cell, value);
            }
        }
        folded
    }

    /// This matrix with every row in ascending order of columns; borrowed if it is so already.
    pub fn sorted(&self) -> Cow<'_, Self> {
        if (0..self.row_count()).all(|row| self.row(row).columns.is_sorted()) {
            return Cow::Borrowed(self);
        }
        let mut sorted = Self::with_capacity(self.row_count(), self.entry_count());
        let mut entries = Vec::new();
        for row in self.rows() {
            entries.clear();
            entries.extend(row.entries());
            entries.sort_unstable_by_key(|&(column, _)| column);
            entries.iter().for_each(|&(column, value)| sorted.push(column, value));
            sorted.end_row();
        }
        Cow::Owned(sorted)
    }

    fn span(&self, row: usize) -> core::ops::Range<usize> {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        start..self.ends.get(row).copied().unwrap_or(start)
    }
}

/// One row: its columns, and beside them its values.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub columns: &'a [u16],
    pub values: &'a [Fixed],
}

impl<'a> Row<'a> {
    /// The `(column, value)` entries in order.
    pub fn entries(self) -> impl Iterator<Item = (u16, Fixed)> + Clone + 'a {
        self.columns.iter().copied().zip(self.values.iter().copied())
    }

    /// The first `count` entries, of at least so many, and the others.
    pub fn split_at(self, count: usize) -> (Self, Self) {
        let (columns, other_columns) = self.columns.split_at(count);
        let (values, other_values) = self.values.split_at(count);
        (Self { columns, values }, Self { columns: other_columns, values: other_values })
    }
}
