//! The sigmoid of the root consensus in fixed point.

/// One, with 32 fractional bits.
pub const ONE: u64 = 1 << 32;
/// How steeply consensus rises around [`KAPPA`].
pub const RHO: u64 = 10;
/// The share of the stake that counts as half consensus, with 32 fractional bits.
pub const KAPPA: u64 = ONE / 2;

/// Fractional bits of what lies in between: `exp` of 5, squared, still fits twice into 128 bits.
const BITS: u32 = 48;
const UNIT: u128 = 1 << BITS;
/// The argument is divided by two to this power, and the result squared as often.
const HALVINGS: u32 = 3;
/// With an argument below 0.63, later terms of the series are under one unit.
const TERMS: u128 = 16;

/// `1 / (1 + exp(-RHO (trust - KAPPA)))`, both with 32 fractional bits and at most [`ONE`]. Within two units of the
/// true value, and exactly symmetric: as far above a half as it is below one for the opposite trust.
///
/// `None` for a trust above one.
pub fn sigmoid(trust: u64) -> Option<u64> {
    if trust > ONE {
        return None;
    }
    let odds = exp(u128::from(trust.abs_diff(KAPPA)).checked_mul(RHO.into())?.checked_shl(BITS - 32)?)?;
    let minor = (UNIT << 32).checked_div(UNIT.checked_add(odds)?)?;
    let minor = u64::try_from(minor).ok()?;
    if trust >= KAPPA {
        ONE.checked_sub(minor)
    } else {
        Some(minor)
    }
}

/// `exp(x)` of a number from 0 to 5, both with [`BITS`] fractional bits: a series where it converges quickly, then
/// squared back.
fn exp(x: u128) -> Option<u128> {
    let reduced = x >> HALVINGS;
    let (mut sum, mut term) = (UNIT, UNIT);
    for n in 1..=TERMS {
        term = multiply(term, reduced)?.checked_div(n)?;
        sum = sum.checked_add(term)?;
    }
    (0..HALVINGS).try_fold(sum, |power, _| multiply(power, power))
}

fn multiply(a: u128, b: u128) -> Option<u128> {
    Some(a.checked_mul(b)? >> BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same in floats.
    fn twin(trust: u64) -> f64 {
        1.0 / (1.0 + (-10.0 * (trust as f64 / ONE as f64 - 0.5)).exp())
    }

    #[test]
    fn half_the_stake_is_half_consensus_and_the_ends_are_where_they_should_be() {
        assert_eq!(sigmoid(KAPPA), Some(ONE / 2));
        assert_eq!((sigmoid(0), sigmoid(ONE)), (Some(28_745_575), Some(4_266_221_721)));
        assert_eq!(sigmoid(ONE + 1), None);
    }

    proptest! {
        #[test]
        fn it_is_within_two_units_of_the_true_value(trust in 0..=ONE) {
            let off = sigmoid(trust).unwrap() as f64 - twin(trust) * ONE as f64;
            prop_assert!(off.abs() <= 2.0, "off by {}", off);
        }

        #[test]
        fn it_is_symmetric_and_never_falls(trust in 0..ONE) {
            prop_assert_eq!(sigmoid(trust).unwrap() + sigmoid(ONE - trust).unwrap(), ONE);
            prop_assert!(sigmoid(trust + 1) >= sigmoid(trust));
        }
    }
}
