//! Registration by work: what a proof is checked for, and that it buys one seat only.

use crate::{
    pallet::{Spent, MOST_SPENT},
    Config, Error, Pallet, SpentWork,
};
use chain_traits::HotkeyOwners;
use frame_support::ensure;
use frame_system::{ensure_signed, pallet_prelude::*};
use primitives::{is_worth, AccountId, BlockNumber, Hyperparams, NetUid, Work, H256};
use sp_runtime::traits::BlockNumberProvider;

impl<T: Config> Pallet<T> {
    /// The difficulty that the work is worth, and its seal.
    pub(crate) fn check_work(
        netuid: NetUid,
        params: &Hyperparams,
        hotkey: &AccountId,
        coldkey: &AccountId,
        block_number: BlockNumber,
        nonce: u64,
    ) -> Result<(u64, H256), Error<T>> {
        ensure!(params.pow_allowed, Error::<T>::WorkNotAllowed);
        ensure!(Self::is_young(block_number), Error::<T>::StaleWork);
        let block_hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(block_number));
        let work = Work { block_hash, netuid, hotkey: hotkey.clone(), coldkey: coldkey.clone() };
        let (seal, difficulty) = (work.seal(nonce), Self::difficulty(netuid, params));
        ensure!(is_worth(&seal, difficulty), Error::<T>::WorthlessWork);
        let spent = SpentWork::<T>::get(netuid);
        ensure!(!spent.iter().any(|spent| spent.seal == seal), Error::<T>::WorkSpent);
        let remembered = spent.iter().filter(|spent| Self::is_young(spent.block)).count();
        ensure!(remembered < MOST_SPENT as usize, Error::<T>::TooManyRegistrationsThisBlock);
        Ok((difficulty, seal))
    }

    /// Whether the hash of a block can be worked on: it is known, and not yet too old.
    fn is_young(block: BlockNumber) -> bool {
        let age = T::Clock::current_block_number().checked_sub(block);
        age.is_some_and(|age| (1..Work::MAX_AGE).contains(&age))
    }

    /// Remembers a proof of work for as long as it could be shown again.
    pub(crate) fn spend(netuid: NetUid, spent: Spent) -> Result<(), Error<T>> {
        SpentWork::<T>::try_mutate(netuid, |all| {
            all.retain(|spent| Self::is_young(spent.block));
            all.try_push(spent).map_err(|_| Error::<T>::TooManyRegistrationsThisBlock)
        })
    }

    /// Whether work pays for everything, so that no fee has to.
    pub(crate) fn registers_for_free(
        origin: OriginFor<T>,
        netuid: NetUid,
        hotkey: &AccountId,
        block_number: BlockNumber,
        nonce: u64,
    ) -> bool {
        let Ok(coldkey) = ensure_signed(origin) else { return false };
        T::Hotkeys::may_claim(hotkey, &coldkey).is_ok()
            && Self::may_register(netuid, hotkey).is_ok_and(|(params, _)| {
                Self::check_work(netuid, &params, hotkey, &coldkey, block_number, nonce).is_ok()
            })
    }
}
