//! What one coldkey has on one hotkey, for who asks.

use crate::{book::Book, Config, Pallet, RoundLength};
use primitives::{AccountId, Amount, BlockNumber};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Base units, those included that wait.
    pub amount: Amount,
    /// Base units of it that neither earn nor count yet.
    pub waiting: Amount,
    /// The block from which on all of it earns and counts; `None` where nothing waits.
    pub counts_from: Option<BlockNumber>,
}

impl<T: Config> Pallet<T> {
    /// As a call in the present block would find it; `None` only where the books do not add up.
    pub fn holding(hotkey: &AccountId, coldkey: &AccountId) -> Option<Holding> {
        let book = Book::load::<T>(hotkey, coldkey).ok()?;
        let waits = &book.position.waiting;
        let ripens = waits.ripens().and_then(|round| round.checked_mul(RoundLength::<T>::get()));
        Some(Holding { amount: book.value::<T>().ok()?, waiting: waits.sum()?, counts_from: ripens })
    }
}
