//! What a seat costs, in tokens or in hashes, as a pure function of time and of registrations.

use codec::{Decode, Encode, MaxEncodedLen};
use primitives::{mul_div, BlockNumber, Hyperparams};
use scale_info::TypeInfo;

/// What a registration does to a price is in thousandths.
const WHOLE: u64 = 1_000;

/// The price after the last registration.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Price {
    pub price: u64,
    pub block: BlockNumber,
}

/// How a price moves. It falls at every block and rises at every registration at once, so there is no interval whose
/// start could be sniped.
#[derive(Clone, Debug)]
pub struct Law {
    half_life: BlockNumber,
    /// In thousandths, at least one.
    increase: u64,
    min: u64,
    max: u64,
}

impl Law {
    /// Base units for a seat.
    pub fn of_burn(params: &Hyperparams) -> Self {
        Self::of(params, params.min_burn, params.max_burn)
    }

    /// Hashes for a seat.
    pub fn of_difficulty(params: &Hyperparams) -> Self {
        Self::of(params, params.min_difficulty, params.max_difficulty)
    }

    fn of(params: &Hyperparams, min: u64, max: u64) -> Self {
        Self { half_life: params.burn_half_life, increase: params.burn_increase.into(), min, max }
    }

    /// The price at `now`: the last one halved each half life, linear in between, within the bounds; the least where
    /// nobody has registered yet.
    pub fn at(&self, last: Option<&Price>, now: BlockNumber) -> u64 {
        last.and_then(|last| self.fallen(last, now)).unwrap_or(self.min).clamp(self.min, self.max)
    }

    /// The price after somebody paid `paid` at `now`. What does not fit is above the highest price as well.
    pub fn after(&self, paid: u64, now: BlockNumber) -> Price {
        let raised = mul_div(paid, self.increase, WHOLE).unwrap_or(self.max);
        Price { price: raised.clamp(self.min, self.max), block: now }
    }

    /// What the last of `buyers` pays who buy in one block, the first of them for `first`.
    pub fn last_of(&self, buyers: u32, first: u64, now: BlockNumber) -> u64 {
        let mut price = first;
        for _ in 1..buyers {
            let next = self.at(Some(&self.after(price, now)), now);
            if next == price {
                break;
            }
            price = next;
        }
        price
    }

    /// Nothing once no unit is left.
    fn fallen(&self, last: &Price, now: BlockNumber) -> Option<u64> {
        let elapsed = now.checked_sub(last.block)?;
        let halved = last.price.checked_shr(elapsed.checked_div(self.half_life)?)?;
        let whole = u64::from(self.half_life).checked_mul(2)?;
        let left = whole.checked_sub(elapsed.checked_rem(self.half_life)?.into())?;
        mul_div(halved, left, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LAW: Law = Law { half_life: 360, increase: 1_260, min: 100, max: 10_000 };

    fn last(price: u64) -> Price {
        Price { price, block: 1_000 }
    }

    #[test]
    fn the_price_halves_in_a_half_life_and_falls_at_every_block() {
        let at = |block| LAW.at(Some(&last(8_000)), block);
        assert_eq!([at(1_000), at(1_180), at(1_360), at(1_720)], [8_000, 6_000, 4_000, 2_000]);
        assert!(at(1_001) < 8_000);
    }

    #[test]
    fn the_price_stays_within_the_bounds() {
        assert_eq!(LAW.at(None, 7), 100);
        assert_eq!(LAW.at(Some(&last(8_000)), u32::MAX), 100);
        assert_eq!(LAW.at(Some(&last(u64::MAX)), 1_000), 10_000);
        assert_eq!(LAW.after(u64::MAX, 5).price, 10_000);
    }

    #[test]
    fn a_registration_raises_the_price_at_once() {
        assert_eq!(LAW.after(1_000, 5), Price { price: 1_260, block: 5 });
    }

    #[test]
    fn the_last_of_several_buyers_pays_what_those_before_made_of_the_price() {
        assert_eq!([0, 1, 2, 3].map(|buyers| LAW.last_of(buyers, 1_000, 5)), [1_000, 1_000, 1_260, 1_587]);
        assert_eq!(LAW.last_of(u32::MAX, 1_000, 5), 10_000);
    }

    #[test]
    fn three_registrations_in_a_row_double_the_price_of_the_default() {
        let params = Hyperparams::default();
        let law = Law::of_burn(&params);
        let third = (0..3).fold(params.min_burn, |price, _| law.after(price, 0).price);
        assert!((2 * params.min_burn..params.min_burn * 21 / 10).contains(&third), "{third}");
    }

    prop_compose! {
        fn laws()(half_life in 1u32.., increase in 1_000u64..=65_535, a in 1u64.., b in 1u64..) -> Law {
            Law { half_life, increase, min: a.min(b), max: a.max(b) }
        }
    }

    proptest! {
        #[test]
        fn a_price_is_within_its_bounds_and_never_nothing(law in laws(), price: u64, block: u32, now: u32) {
            let at = law.at(Some(&Price { price, block }), now);
            prop_assert!(at >= law.min && at <= law.max && at > 0);
        }

        #[test]
        fn a_price_only_falls_with_time(law in laws(), price: u64, block: u32, a: u32, b: u32) {
            let (sooner, later) = (a.min(b).max(block), a.max(b).max(block));
            let price = Price { price, block };
            prop_assert!(law.at(Some(&price), sooner) >= law.at(Some(&price), later));
        }

        #[test]
        fn a_price_never_falls_by_more_than_half_in_a_half_life(law in laws(), price: u64, elapsed: u32) {
            prop_assume!(elapsed <= law.half_life);
            let price = Price { price, block: 0 };
            prop_assert!(law.at(Some(&price), elapsed) >= law.at(Some(&price), 0) / 2);
        }

        #[test]
        fn a_registration_never_lowers_the_price(law in laws(), price: u64, block: u32, now: u32) {
            let paid = law.at(Some(&Price { price, block }), now);
            let after = law.after(paid, now);
            prop_assert!(law.at(Some(&after), now) >= paid);
        }

        /// Buying several seats one after the other, in one block, costs each time more until the highest price.
        #[test]
        fn a_burst_pays_a_geometric_price(paid in 1_000u64..1_000_000_000, seats in 1usize..10) {
            let law = Law { half_life: 360, increase: 1_260, min: 1, max: u64::MAX };
            let mut price = paid;
            for _ in 0..seats {
                let next = law.at(Some(&law.after(price, 5)), 5);
                prop_assert!(next >= price / 100 * 125);
                price = next;
            }
        }
    }
}
