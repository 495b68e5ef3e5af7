//! What becomes of stake when a key is swapped.

use crate::pallet::{ByColdkey, Config, Error, HotkeyOf, Hotkeys, Owner, Pallet, Pools, Positions, Takes};
use alloc::vec::Vec;
use chain_traits::{Coldkeys, OnColdkeySwapped, OnHotkeySwapped};
use frame_support::dispatch::DispatchResult;
use primitives::AccountId;

/// Positions name their pool and not its hotkey, so that this costs the same however many nominators there are.
impl<T: Config> OnHotkeySwapped for Pallet<T> {
    fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
        let owner = Owner::<T>::get(old).ok_or(Error::<T>::UnknownHotkey)?;
        Hotkeys::<T>::mutate(owner, |hotkeys| {
            hotkeys.iter_mut().filter(|hotkey| *hotkey == old).for_each(|hotkey| *hotkey = new.clone());
        });
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

impl<T: Config> Coldkeys for Pallet<T> {
    fn is_used(coldkey: &AccountId) -> bool {
        Hotkeys::<T>::contains_key(coldkey) || Self::positions(coldkey, 1) > 0
    }

    fn positions(coldkey: &AccountId, most: u32) -> u32 {
        ByColdkey::<T>::iter_key_prefix(coldkey).take(most as usize).count() as u32
    }
}

impl<T: Config> OnColdkeySwapped for Pallet<T> {
    fn on_coldkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
        for hotkey in Hotkeys::<T>::get(old) {
            Owner::<T>::insert(hotkey, new);
        }
        Hotkeys::<T>::swap(old, new);
        for pool in ByColdkey::<T>::iter_key_prefix(old).collect::<Vec<_>>() {
            Positions::<T>::swap(pool, old, pool, new);
            ByColdkey::<T>::swap(old, pool, new, pool);
        }
        Ok(())
    }
}
