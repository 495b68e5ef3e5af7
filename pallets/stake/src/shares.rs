//! How dividends of one hotkey are shared among its nominators.

use alloc::vec::Vec;
use primitives::{mul_div, AccountId, Amount, Proportion};

/// Each position's share of `amount` after the take, and what is left for the hotkey's owner: take and rounding dust.
///
/// Shares are `floor((amount - take) * position / total)`. `None` only when the positions sum to more than `total`.
pub fn split(
    amount: Amount,
    take: Proportion,
    positions: &[(AccountId, Amount)],
    total: Amount,
) -> Option<(Vec<(AccountId, Amount)>, Amount)> {
    let kept = mul_div(amount, take.into(), Proportion::MAX.into())?;
    let shared = amount.checked_sub(kept)?;
    let mut rest = amount;
    let mut shares = Vec::with_capacity(positions.len());
    for (coldkey, position) in positions {
        let share = mul_div(shared, *position, total)?;
        rest = rest.checked_sub(share)?;
        shares.push((coldkey.clone(), share));
    }
    Some((shares, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(byte: u8) -> AccountId {
        AccountId::new([byte; 32])
    }

    #[test]
    fn shares_and_rest_sum_to_what_came_in() {
        let positions = [(account(1), 10), (account(2), 20), (account(3), 3)];
        let (shares, rest) = split(1_000, 11_796, &positions, 33).unwrap();
        assert_eq!(shares.iter().map(|(_, share)| share).sum::<u64>() + rest, 1_000);
        assert_eq!(shares[1].1, 821 * 20 / 33, "a take of 18 % leaves 821");
    }

    #[test]
    fn without_positions_all_is_the_owners() {
        assert_eq!(split(1_000, 0, &[], 0), Some((Vec::new(), 1_000)));
    }
}
