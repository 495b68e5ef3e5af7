//! What becomes of stake when a key is swapped.

use crate::pallet::{Config, Error, HotkeyOf, Owner, Pallet, Pools, Takes};
use chain_traits::OnHotkeySwapped;
use frame_support::{dispatch::DispatchResult, ensure};
use primitives::AccountId;

/// Positions name their pool and not its hotkey, so that this costs the same however many nominators there are.
impl<T: Config> OnHotkeySwapped for Pallet<T> {
    fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
        ensure!(Owner::<T>::contains_key(old), Error::<T>::UnknownHotkey);
        Owner::<T>::swap(old, new);
        Takes::<T>::swap(old, new);
        Pools::<T>::swap(old, new);
        let pool = Pools::<T>::get(new);
        if !pool.is_empty() {
            HotkeyOf::<T>::insert(pool.id, new);
        }
        Ok(())
    }
}
