//! What a seat costs, as a pure function of time and of registrations.

use codec::{Decode, Encode, MaxEncodedLen};
use primitives::{mul_div, Amount, BlockNumber, Hyperparams};
use scale_info::TypeInfo;

/// Blocks in which the price of a seat halves.
pub const HALF_LIFE: BlockNumber = 360;

/// The price after the last registration.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct BurnPrice {
    pub price: Amount,
    pub block: BlockNumber,
}

impl BurnPrice {
    /// The price at `now`: halved each [`HALF_LIFE`], linear in between, within the subnet's bounds.
    ///
    /// It moves at every block and at every registration at once, so there is no interval whose start could be sniped.
    pub fn at(&self, now: BlockNumber, params: &Hyperparams) -> Amount {
        let Some(elapsed) = now.checked_sub(self.block) else {
            return self.price.clamp(params.min_burn, params.max_burn);
        };
        let halved = self.price.checked_shr(elapsed / HALF_LIFE).unwrap_or_default();
        let whole = u64::from(HALF_LIFE) * 2;
        let fraction = whole - u64::from(elapsed % HALF_LIFE);
        mul_div(halved, fraction, whole).unwrap_or(halved).clamp(params.min_burn, params.max_burn)
    }

    /// The price after somebody paid `paid` at `now`: 26 % more, so three registrations double it.
    pub fn after(paid: Amount, now: BlockNumber) -> Self {
        Self { price: mul_div(paid, 126, 100).unwrap_or(Amount::MAX), block: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Hyperparams {
        Hyperparams { min_burn: 100, max_burn: 10_000, ..Default::default() }
    }

    #[test]
    fn the_price_halves_in_a_half_life_and_falls_at_every_block() {
        let last = BurnPrice { price: 8_000, block: 1_000 };
        assert_eq!(last.at(1_000, &params()), 8_000);
        assert_eq!(last.at(1_180, &params()), 6_000);
        assert_eq!(last.at(1_360, &params()), 4_000);
        assert_eq!(last.at(1_720, &params()), 2_000);
    }

    #[test]
    fn the_price_stays_within_the_bounds() {
        assert_eq!(BurnPrice { price: 8_000, block: 0 }.at(u32::MAX, &params()), 100);
        assert_eq!(BurnPrice { price: Amount::MAX, block: 0 }.at(0, &params()), 10_000);
    }

    #[test]
    fn a_registration_raises_the_price_at_once() {
        assert_eq!(BurnPrice::after(1_000, 5), BurnPrice { price: 1_260, block: 5 });
    }
}
