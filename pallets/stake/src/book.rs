//! One position with the pool that it is part of: loaded, changed in memory, stored as a whole.

use crate::{
    pallet::{ByColdkey, Config, Error, HotkeyOf, Pallet, Pools, Positions, RipeDeposits},
    pool::{Pool, Position, Ripe, Round},
};
use alloc::collections::BTreeMap;
use primitives::{AccountId, Amount};

/// Both sides are up to date: what is ripe has bought shares, and the position has collected its own.
pub struct Book<'a> {
    hotkey: &'a AccountId,
    coldkey: &'a AccountId,
    pub pool: Pool,
    pub position: Position,
    /// The rounds whose ripe deposits changed hands here.
    ripe: BTreeMap<Round, Ripe>,
    existed: bool,
}

impl<'a> Book<'a> {
    pub fn load<T: Config>(hotkey: &'a AccountId, coldkey: &'a AccountId) -> Result<Self, Error<T>> {
        let now = Pallet::<T>::round();
        let mut pool = Pools::<T>::get(hotkey);
        let ripe = pool.ripen(now).ok_or(Error::<T>::Overflow)?.into_iter().collect();
        let stored = Positions::<T>::get(pool.id, coldkey);
        let existed = stored.is_some();
        let mut book = Self { hotkey, coldkey, pool, position: stored.unwrap_or_default(), ripe, existed };
        book.collect::<T>(now).ok_or(Error::<T>::Overflow)?;
        Ok(book)
    }

    fn collect<T: Config>(&mut self, now: Round) -> Option<()> {
        for deposit in self.position.waiting.take_ripe(now) {
            let mut ripe = match self.ripe.remove(&deposit.round) {
                Some(ripe) => ripe,
                None => RipeDeposits::<T>::get(self.pool.id, deposit.round)?,
            };
            self.position.shares = self.position.shares.checked_add(ripe.collect(deposit.amount)?)?;
            self.ripe.insert(deposit.round, ripe);
        }
        Some(())
    }

    /// Base units of the position, earning or not.
    pub fn value<T: Config>(&self) -> Result<Amount, Error<T>> {
        self.position.value(&self.pool).ok_or(Error::<T>::Overflow)
    }

    /// Adds what waits for its round.
    pub fn deposit<T: Config>(&mut self, amount: Amount) -> Result<(), Error<T>> {
        let now = Pallet::<T>::round();
        self.pool.waiting.add(now, amount).ok_or(Error::<T>::Overflow)?;
        self.position.waiting.add(now, amount).ok_or(Error::<T>::Overflow)
    }

    pub fn withdraw<T: Config>(&mut self, amount: Amount) -> Result<(), Error<T>> {
        self.position.take(&mut self.pool, amount).ok_or(Error::<T>::NotEnoughStake)
    }

    /// Adds what was earned: it has no need to wait.
    pub fn earn<T: Config>(&mut self, amount: Amount) -> Result<(), Error<T>> {
        let bought = self.pool.buy(amount).ok_or(Error::<T>::Overflow)?;
        self.position.shares = self.position.shares.checked_add(bought).ok_or(Error::<T>::Overflow)?;
        Ok(())
    }

    pub fn store<T: Config>(mut self) -> Result<(), Error<T>> {
        self.count::<T>()?;
        if self.pool.id == 0 && !self.pool.is_empty() {
            self.pool.id = Pallet::<T>::open_pool(self.hotkey)?;
        }
        let id = self.pool.id;
        for (round, ripe) in self.ripe {
            let left = Some(ripe).filter(|ripe| ripe.amount > 0);
            RipeDeposits::<T>::set(id, round, left);
        }
        if self.position.is_empty() {
            Positions::<T>::remove(id, self.coldkey);
            ByColdkey::<T>::remove(self.coldkey, id);
        } else {
            Positions::<T>::insert(id, self.coldkey, self.position);
            ByColdkey::<T>::insert(self.coldkey, id, ());
        }
        if self.pool.is_empty() {
            Pools::<T>::remove(self.hotkey);
            HotkeyOf::<T>::remove(id);
        } else {
            Pools::<T>::insert(self.hotkey, self.pool);
        }
        Ok(())
    }

    fn count<T: Config>(&mut self) -> Result<(), Error<T>> {
        let nominators = match (self.existed, self.position.is_empty()) {
            (false, false) => self.pool.nominators.checked_add(1),
            (true, true) => self.pool.nominators.checked_sub(1),
            _ => Some(self.pool.nominators),
        };
        self.pool.nominators = nominators.ok_or(Error::<T>::Overflow)?;
        Ok(())
    }
}
