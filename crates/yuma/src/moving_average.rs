//! How bonds remember: `alpha * new + (1 - alpha) * old`.

use crate::fixed::Fixed;
use crate::matrix::Matrix;

/// The share of the new in the average: one less `bonds_moving_average` millionths, rounded down.
pub fn fixed_alpha(bonds_moving_average: u64) -> Fixed {
    let remembered = (u128::from(bonds_moving_average) << 32) / 1_000_000;
    Fixed::ONE - i64::try_from(remembered).map_or(Fixed::MAX, Fixed::from_bits)
}

/// Appends to `average` the row that averages two rows, a missing entry counting as 0. Both are sorted by columns, and
/// so is the result; only what is above 0 stays.
pub fn push_average(
    average: &mut Matrix,
    new: impl Iterator<Item = (u16, Fixed)>,
    old: impl Iterator<Item = (u16, Fixed)>,
    alpha: Fixed,
) {
    let (mut new, mut old) = (new.peekable(), old.peekable());
    let remembered = Fixed::ONE - alpha;
    while let Some(column) = new.peek().into_iter().chain(old.peek()).map(|entry| entry.0).min() {
        let bought = new.next_if(|entry| entry.0 == column).map_or(Fixed::ZERO, |entry| alpha * entry.1);
        let kept = old.next_if(|entry| entry.0 == column).map_or(Fixed::ZERO, |entry| remembered * entry.1);
        let value = bought + kept;
        if value > Fixed::ZERO {
            average.push(column, value);
        }
    }
    average.end_row();
}
