//! Amounts as people type and read them: tokens with up to 9 decimals, kept as exact base units and never as floats.

use primitives::{Amount, TOKEN};
use std::fmt;
use std::str::FromStr;

/// Decimals of one token.
const DECIMALS: usize = 9;

/// An amount in base units that is typed and printed in tokens.
///
/// `{}` prints every decimal that counts; `{:.3}` prints exactly three, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tokens(pub Amount);

/// Why a text is no amount.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokensError {
    #[error("`{0}` is not an amount: type tokens as digits with an optional decimal point, such as 12 or 0.5")]
    NotAnAmount(String),
    #[error("`{0}` has more than {DECIMALS} decimals: the smallest amount is 0.000000001")]
    TooFine(String),
    #[error("`{0}` does not fit: the largest amount is {largest}", largest = Tokens(Amount::MAX))]
    TooLarge(String),
}

impl FromStr for Tokens {
    type Err = TokensError;

    fn from_str(text: &str) -> Result<Self, TokensError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let only_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !only_digits || (whole.is_empty() && fraction.is_empty()) {
            return Err(TokensError::NotAnAmount(text.into()));
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS {
            return Err(TokensError::TooFine(text.into()));
        }
        let base_units = || {
            let whole = number(whole)?.checked_mul(TOKEN)?;
            whole.checked_add(number(&format!("{fraction:0<DECIMALS$}"))?)
        };
        base_units().map(Self).ok_or_else(|| TokensError::TooLarge(text.into()))
    }
}

/// The value of a run of digits; an empty run is zero, `None` does not fit.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse().ok()
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:0DECIMALS$}", self.0 % TOKEN);
        let shown = match f.precision() {
            Some(precision) => &decimals[..precision.min(DECIMALS)],
            None => decimals.trim_end_matches('0'),
        };
        let point = if shown.is_empty() { "" } else { "." };
        write!(f, "{}{point}{shown}", self.0 / TOKEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_and_decimal_amounts_are_read_exactly() {
        for (text, base_units) in [
            ("0", 0),
            ("1", TOKEN),
            ("12.5", 12_500_000_000),
            (".5", 500_000_000),
            ("3.", 3 * TOKEN),
            ("0.000000001", 1),
            ("1.0000000000000", TOKEN),
            ("18446744073.709551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Tokens(base_units)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_reason() {
        for text in ["", ".", "-1", "+1", "1e9", "1,5", "1.2.3", " 1", "1_000", "١", "NaN"] {
            assert_eq!(text.parse::<Tokens>(), Err(TokensError::NotAnAmount(text.into())), "{text}");
        }
        let too_fine = "0.0000000001";
        assert_eq!(too_fine.parse::<Tokens>(), Err(TokensError::TooFine(too_fine.into())));
        for text in ["18446744073.709551616", "18446744074", "99999999999999999999999"] {
            assert_eq!(text.parse::<Tokens>(), Err(TokensError::TooLarge(text.into())), "{text}");
        }
    }

    #[test]
    fn amounts_are_printed_with_the_decimals_that_count_or_with_those_asked_for() {
        assert_eq!(Tokens(0).to_string(), "0");
        assert_eq!(Tokens(1_500_000_000).to_string(), "1.5");
        assert_eq!(format!("{:.3}", Tokens(1_999_999_999)), "1.999");
        assert_eq!(format!("{:.0}", Tokens(1_999_999_999)), "1");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back_unchanged(base_units in any::<u64>()) {
            prop_assert_eq!(Tokens(base_units).to_string().parse(), Ok(Tokens(base_units)));
            prop_assert_eq!(format!("{:.9}", Tokens(base_units)).parse(), Ok(Tokens(base_units)));
        }

        #[test]
        fn typed_digits_mean_what_they_say(whole in 0u64..18_446_744_073, fraction in 0u64..TOKEN) {
            let parsed = format!("{whole}.{fraction:09}").parse();
            prop_assert_eq!(parsed, Ok(Tokens(whole * TOKEN + fraction)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = text.parse::<Tokens>();
        }
    }
}
