//! How bonds remember: `alpha * new + (1 - alpha) * old`.

use crate::fixed::Fixed;
use crate::matrix::{Matrix, Row};

/// The share of the new in the average: one less `bonds_moving_average` millionths, rounded down.
pub fn fixed_alpha(bonds_moving_average: u64) -> Fixed {
    let remembered = (u128::from(bonds_moving_average) << 32) / 1_000_000;
    Fixed::ONE - i64::try_from(remembered).map_or(Fixed::MAX, Fixed::from_bits)
}

/// Appends to `average` the row that is the sum of two, a missing entry counting as 0.
///
/// Both are sorted by columns, and so is the result; only what is above 0 stays.
pub fn push_sum(average: &mut Matrix, new: Row, old: Row) {
    if new.columns == old.columns {
        let sums = new.values.iter().zip(old.values).map(|(&bought, &kept)| bought + kept);
        new.columns.iter().zip(sums).for_each(|(&column, sum)| push(average, column, sum));
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
