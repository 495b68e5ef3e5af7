//! What fell to a subnet of late, as a pure function.

use primitives::Amount;

/// Blocks in which all but about a third is forgotten: one day, so that neither one lucky nor one unlucky epoch decides
/// about a subnet.
const MEMORY: Amount = 7_200;

/// `recent` after one more block in which `share` fell to the subnet: a part fades, rounded up so that nothing lasts.
/// `None` when the sum does not fit.
pub fn after_a_block(recent: Amount, share: Amount) -> Option<Amount> {
    recent.checked_sub(recent.div_ceil(MEMORY))?.checked_add(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(blocks: u32, start: Amount, share: Amount) -> Amount {
        (0..blocks).try_fold(start, |recent, _| after_a_block(recent, share)).unwrap()
    }

    #[test]
    fn a_steady_share_tends_to_what_it_makes_in_a_day() {
        let week = after(50_400, 0, 1_000_000);
        assert!((7_190_000_000..=7_200_000_000).contains(&week), "{week}");
        assert_eq!(after(1, 7_200_000_000, 1_000_000), 7_200_000_000);
    }

    #[test]
    fn a_day_without_a_share_leaves_about_a_third_and_a_month_nothing() {
        let day = after(7_200, 7_200_000_000, 0);
        assert!((2_600_000_000..2_700_000_000).contains(&day), "{day}");
        assert_eq!(after(30 * 7_200, 7_200_000_000, 0), 0);
    }

    #[test]
    fn more_of_late_counts_for_more_than_more_before() {
        let (fallen, risen) = (after(7_200, after(50_400, 0, 1_000), 100), after(7_200, after(50_400, 0, 100), 1_000));
        assert!(risen > fallen);
    }
}
