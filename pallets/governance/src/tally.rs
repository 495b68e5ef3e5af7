use primitives::Standing;

/// `ayes` and `nays` count sitting senators only, of whom there are `senators`; `over` says that its time ran out.
pub fn standing(ayes: usize, nays: usize, senators: usize, over: bool) -> Standing {
    // `x > senators / 2` for whole numbers, exactly.
    if over {
        Standing::Expired
    } else if ayes > senators / 2 {
        Standing::Approved
    } else if nays > 0 && nays >= senators.div_ceil(2) {
        Standing::Rejected
    } else {
        Standing::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_of_the_senate_approves() {
        assert_eq!(standing(6, 0, 12, false), Standing::Open);
        assert_eq!(standing(7, 0, 12, false), Standing::Approved);
        assert_eq!(standing(1, 0, 3, false), Standing::Open);
        assert_eq!(standing(2, 1, 3, false), Standing::Approved);
        assert_eq!(standing(1, 0, 1, false), Standing::Approved);
    }

    #[test]
    fn a_motion_is_rejected_once_no_majority_can_come_together() {
        assert_eq!(standing(0, 5, 12, false), Standing::Open);
        assert_eq!(standing(0, 6, 12, false), Standing::Rejected);
        assert_eq!(standing(1, 1, 3, false), Standing::Open);
        assert_eq!(standing(1, 2, 3, false), Standing::Rejected);
    }

    #[test]
    fn without_senators_nothing_is_decided() {
        assert_eq!(standing(0, 0, 0, false), Standing::Open);
    }

    #[test]
    fn a_majority_that_nobody_closed_in_time_is_lost() {
        assert_eq!(standing(12, 0, 12, true), Standing::Expired);
    }

    #[test]
    fn a_motion_is_never_approved_and_beyond_approval_at_once() {
        for senators in 0..=12 {
            for nays in 0..=senators {
                let rejected = standing(0, nays, senators, false) == Standing::Rejected;
                let hopeless = senators > 0 && standing(senators - nays, nays, senators, false) != Standing::Approved;
                assert_eq!(rejected, hopeless, "{nays} of {senators}");
            }
        }
    }
}
