//! A short way to `1 / (1 + e^x)` where rounding cannot tell it from the long one.
//!
//! The series of [`crate::exp`] rounds each of its 30 terms, and all of that counts where e^x is small. Where it is
//! large, its inverse hardly feels the last bits: a table gives bounds of what the series would yield, and if both
//! bounds have the same inverse, so has all in between.

use crate::exp::exp;
use crate::fixed::{high_product, Fixed};

/// `1 / (1 + e^x)` for each `x`, by the series.
pub fn by_series<const N: usize>(x: [Fixed; N]) -> [Fixed; N] {
    exp(x).map(|power| (Fixed::ONE + power).inverse())
}

/// The same in every bit, for less, or nothing.
#[inline]
pub fn by_table(x: Fixed) -> Option<Fixed> {
    let (low, high) = bounds(x.to_bits().unsigned_abs())?;
    if x > Fixed::ZERO {
        inverse(Fixed::ONE + low, Fixed::ONE + high)
    } else {
        inverse(low, high).map(|power| (Fixed::ONE + power).inverse())
    }
}

/// The inverse that all numbers from `low` to `high` share, if they do.
fn inverse(low: Fixed, high: Fixed) -> Option<Fixed> {
    let inverse = high.inverse();
    let next = inverse.to_bits().cast_unsigned() + 1;
    // `next * low > 2^64`, all but: `low` is less than what the inverse of `next` would have to be.
    (high_product(next, low.to_bits().cast_unsigned() - 1) > 0).then_some(inverse)
}

/// Steps of the table in one.
const STEPS: u64 = 1 << STEP_BITS;
const STEP_BITS: u32 = 9;
/// Where the table begins and ends. Earlier few bounds would agree; later its numbers would not fit.
const FIRST: u64 = 2 * STEPS;
const LAST: u64 = 6 * STEPS;
/// Bits behind the point of the table's numbers.
const SCALE: u32 = 54;

/// e^x at every step.
const POWERS: [u64; (LAST - FIRST) as usize] = {
    let mut powers = [0; (LAST - FIRST) as usize];
    let mut index = 0;
    while index < powers.len() {
        powers[index] = power(FIRST + index as u64);
        index += 1;
    }
    powers
};

/// `e^(step / STEPS)`, off by less than a unit.
const fn power(step: u64) -> u64 {
    let extra = 40;
    let (mut term, mut sum, mut index) = (1u128 << (SCALE + extra), 0, 1);
    while term > 0 {
        sum += term;
        term = term * step as u128 / (STEPS as u128 * index);
        index += 1;
    }
    (sum >> extra) as u64
}

/// What the series may miss of e^x, in units, for x below the index: each of its terms passes what the one before lost
/// on to the next, times `x / i`, and loses less than 1 itself; the terms that it leaves out are less than 1 together.
const SERIES_LOSS: [u64; 7] = {
    let mut losses = [0; 7];
    let mut x = 0;
    while x < losses.len() {
        // In thousandths, rounded up.
        let (mut loss, mut sum, mut index) = (0, 1_000, 2);
        while index <= 31 {
            loss = (loss * x as u64).div_ceil(index) + 1_000;
            sum += loss;
            index += 1;
        }
        losses[x] = sum.div_ceil(1_000);
        x += 1;
    }
    losses
};
/// What the table may miss of e^x, in units: a fourth power below 2^-40 of e^6 times 2^32, and a few roundings.
const TABLE_LOSS: u64 = 4;

/// Between which numbers the series for `x` (bits) lies.
#[inline]
fn bounds(x: u64) -> Option<(Fixed, Fixed)> {
    let (step, rest) = (x >> (32 - STEP_BITS), x & ((1 << (32 - STEP_BITS)) - 1));
    let power = POWERS.get(usize::try_from(step.checked_sub(FIRST)?).ok()?)?;
    // 1 + r + r^2/2 + r^3/6, with 48 bits behind the point.
    let square = rest * rest;
    let factor = (1 << 48) + (rest << 16) + (square >> 17) + (((square >> 16) * rest) >> 32) / 6;
    // From SCALE + 48 bits behind the point to 32.
    let found = high_product(*power, factor) >> (SCALE + 16 - u64::BITS);
    let loss = SERIES_LOSS[(x >> 32) as usize + 1];
    let bits = |number: u64| Fixed::from_bits(number.cast_signed());
    Some((bits(found - loss), bits(found + TABLE_LOSS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bits: i64) {
        let x = Fixed::from_bits(bits);
        let (series, table) = (by_series([x])[0], by_table(x));
        assert!(table.is_none_or(|short| short == series), "{bits}: {table:?} for {series:?}");
    }

    proptest! {
        #![proptest_config(crate::cases(20_000))]

        #[test]
        fn the_short_way_leads_where_the_long_one_does(bits in -6i64 << 32..6 << 32) {
            check(bits);
        }

        #[test]
        fn the_series_lies_between_its_bounds(bits in 0u64..6 << 32) {
            if let Some((low, high)) = bounds(bits) {
                let [series] = exp([Fixed::from_bits(bits as i64)]);
                prop_assert!(low <= series && series <= high);
            }
        }
    }

    #[test]
    fn the_short_way_holds_at_every_step_of_the_table() {
        for step in FIRST - 1..=LAST + 1 {
            for beside in -2..=2 {
                let bits = (step << (32 - STEP_BITS)) as i64 + beside;
                check(bits);
                check(-bits);
            }
        }
    }

    #[test]
    fn the_short_way_is_open_to_nearly_all_far_from_the_middle() {
        let open = (0..1_000).filter(|part| by_table(Fixed::from_bits((4 << 32) + part * 4_294_967)).is_some()).count();
        assert!(open > 950, "{open} of 1000");
    }
}
