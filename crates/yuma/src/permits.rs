//! Who may validate: the `k` largest stakes, and the owner.

use alloc::vec::Vec;

use crate::fixed::Fixed;

/// For each neuron whether it has stake and is among the `k` largest. Of equal stakes the higher uid comes first.
pub fn largest(stake: &[Fixed], k: u16) -> Vec<bool> {
    let mut permits: Vec<bool> = stake.iter().map(|share| *share != Fixed::ZERO).collect();
    let mut ascending: Vec<(Fixed, usize)> = stake.iter().copied().zip(0..).collect();
    ascending.sort_unstable();
    let losers = stake.len().saturating_sub(usize::from(k));
    for &(_, uid) in ascending.iter().take(losers) {
        permits[uid] = false;
    }
    permits
}

/// The same permits with the owner's added.
pub fn with_owner(mut permits: Vec<bool>, owner: Option<u16>) -> Vec<bool> {
    if let Some(permit) = owner.and_then(|uid| permits.get_mut(usize::from(uid))) {
        *permit = true;
    }
    permits
}
