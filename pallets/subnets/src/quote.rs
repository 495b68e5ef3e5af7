//! What creating a subnet costs in the next block, by the very rules that lock it.

use crate::{Config, CreationRules, Last, LastCreation, Pallet, Registry, Rules};
use primitives::{BlockNumber, CreationObstacle, CreationQuote};
use sp_runtime::traits::BlockNumberProvider;

impl<T: Config> Pallet<T> {
    /// For the block after the present one.
    pub fn quote() -> CreationQuote {
        let block = T::Clock::current_block_number();
        let next = block.checked_add(1).unwrap_or(block);
        let (rules, last) = (Rules::<T>::get(), Last::<T>::get());
        let place = Self::place(&rules, next);
        CreationQuote {
            block,
            obstacle: too_soon(&rules, last.as_ref(), next)
                .or_else(|| place.as_ref().err().map(|_| Self::all_immune(&rules))),
            lock: rules.price(last.as_ref(), next),
            lowest_lock: rules.min_lock,
            lowest_from: rules.lowest_from(last.as_ref()).max(next),
            replaces: place.ok().and_then(|(netuid, replaced)| replaced.map(|_| netuid)),
        }
    }

    fn all_immune(rules: &CreationRules) -> CreationObstacle {
        let until = Registry::<T>::iter_values().map(|subnet| rules.replaceable_from(subnet.created_at)).min();
        CreationObstacle::AllImmune { until }
    }
}

fn too_soon(rules: &CreationRules, last: Option<&LastCreation>, next: BlockNumber) -> Option<CreationObstacle> {
    let until = rules.creatable_from(last);
    (!rules.may_create(last, next)).then_some(CreationObstacle::TooSoon { until })
}
