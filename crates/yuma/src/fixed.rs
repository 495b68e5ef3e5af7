//! The one number type of the consensus: signed, 64 bits, 32 of them behind the point ("I32F32").
//!
//! | operation | rounding | out of range |
//! | --- | --- | --- |
//! | `a + b`, `a - b`, sums | exact | saturates |
//! | `a * b` | towards minus infinity | saturates |
//! | `a / b` | towards zero | 0, as for a zero divisor |
//! | [`Fixed::proportion`] | down | cannot be |
//! | [`Fixed::to_u16`] | down | clamps to 0..=65535 |
//! | [`Fixed::share_of`] | down | a negative share pays 0 |

use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, Mul, Sub};

/// Bits behind the point.
pub const FRACTION_BITS: u32 = 32;

/// A number of value `bits / 2^32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed(i64);

impl Fixed {
    pub const ZERO: Self = Self(0);
    pub const ONE: Self = Self(1 << FRACTION_BITS);
    pub const HALF: Self = Self(1 << (FRACTION_BITS - 1));
    pub const MAX: Self = Self(i64::MAX);

    /// The number of value `bits / 2^32`.
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// The value times `2^32`.
    pub const fn to_bits(self) -> i64 {
        self.0
    }

    /// A whole number.
    pub const fn from_int(value: i32) -> Self {
        Self((value as i64) << FRACTION_BITS)
    }

    /// The value `part / 65535`, rounded down; 65535 is exactly [`Fixed::ONE`].
    pub const fn proportion(part: u16) -> Self {
        Self(((part as i64) << FRACTION_BITS) / u16::MAX as i64)
    }

    /// The value times 65535, rounded down and clamped to `0..=65535`.
    ///
    /// Both directions round down, so most values do not survive a round trip through [`Fixed::proportion`].
    pub const fn to_u16(self) -> u16 {
        if self.0 <= 0 {
            0
        } else if self.0 >= Self::ONE.0 {
            u16::MAX
        } else {
            ((self.0 * u16::MAX as i64) >> FRACTION_BITS) as u16
        }
    }

    /// `self * other` rounded up, of two numbers in `[0, 1]`: what `self * -other` rounds down to, without the sign.
    pub fn times_rounded_up(self, other: Self) -> Self {
        let product = u128::from(self.0.cast_unsigned()) * u128::from(other.0.cast_unsigned());
        Self(product.div_ceil(1 << FRACTION_BITS) as i64)
    }

    /// The same as `1 / self`, in every bit, for less.
    pub fn inverse(self) -> Self {
        match u64::try_from(self.0) {
            // 2^64 is one more than 64 bits hold, which only its own divisors, the powers of two, can tell.
            Ok(bits) if bits > 2 => Self((u64::MAX / bits + u64::from(bits.is_power_of_two())) as i64),
            _ => Self::ONE / self,
        }
    }

    /// This share of `amount`, rounded down. Shares are in `[0, 1]`; below, it pays 0, above, at most `u64::MAX`.
    pub fn share_of(self, amount: u64) -> u64 {
        let share = u128::from(self.0.max(0).unsigned_abs());
        u64::try_from((share * u128::from(amount)) >> FRACTION_BITS).unwrap_or(u64::MAX)
    }

    /// The bits of `self * 2^32`, to be divided by bits.
    fn scaled(self) -> i128 {
        i128::from(self.0) << FRACTION_BITS
    }

    /// The sum that does not fit.
    #[cold]
    fn long_sum(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The product of factors beyond `[0, 1)`: rare, so kept out of the loops that multiply.
    #[cold]
    fn long_product(self, other: Self) -> Self {
        Self::saturated((i128::from(self.0) * i128::from(other.0)) >> FRACTION_BITS)
    }

    /// Saturates what does not fit.
    fn saturated(bits: i128) -> Self {
        i64::try_from(bits).map_or(Self(if bits < 0 { i64::MIN } else { i64::MAX }), Self)
    }
}

impl Add for Fixed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.0.checked_add(other.0).map_or_else(|| self.long_sum(other), Self)
    }
}

impl AddAssign for Fixed {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Fixed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Fixed {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Self::add)
    }
}

impl Mul for Fixed {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        // Two factors in [0, 1) are nearly all there is, and their product fits 64 bits.
        if (self.0 | other.0) >> FRACTION_BITS == 0 {
            return Self(((self.0.cast_unsigned() * other.0.cast_unsigned()) >> FRACTION_BITS).cast_signed());
        }
        self.long_product(other)
    }
}

impl Div for Fixed {
    type Output = Self;

    fn div(self, divisor: Self) -> Self {
        let quotient = self.scaled().checked_div(i128::from(divisor.0));
        quotient.and_then(|quotient| i64::try_from(quotient).ok()).map_or(Self::ZERO, Self)
    }
}

/// The upper half of the product of two 64-bit numbers.
pub(crate) fn high_product(a: u64, b: u64) -> u64 {
    if cfg!(target_arch = "wasm32") {
        high_product_of_halves(a, b)
    } else {
        ((u128::from(a) * u128::from(b)) >> 64) as u64
    }
}

/// The same by halves. Wasm multiplies no further than 64 bits, and what a compiler puts there for 128 is slow.
fn high_product_of_halves(a: u64, b: u64) -> u64 {
    let half = |number: u64| (number >> 32, number & u64::from(u32::MAX));
    let ((a, a_low), (b, b_low)) = (half(a), half(b));
    let (carry, _) = half(a_low * b_low);
    let (carried, middle) = half(a * b_low + carry);
    let (carry, _) = half(a_low * b + middle);
    a * b + carried + carry
}

/// A divisor that many numbers share: [`Divisor::divide`] gives the bits of `dividend / divisor`, multiplying only.
#[derive(Clone, Copy, Debug)]
pub struct Divisor {
    value: Fixed,
    /// `(2^64 - 1) / value`, rounded down; 0 for a divisor for which that does not serve.
    reciprocal: u64,
}

impl Divisor {
    pub fn new(value: Fixed) -> Self {
        let positive = value.0.max(0).cast_unsigned();
        let reciprocal = if positive > 1 { u64::MAX / positive } else { 0 };
        Self { value, reciprocal }
    }

    /// The same as `dividend / divisor`, in every bit.
    pub fn divide(&self, dividend: Fixed) -> Fixed {
        if dividend.0 >> FRACTION_BITS != 0 || self.reciprocal == 0 {
            return self.long_quotient(dividend);
        }
        let scaled = dividend.0.cast_unsigned() << FRACTION_BITS;
        let divisor = self.value.0.cast_unsigned();
        // The reciprocal is short of 2^64 / divisor by at most 1, so the product is short of the quotient by less than
        // scaled / 2^64, which is less than 1: rounded down, the estimate is right or one too small.
        let estimate = high_product(scaled, self.reciprocal);
        let remainder = scaled - estimate * divisor;
        // Below 2^63, as the divisor is 2 or more.
        Fixed((estimate + u64::from(remainder >= divisor)).cast_signed())
    }

    /// The quotient of a dividend beyond `[0, 1)`, or by a divisor of at most one unit: rare, too.
    #[cold]
    fn long_quotient(&self, dividend: Fixed) -> Fixed {
        dividend / self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_product_is_rounded_towards_minus_infinity() {
        let least = Fixed::from_bits(1);
        assert_eq!(least * Fixed::HALF, Fixed::ZERO);
        assert_eq!(Fixed::from_bits(-1) * Fixed::HALF, Fixed::from_bits(-1));
    }

    #[test]
    fn a_quotient_is_rounded_towards_zero() {
        assert_eq!(Fixed::from_bits(-1) / Fixed::from_int(2), Fixed::ZERO);
        assert_eq!(Fixed::from_bits(-3) / Fixed::from_int(2), Fixed::from_bits(-1));
    }

    #[test]
    fn a_quotient_without_a_value_is_zero() {
        assert_eq!(Fixed::ONE / Fixed::ZERO, Fixed::ZERO);
        assert_eq!(Fixed::MAX / Fixed::from_bits(1), Fixed::ZERO);
    }

    #[test]
    fn the_ends_of_a_proportion_are_exact() {
        assert_eq!(Fixed::proportion(0), Fixed::ZERO);
        assert_eq!(Fixed::proportion(u16::MAX), Fixed::ONE);
        assert_eq!(Fixed::ONE.to_u16(), u16::MAX);
        assert_eq!(Fixed::proportion(1).to_u16(), 0);
    }

    proptest! {
        #![proptest_config(crate::cases(2000))]

        #[test]
        fn a_shared_divisor_divides_like_a_plain_one(a: i64, b: i64, shift in 0u32..64, other in 0u32..64) {
            let (dividend, divisor) = (Fixed::from_bits(a >> shift), Fixed::from_bits(b >> other));
            prop_assert_eq!(Divisor::new(divisor).divide(dividend), dividend / divisor);
        }

        #[test]
        fn a_product_rounded_up_is_a_negative_one_rounded_down(a in 0..=1i64 << 32, b in 0..=1i64 << 32) {
            let down = Fixed::from_bits(a) * Fixed::from_bits(-b);
            prop_assert_eq!(Fixed::from_bits(a).times_rounded_up(Fixed::from_bits(b)).to_bits(), -down.to_bits());
        }

        #[test]
        fn an_inverse_is_one_over_the_number(bits: i64, shift in 0u32..64) {
            for bits in [bits >> shift, 1 << (shift % 63), (1 << (shift % 63)) - 1] {
                prop_assert_eq!(Fixed::from_bits(bits).inverse(), Fixed::ONE / Fixed::from_bits(bits));
            }
        }

        #[test]
        fn the_upper_half_of_a_product_is_the_same_by_halves(a: u64, b: u64, shift in 0u32..64, other in 0u32..64) {
            let (a, b) = (a >> shift, b >> other);
            prop_assert_eq!(u128::from(high_product_of_halves(a, b)), (u128::from(a) * u128::from(b)) >> 64);
        }

        #[test]
        fn the_short_product_is_the_long_one(a: i64, b: i64, shift in 0u32..64, other in 0u32..64) {
            let (a, b) = (a >> shift, b >> other);
            let long = (i128::from(a) * i128::from(b)) >> 32;
            let clamped = long.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            prop_assert_eq!(i128::from((Fixed::from_bits(a) * Fixed::from_bits(b)).to_bits()), clamped);
        }
    }
}
