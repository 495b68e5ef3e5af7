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

    /// The entries of one row; none for a row that is not there.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u16, Fixed)> + Clone + '_ {
        let span = self.span(row);
        let columns = self.columns.get(span.clone()).unwrap_or(&[]);
        let values = self.values.get(span).unwrap_or(&[]);
        columns.iter().copied().zip(values.iter().copied())
    }

    /// The rows in order, each an iterator over its entries.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = (u16, Fixed)> + Clone + '_> + '_ {
        (0..self.row_count()).map(|row| self.row(row))
    }

    /// The values of one row, to be changed in place.
    pub fn row_values_mut(&mut self, row: usize) -> &mut [Fixed] {
        let span = self.span(row);
        self.values.get_mut(span).unwrap_or(&mut [])
    }

    /// Replaces every value by what `change` makes of its column and value.
    pub fn update(&mut self, change: impl Fn(u16, Fixed) -> Fixed) {
        for (&column, value) in self.columns.iter().zip(&mut self.values) {
            *value = change(column, *value);
        }
    }

    /// Hands every column and value to `keep`, which may change the value, and drops the entries that it refuses.
    pub fn retain_mut(&mut self, keep: impl Fn(u16, &mut Fixed) -> bool) {
        let (mut read, mut kept) = (0, 0);
        for end in &mut self.ends {
            for entry in read..*end {
                let (column, mut value) = (self.columns[entry], self.values[entry]);
                if keep(column, &mut value) {
                    self.columns[kept] = column;
                    self.values[kept] = value;
                    kept += 1;
                }
            }
            read = core::mem::replace(end, kept);
        }
        self.columns.truncate(kept);
        self.values.truncate(kept);
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
        let in_order = |row: usize| self.columns.get(self.span(row)).is_none_or(<[u16]>::is_sorted);
        if (0..self.row_count()).all(in_order) {
            return Cow::Borrowed(self);
        }
        let mut sorted = Self::with_capacity(self.row_count(), self.entry_count());
        let mut entries = Vec::new();
        for row in self.rows() {
            entries.clear();
            entries.extend(row);
            entries.sort_unstable_by_key(|&(column, _)| column);
            entries.iter().for_each(|&(column, value)| sorted.push(column, value));
            sorted.end_row();
        }
        Cow::Owned(sorted)
    }

    /// This matrix with every row in ascending order of columns.
    pub fn into_sorted(self) -> Self {
        match self.sorted() {
            Cow::Owned(sorted) => sorted,
            Cow::Borrowed(_) => self,
        }
    }

    fn span(&self, row: usize) -> core::ops::Range<usize> {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        start..self.ends.get(row).copied().unwrap_or(start)
    }
}
