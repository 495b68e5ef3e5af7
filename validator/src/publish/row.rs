//! From scores to a row of weights that the chain accepts. Pure.

use primitives::{Hyperparams, Uid};
use thiserror::Error;

/// Averages below this part of the best are what old marks left behind, not evidence. Scores count by their ratios alone:
/// where every machine is slow, all of them are small.
pub const NEGLIGIBLE: f32 = 0.000_1;

/// Weights for `set_weights`, in uid order; the largest value is `u16::MAX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub uids: Vec<Uid>,
    pub values: Vec<u16>,
}

/// Why the scores justify no row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoRow {
    #[error("no miner has earned a score yet")]
    NoScores,
    #[error("{have} miners have a score and the subnet wants at least {need} in a row")]
    TooFew { have: usize, need: usize },
}

/// The row in proportion to `scores`, with no entry above the subnet's limit: what a capped entry loses goes to the
/// others in proportion. Each uid may come once; scores that are negligible or not numbers get nothing.
pub fn row(scores: &[(Uid, f32)], params: &Hyperparams) -> Result<Row, NoRow> {
    let best = scores.iter().map(|(_, score)| *score).fold(0.0, f32::max);
    let counts = |score: f32| score > 0.0 && score >= NEGLIGIBLE * best;
    let mut earned: Vec<(Uid, f64)> =
        scores.iter().filter(|(_, score)| counts(*score)).map(|(uid, score)| (*uid, f64::from(*score))).collect();
    let need = fewest_entries(params);
    match earned.len() {
        0 => return Err(NoRow::NoScores),
        have if have < need => return Err(NoRow::TooFew { have, need }),
        _ => {}
    }
    earned.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut entries = quantise(&capped_shares(&earned, f64::from(params.max_weights_limit) / f64::from(u16::MAX)));
    entries.sort_by_key(|(uid, _)| *uid);
    let (uids, values) = entries.into_iter().unzip();
    Ok(Row { uids, values })
}

/// Entries without which either limit of the subnet is broken.
fn fewest_entries(params: &Hyperparams) -> usize {
    let under_the_cap = u16::MAX.div_ceil(params.max_weights_limit.max(1));
    usize::from(params.min_allowed_weights.max(under_the_cap))
}

/// Shares that sum to one, none above `cap`; `earned` is in descending order and has at least 1 / `cap` entries.
fn capped_shares(earned: &[(Uid, f64)], cap: f64) -> Vec<(Uid, f64)> {
    let mut left = 1.0;
    let mut total: f64 = earned.iter().map(|(_, score)| score).sum();
    let mut share = |(uid, score): &(Uid, f64)| {
        let share = (score / total * left).min(cap);
        left -= share;
        total -= score;
        (*uid, share)
    };
    earned.iter().map(&mut share).collect()
}

/// The largest share becomes `u16::MAX` and the others are rounded up: that can only lower the largest one's part.
fn quantise(shares: &[(Uid, f64)]) -> Vec<(Uid, u16)> {
    let largest = shares.first().map_or(1.0, |(_, share)| *share);
    let value = |share: f64| (share / largest * f64::from(u16::MAX)).ceil().clamp(1.0, f64::from(u16::MAX)) as u16;
    shares.iter().map(|(uid, share)| (*uid, value(*share))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn params(min_allowed_weights: u16, max_weights_limit: u16) -> Hyperparams {
        Hyperparams { min_allowed_weights, max_weights_limit, ..Default::default() }
    }

    /// The chain's rules, written from their description.
    fn is_valid(row: &Row, params: &Hyperparams) -> bool {
        let sum: u64 = row.values.iter().map(|value| u64::from(*value)).sum();
        row.uids.len() == row.values.len()
            && row.uids.windows(2).all(|pair| pair[0] < pair[1])
            && row.uids.len() >= usize::from(params.min_allowed_weights)
            && sum > 0
            && row
                .values
                .iter()
                .all(|value| u64::from(*value) * u64::from(u16::MAX) <= u64::from(params.max_weights_limit) * sum)
    }

    proptest! {
        #[test]
        fn any_scores_give_a_valid_row_or_none(
            scores in prop::collection::btree_map(any::<u16>(), prop_oneof![any::<f32>(), 0.0f32..1.0, Just(1.0)], 0..300),
            min in 0u16..20, limit in 1u16..=u16::MAX,
        ) {
            let scores: Vec<_> = scores.into_iter().map(|(uid, score)| (uid, score.min(1.0))).collect();
            let params = params(min, limit);
            if let Ok(row) = row(&scores, &params) {
                prop_assert!(is_valid(&row, &params), "{row:?}");
            }
        }

        #[test]
        fn a_better_miner_never_weighs_less(a in 0.001f32..1.0, b in 0.001f32..1.0, c in 0.001f32..1.0, limit in 22_000u16..) {
            let row = row(&[(0, a), (1, b), (2, c)], &params(1, limit)).unwrap();
            prop_assert_eq!(a < b && row.values[0] > row.values[1], false);
            prop_assert_eq!(b < c && row.values[1] > row.values[2], false);
        }
    }

    #[test]
    fn weights_are_in_proportion_to_scores() {
        let row = row(&[(3, 0.5), (1, 1.0), (2, 0.0)], &params(1, u16::MAX)).unwrap();
        assert_eq!(row, Row { uids: vec![1, 3], values: vec![65_535, 32_768] });
    }

    #[test]
    fn without_a_score_there_is_no_row() {
        assert_eq!(row(&[], &params(1, u16::MAX)), Err(NoRow::NoScores));
        assert_eq!(row(&[(0, 0.0), (1, f32::NAN), (2, -1.0)], &params(1, u16::MAX)), Err(NoRow::NoScores));
    }

    #[test]
    fn what_is_negligible_beside_the_best_gets_nothing_and_small_scores_alone_do() {
        let scores = [(0, 1e-6), (1, 1e-6 * NEGLIGIBLE / 2.0), (2, 5e-7)];
        let row = row(&scores, &params(1, u16::MAX)).unwrap();
        assert_eq!(row, Row { uids: vec![0, 2], values: vec![65_535, 32_768] });
    }

    #[test]
    fn a_row_that_would_be_too_short_is_not_padded() {
        assert_eq!(row(&[(0, 1.0)], &params(2, u16::MAX)), Err(NoRow::TooFew { have: 1, need: 2 }));
        assert_eq!(row(&[(0, 1.0)], &params(1, u16::MAX / 2)), Err(NoRow::TooFew { have: 1, need: 3 }));
    }

    #[test]
    fn what_exceeds_the_limit_goes_to_the_others() {
        let row = row(&[(0, 1.0), (1, 0.1), (2, 0.1)], &params(1, 32_768)).unwrap();
        assert_eq!(row.uids, [0, 1, 2]);
        assert_eq!(row.values[0], u16::MAX);
        assert!(row.values[1] == row.values[2] && row.values[1] >= 32_766);
    }
}
