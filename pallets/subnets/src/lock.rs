//! What a subnet costs and when it starts, as a pure function of time.

use codec::{Decode, Encode, MaxEncodedLen};
use primitives::{mul_div, Amount, BlockNumber, MAX_SUBNETS, TOKEN};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How subnets may be created; set at genesis.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CreationRules {
    /// The least that a subnet locks, in base units.
    pub min_lock: Amount,
    /// Blocks in which a doubled price decays to the least one.
    pub lock_decay: BlockNumber,
    /// Fewest blocks between two creations.
    pub interval: BlockNumber,
    /// At most [`CreationRules::MOST_SUBNETS`]. At this limit a creation replaces the subnet that earns least.
    pub max_subnets: u16,
    /// Blocks during which a new subnet is not replaced.
    pub immunity: BlockNumber,
    /// Blocks after its creation from which on emission falls to a subnet.
    pub start_delay: BlockNumber,
}

/// The creation before this one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct LastCreation {
    pub price: Amount,
    pub block: BlockNumber,
}

impl Default for CreationRules {
    fn default() -> Self {
        Self {
            min_lock: 1_000 * TOKEN,
            lock_decay: 100_800,
            interval: 7_200,
            max_subnets: 64,
            immunity: 50_400,
            start_delay: 7_200,
        }
    }
}

impl CreationRules {
    /// Bounds every storage value that holds an entry for each subnet.
    pub const MOST_SUBNETS: u32 = MAX_SUBNETS;

    pub(crate) fn assert_valid(&self) {
        assert!(self.min_lock > 0, "subnets.rules.minLock must be positive");
        assert!(self.lock_decay > 0, "subnets.rules.lockDecay must be at least one block");
        assert!(u32::from(self.max_subnets) <= Self::MOST_SUBNETS, "subnets.rules.maxSubnets is too high");
    }

    pub(crate) fn may_create(&self, last: Option<&LastCreation>, now: BlockNumber) -> bool {
        self.creatable_from(last) <= now
    }

    /// The first block in which the interval since the last creation has passed.
    pub(crate) fn creatable_from(&self, last: Option<&LastCreation>) -> BlockNumber {
        last.map_or(0, |last| last.block.checked_add(self.interval).unwrap_or(BlockNumber::MAX))
    }

    pub(crate) fn is_immune(&self, created_at: BlockNumber, now: BlockNumber) -> bool {
        self.replaceable_from(created_at) > now
    }

    /// The first block in which a subnet is out of its immunity.
    pub(crate) fn replaceable_from(&self, created_at: BlockNumber) -> BlockNumber {
        created_at.checked_add(self.immunity).unwrap_or(BlockNumber::MAX)
    }

    /// The first block in which the price is the least one, unless somebody creates a subnet before.
    pub(crate) fn lowest_from(&self, last: Option<&LastCreation>) -> BlockNumber {
        last.map_or(0, |last| last.block.checked_add(self.lock_decay).unwrap_or(BlockNumber::MAX))
    }

    /// The block from which on emission falls to a subnet; `None` when that lies beyond all block numbers.
    pub(crate) fn starts_at(&self, created_at: BlockNumber) -> Option<BlockNumber> {
        created_at.checked_add(self.start_delay)
    }

    /// Twice the last price, falling linearly to the least one in `lock_decay` blocks. `None` when it does not fit.
    pub(crate) fn price(&self, last: Option<&LastCreation>, now: BlockNumber) -> Option<Amount> {
        let Some(last) = last else { return Some(self.min_lock) };
        let doubled = last.price.checked_mul(2)?.max(self.min_lock);
        let elapsed = now.checked_sub(last.block)?.min(self.lock_decay);
        let fallen = mul_div(doubled.checked_sub(self.min_lock)?, elapsed.into(), self.lock_decay.into())?;
        doubled.checked_sub(fallen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_doubles_at_a_creation_and_decays_linearly_to_the_minimum() {
        let rules = CreationRules { min_lock: 100, lock_decay: 10, ..Default::default() };
        let last = LastCreation { price: 100, block: 50 };
        let price_at = |block| rules.price(Some(&last), block);
        assert_eq!(rules.price(None, 7), Some(100));
        assert_eq!(price_at(50), Some(200));
        assert_eq!(price_at(55), Some(150));
        assert_eq!(price_at(60), Some(100));
        assert_eq!(price_at(1_000), Some(100));
    }

    #[test]
    fn a_creation_waits_for_the_interval() {
        let rules = CreationRules { interval: 5, ..Default::default() };
        let last = LastCreation { price: 1, block: 10 };
        assert!(rules.may_create(None, 0));
        assert!(!rules.may_create(Some(&last), 14));
        assert!(rules.may_create(Some(&last), 15));
        assert_eq!([rules.creatable_from(None), rules.creatable_from(Some(&last))], [0, 15]);
    }

    #[test]
    fn immunity_ends_and_emission_begins_to_the_block() {
        let rules = CreationRules { immunity: 10, start_delay: 3, ..Default::default() };
        assert!(rules.is_immune(5, 14));
        assert!(!rules.is_immune(5, 15));
        assert_eq!(rules.starts_at(5), Some(8));
        assert_eq!(rules.starts_at(u32::MAX), None);
    }
}
