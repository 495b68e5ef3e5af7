//! The exponential function, to the last bit the same on every machine.

use crate::fixed::{high_product, Fixed};

const LIMIT: Fixed = Fixed::from_int(20);
/// e as the reference holds it, with 23 bits behind the point.
const E: Fixed = Fixed::from_bits(22_802_600 << 9);
/// The last power of the series.
const TERMS: usize = 31;

/// `e^x` for each `x`, clamped to `[-20, 20]`.
///
/// Exactly 1 has a value of its own, which the series would miss by some units; `e^-x` is `1 / e^x`. Several arguments
/// are worked on side by side, because each term of a series waits for the one before.
pub fn exp<const N: usize>(x: [Fixed; N]) -> [Fixed; N] {
    let mut powers = series(x.map(|x| x.clamp(Fixed::ZERO - LIMIT, LIMIT).to_bits().unsigned_abs()));
    for (power, x) in powers.iter_mut().zip(x) {
        if x == Fixed::ONE {
            *power = E;
        } else if x < Fixed::ZERO {
            *power = power.inverse();
        }
    }
    powers
}

/// `1 + x + x^2/2! + ... + x^31/31!`, every product and every quotient rounded down, for `x` in `[0, 20]` as bits.
fn series<const N: usize>(x: [u64; N]) -> [Fixed; N] {
    let mut term = x;
    let mut sum = x.map(|x| Fixed::ONE.to_bits().cast_unsigned() + x);
    for quotient in &QUOTIENTS {
        for lane in 0..N {
            // At most 20^20 / 19!, which is below 2^30: nothing here leaves 64 bits.
            let product = high_product(term[lane], x[lane]) << 32 | term[lane].wrapping_mul(x[lane]) >> 32;
            term[lane] = quotient.of(product);
            sum[lane] += term[lane];
        }
        // After a term of 0 come only such.
        if term.iter().all(|term| *term == 0) {
            break;
        }
    }
    sum.map(|sum| Fixed::from_bits(sum.cast_signed()))
}

/// Division of a number below `2^62` by a small one, rounded down, by multiplying.
#[derive(Clone, Copy)]
struct Quotient {
    /// `2^(64 + shift) / divisor`, rounded up.
    factor: u64,
    shift: u32,
}

/// Division by 2, 3, ... 31, in this order.
const QUOTIENTS: [Quotient; TERMS - 1] = {
    let mut quotients = [Quotient { factor: 0, shift: 0 }; TERMS - 1];
    let mut index = 0;
    while index < quotients.len() {
        quotients[index] = Quotient::by(index as u64 + 2);
        index += 1;
    }
    quotients
};

impl Quotient {
    /// The shift is the largest with which the factor fits 64 bits.
    ///
    /// Rounded up, `factor * divisor` exceeds `2^(64 + shift)` by less than the divisor, and that is at most
    /// `2^(shift + 1)`. So what [`Quotient::of`] rounds down exceeds the true quotient of a number below `2^62` by less
    /// than `1 / divisor`: never enough to reach the next integer.
    const fn by(divisor: u64) -> Self {
        let shift = (divisor - 1).ilog2();
        Self { factor: (1u128 << (64 + shift)).div_ceil(divisor as u128) as u64, shift }
    }

    fn of(self, number: u64) -> u64 {
        high_product(number, self.factor) >> self.shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::cases(2000))]

        #[test]
        fn a_quotient_is_what_division_gives(number in 0u64..1 << 62, index in 0..QUOTIENTS.len()) {
            let divisor = index as u64 + 2;
            prop_assert_eq!(QUOTIENTS[index].of(number), number / divisor);
            let below_a_multiple = (number / divisor * divisor).saturating_sub(1);
            prop_assert_eq!(QUOTIENTS[index].of(below_a_multiple), below_a_multiple / divisor);
        }
    }
}
