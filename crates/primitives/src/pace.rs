use crate::BlockNumber;

/// Whether at block `now` at least `limit` blocks have gone by since `last`, or nothing was done yet. A block that is
/// still to come is not long ago, whatever the limit.
pub fn has_rested(last: Option<BlockNumber>, now: BlockNumber, limit: BlockNumber) -> bool {
    last.is_none_or(|last| now.checked_sub(last).is_some_and(|gone| gone >= limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_done_may_be_done_at_once() {
        assert!(has_rested(None, 0, BlockNumber::MAX));
    }

    #[test]
    fn the_limit_has_passed_with_its_last_block() {
        assert!(!has_rested(Some(10), 14, 5));
        assert!(has_rested(Some(10), 15, 5));
        assert!(has_rested(Some(10), 10, 0));
    }

    #[test]
    fn what_is_still_to_come_has_not_rested() {
        assert!(!has_rested(Some(10), 9, 0));
    }
}
