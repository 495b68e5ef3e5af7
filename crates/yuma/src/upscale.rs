//! How weights are stored: stretched so that the largest is 65535.

use alloc::vec::Vec;

use crate::fixed::Fixed;

/// Scales `weights` so that the largest becomes 65535, rounding halves up; zeros only and an empty list stay.
///
/// Above 32768 the factor is rounded down first, below the product is: the two differ in the last unit.
pub fn max_upscale(weights: &[u16]) -> Vec<u16> {
    let full = Fixed::from_int(i32::from(u16::MAX));
    let largest = weights.iter().copied().max().unwrap_or(0);
    let divisor = Fixed::from_int(i32::from(largest));
    let scale = |weight: u16| match (Fixed::from_int(i32::from(weight)), largest) {
        (value, 0) => value,
        (value, 32769..) => value * (full / divisor),
        (value, _) => value * full / divisor,
    };
    weights.iter().map(|&weight| round(scale(weight))).collect()
}

/// The nearest integer, halves up, at most 65535.
fn round(value: Fixed) -> u16 {
    let whole = (value + Fixed::HALF).to_bits() >> 32;
    u16::try_from(whole).unwrap_or(u16::MAX)
}
