//! How many tokens exist when: cap, halving curve and exact splits.
//!
//! Pure integer functions; amounts are base units, of which [`TOKEN`] make one token. What is split is never lost and
//! never created: every function that divides also returns what division left over.
#![cfg_attr(not(feature = "std"), no_std)]

/// Base units in one token.
pub const TOKEN: u64 = 1_000_000_000;
/// The most base units that can ever exist.
pub const CAP: u64 = 21_000_000 * TOKEN;
/// What one block mints before the first halving.
pub const FIRST_BLOCK_EMISSION: u64 = TOKEN;

/// Base units that one block mints when `issued` already exist.
///
/// Halves each time the unissued rest has halved: `TOKEN / 2^h` with `h = floor(log2(CAP / (CAP - issued)))`, so the
/// first halving comes at half the cap. It depends on what exists, not on time: what was recycled is issued again.
pub fn block_emission(issued: u64) -> u64 {
    let Some(unissued) = CAP.checked_sub(issued).filter(|rest| *rest > 0) else { return 0 };
    let halvings = (CAP / unissued).ilog2();
    FIRST_BLOCK_EMISSION.checked_shr(halvings).unwrap_or(0).min(unissued)
}

/// `share` (where `u16::MAX` means one) of `total`, rounded down, and what remains.
pub fn split_off(total: u64, share: u16) -> (u64, u64) {
    let product = u128::from(total) * u128::from(share);
    let part = (product / u128::from(u16::MAX)) as u64;
    (part, total - part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_halving_comes_at_half_the_cap() {
        assert_eq!(block_emission(0), TOKEN);
        assert_eq!(block_emission(CAP / 2 - 1), TOKEN);
        assert_eq!(block_emission(CAP / 2), TOKEN / 2);
        assert_eq!(block_emission(CAP / 4 * 3), TOKEN / 4);
    }

    #[test]
    fn nothing_is_minted_at_or_above_the_cap() {
        assert_eq!(block_emission(CAP), 0);
        assert_eq!(block_emission(u64::MAX), 0);
    }

    /// Leaps over long stretches of equal emission so that the whole curve is walked.
    #[test]
    fn the_curve_never_passes_the_cap() {
        let mut issued = 0;
        while block_emission(issued) > 0 {
            let emission = block_emission(issued);
            let unissued = CAP - issued;
            issued += emission.max(unissued / 8 / emission * emission);
            assert!(issued <= CAP);
        }
        assert!(CAP - issued < TOKEN, "all but dust is issued in the end");
    }

    /// Each halving lasts as many blocks as the others, until base units stop dividing.
    #[test]
    fn every_halving_takes_ten_and_a_half_million_blocks() {
        const BLOCKS: u64 = 10_500_000;
        let mut issued = 0;
        for (halving, emission) in
            [1_000_000_000, 500_000_000, 250_000_000, 125_000_000, 62_500_000, 31_250_000, 15_625_000, 7_812_500]
                .into_iter()
                .enumerate()
        {
            assert_eq!(CAP - issued, CAP >> halving, "halving {halving}");
            assert_eq!(block_emission(issued), emission, "its first block");
            issued += emission * (BLOCKS - 1);
            assert_eq!(block_emission(issued), emission, "its last block");
            issued += emission;
        }
    }

    proptest! {
        #[test]
        fn emission_only_falls_as_issuance_grows(a in 0..=CAP, b in 0..=CAP) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(block_emission(low) >= block_emission(high));
        }

        #[test]
        fn the_integer_curve_agrees_with_the_logarithm(issued in 0..CAP) {
            let halvings = (1.0 / (1.0 - issued as f64 / CAP as f64)).log2();
            prop_assume!((halvings - halvings.round()).abs() > 1e-9);
            prop_assume!(halvings < 29.0);
            prop_assert_eq!(block_emission(issued), TOKEN >> (halvings.floor() as u32));
        }

        #[test]
        fn a_split_off_part_and_the_rest_are_the_whole(total in any::<u64>(), share in any::<u16>()) {
            let (part, rest) = split_off(total, share);
            prop_assert_eq!(part.checked_add(rest), Some(total));
            prop_assert_eq!(split_off(total, u16::MAX), (total, 0));
            prop_assert_eq!(split_off(total, 0), (0, total));
        }
    }
}
