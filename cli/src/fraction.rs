//! Parts of a whole as people type and read them: percent, kept as exact integers and never as floats.

use primitives::Proportion;

/// Millionths of a percent.
const PRECISION: u32 = 6;

/// Reads `12.5%` or `12.5` as a share of `u16::MAX`, rounded down.
pub fn proportion(text: &str) -> Result<Proportion, String> {
    let part = parts(text)? * u128::from(Proportion::MAX) / whole();
    Proportion::try_from(part).map_err(|error| error.to_string())
}

/// The same as a share of `u64::MAX`.
pub fn of_u64(text: &str) -> Result<u64, String> {
    let part = parts(text)? * u128::from(u64::MAX) / whole();
    u64::try_from(part).map_err(|error| error.to_string())
}

/// A share of `u64::MAX` in percent with two decimals, rounded half up.
pub fn percent(part: u64) -> String {
    let all = u128::from(u64::MAX);
    let hundredths = (u128::from(part) * 10_000 + all / 2) / all;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

fn whole() -> u128 {
    100 * 10u128.pow(PRECISION)
}

fn parts(text: &str) -> Result<u128, String> {
    let malformed = || format!("`{text}` is not a part: type percent, such as 50% or 12.5%");
    let digits = text.trim_end_matches('%').trim_end();
    let (units, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = units.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
    if units.is_empty() || units.len() > 3 || decimals.len() > PRECISION as usize || !all_digits {
        return Err(malformed());
    }
    let padded = format!("{units}{decimals:0<width$}", width = PRECISION as usize);
    let parts: u128 = padded.parse().map_err(|_| malformed())?;
    if parts > whole() {
        return Err(format!("`{text}` is more than 100 %: nobody has more than all"));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_become_exact_shares() {
        assert_eq!(proportion("100%"), Ok(u16::MAX));
        assert_eq!(proportion("18"), Ok(11_796));
        assert_eq!(of_u64("100"), Ok(u64::MAX));
        assert_eq!(of_u64("0.000001%"), Ok(u64::MAX / 100_000_000));
        assert_eq!(of_u64("50 %"), Ok(u64::MAX / 2));
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "%", "-1", "1e3", "1.0000001", "half", "1000"] {
            assert!(proportion(text).is_err(), "{text}");
        }
        assert!(proportion("100.1").unwrap_err().contains("more than all"));
    }

    #[test]
    fn shares_are_printed_with_two_decimals() {
        assert_eq!(percent(u64::MAX / 3), "33.33 %");
        assert_eq!(percent(u64::MAX), "100.00 %");
    }
}
