//! What makes a row of weights valid, as pure functions.

use alloc::collections::BTreeSet;
use primitives::{Proportion, Uid};

pub fn has_duplicates(uids: &[Uid]) -> bool {
    let mut seen = BTreeSet::new();
    !uids.iter().all(|uid| seen.insert(*uid))
}

/// Whether no value's share of the sum exceeds `limit` (a share of `u16::MAX`).
pub fn within_limit(values: &[u16], limit: Proportion) -> bool {
    let sum: u64 = values.iter().map(|value| u64::from(*value)).sum();
    let largest = u64::from(values.iter().copied().max().unwrap_or_default());
    largest * u64::from(Proportion::MAX) <= u64::from(limit) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_twice_is_a_duplicate_wherever_it_stands() {
        assert!(has_duplicates(&[3, 1, 3]));
        assert!(!has_duplicates(&[3, 1, 2]));
    }

    #[test]
    fn the_limit_is_on_the_share_and_includes_equality() {
        assert!(within_limit(&[10, 10], u16::MAX / 2 + 1));
        assert!(!within_limit(&[10, 10], u16::MAX / 2));
        assert!(within_limit(&[7], u16::MAX));
    }
}
