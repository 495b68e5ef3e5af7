//! Parts of one: `v / sum(v)`, each rounded down, so that they add up to slightly less than one.

use alloc::vec::Vec;
use core::ops::Add;

use crate::fixed::{Divisor, Fixed};
use crate::matrix::Matrix;

/// The values over their sum; all 0 if the sum is. Normalising twice changes the last bits.
pub fn normalise(values: &[Fixed]) -> Vec<Fixed> {
    divide(values, values.iter().copied().sum())
}

/// The values over `divisor`; all 0 if that is.
pub fn divide(values: &[Fixed], divisor: Fixed) -> Vec<Fixed> {
    let divisor = Divisor::new(divisor);
    values.iter().map(|&value| divisor.divide(value)).collect()
}

/// Divides every row by its sum; a row of zeros stays.
pub fn normalise_rows(matrix: &mut Matrix) {
    for row in 0..matrix.row_count() {
        let (_, values) = matrix.row_mut(row);
        let sum = Divisor::new(values.iter().copied().sum());
        values.iter_mut().for_each(|value| *value = sum.divide(*value));
    }
}

/// Divides every column by its sum; a column of zeros stays. All columns are below `width`.
pub fn normalise_columns(matrix: &mut Matrix, width: usize) {
    let sums = column_sums(matrix, width);
    for row in 0..matrix.row_count() {
        let (columns, values) = matrix.row_mut(row);
        columns.iter().zip(values).for_each(|(column, value)| *value = sums[usize::from(*column)].divide(*value));
    }
}

/// The sum of each column, to divide by.
pub fn column_sums(matrix: &Matrix, width: usize) -> Vec<Divisor> {
    divisors(matrix.fold_columns(width, Fixed::add))
}

/// The largest entry of each column, to divide by.
pub fn column_maxima(matrix: &Matrix, width: usize) -> Vec<Divisor> {
    divisors(matrix.fold_columns(width, Fixed::max))
}

/// Numbers to divide by, many times each.
pub fn divisors(values: Vec<Fixed>) -> Vec<Divisor> {
    values.into_iter().map(Divisor::new).collect()
}
