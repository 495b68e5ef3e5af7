//! What makes a row of weights valid, as pure functions.

use alloc::collections::BTreeSet;
use codec::{Decode, Encode, MaxEncodedLen};
use primitives::{Hyperparams, Proportion, Uid};
use scale_info::TypeInfo;

/// What a subnet asks of a row.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Terms {
    pub weights_version: u64,
    pub min_allowed_weights: u16,
    pub max_weights_limit: Proportion,
}

impl From<&Hyperparams> for Terms {
    fn from(params: &Hyperparams) -> Self {
        let &Hyperparams { weights_version, min_allowed_weights, max_weights_limit, .. } = params;
        Self { weights_version, min_allowed_weights, max_weights_limit }
    }
}

/// The first rule that a row breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowError {
    LengthMismatch,
    OutdatedVersion,
    UnknownUid,
    DuplicateUid,
    AllZero,
    TooFewWeights,
    WeightTooLarge,
}

/// Checks the row of the seat `own` in a subnet of `seats` seats. Weights for itself alone may be short and unequal.
pub fn check(own: Uid, seats: u16, uids: &[Uid], values: &[u16], version: u64, terms: &Terms) -> Result<(), RowError> {
    use RowError::*;
    ensure(uids.len() == values.len(), LengthMismatch)?;
    ensure(version >= terms.weights_version, OutdatedVersion)?;
    ensure(uids.iter().all(|target| *target < seats), UnknownUid)?;
    ensure(!has_duplicates(uids), DuplicateUid)?;
    ensure(values.iter().any(|value| *value > 0), AllZero)?;
    if uids != [own] {
        ensure(uids.len() >= usize::from(terms.min_allowed_weights), TooFewWeights)?;
        ensure(within_limit(values, terms.max_weights_limit), WeightTooLarge)?;
    }
    Ok(())
}

fn ensure(holds: bool, broken: RowError) -> Result<(), RowError> {
    if holds {
        Ok(())
    } else {
        Err(broken)
    }
}

fn has_duplicates(uids: &[Uid]) -> bool {
    let mut seen = BTreeSet::new();
    !uids.iter().all(|uid| seen.insert(*uid))
}

/// Whether no value's share of the sum exceeds `limit` (a share of `u16::MAX`).
fn within_limit(values: &[u16], limit: Proportion) -> bool {
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

    #[test]
    fn weights_for_itself_alone_need_no_company() {
        let terms = Terms { weights_version: 0, min_allowed_weights: 2, max_weights_limit: u16::MAX / 2 + 1 };
        assert_eq!(check(1, 3, &[1], &[9], 0, &terms), Ok(()));
        assert_eq!(check(0, 3, &[1], &[9], 0, &terms), Err(RowError::TooFewWeights));
        assert_eq!(check(0, 3, &[1, 2], &[9, 8], 0, &terms), Err(RowError::WeightTooLarge));
    }
}
