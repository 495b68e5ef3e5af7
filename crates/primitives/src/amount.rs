use crate::Amount;

/// `amount * numerator / denominator`, rounded down; `None` when the denominator is zero or the result does not fit.
pub fn mul_div(amount: Amount, numerator: u64, denominator: u64) -> Option<Amount> {
    let product = u128::from(amount).checked_mul(u128::from(numerator))?;
    product.checked_div(u128::from(denominator))?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rounds_down_and_refuses_what_does_not_fit() {
        assert_eq!(mul_div(7, 1, 2), Some(3));
        assert_eq!(mul_div(u64::MAX, u64::MAX, u64::MAX), Some(u64::MAX));
        assert_eq!(mul_div(u64::MAX, 2, 1), None);
        assert_eq!(mul_div(1, 1, 0), None);
    }
}
