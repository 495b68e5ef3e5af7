//! Who takes part: `active_i = last_update_i + activity_cutoff >= current_block`.

use alloc::vec::Vec;

/// For each neuron whether it set weights within `cutoff` blocks before `current_block`, that distance included.
pub fn active(last_update: &[u64], cutoff: u64, current_block: u64) -> Vec<bool> {
    last_update.iter().map(|block| block.saturating_add(cutoff) >= current_block).collect()
}
