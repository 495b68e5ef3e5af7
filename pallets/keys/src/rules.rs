//! What an exchange of keys costs and how often there may be one.

use codec::{Decode, Encode, MaxEncodedLen};
use primitives::{has_rested, Amount, BlockNumber, TOKEN};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How keys may be swapped; set at genesis.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct SwapRules {
    /// Base units that a swap of a hotkey burns, so that they can be minted again.
    pub hotkey_fee: Amount,
    /// Fewest blocks between two swaps of what was one hotkey once.
    pub hotkey_interval: BlockNumber,
    /// Base units that announcing the swap of a coldkey burns.
    pub coldkey_fee: Amount,
    /// Blocks between the announcement and the first block in which the new coldkey can take over.
    pub coldkey_delay: BlockNumber,
}

impl Default for SwapRules {
    fn default() -> Self {
        Self { hotkey_fee: TOKEN / 10, hotkey_interval: 7_200, coldkey_fee: TOKEN / 10, coldkey_delay: 36_000 }
    }
}

impl SwapRules {
    /// Whether a hotkey that took the place of another one in block `swapped_at` may be swapped again.
    pub(crate) fn may_swap_hotkey(&self, swapped_at: Option<BlockNumber>, now: BlockNumber) -> bool {
        has_rested(swapped_at, now, self.hotkey_interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hotkey_is_swapped_at_any_time_and_its_successor_after_the_interval() {
        let rules = SwapRules { hotkey_interval: 5, ..Default::default() };
        assert!(rules.may_swap_hotkey(None, 0));
        assert!(!rules.may_swap_hotkey(Some(10), 14));
        assert!(rules.may_swap_hotkey(Some(10), 15));
        assert!(!rules.may_swap_hotkey(Some(10), 9), "the past is not after anything");
    }
}
