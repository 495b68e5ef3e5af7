//! What lies behind one hotkey and how it grows, as pure functions.
//!
//! Whoever stakes on a hotkey holds shares of its pool. A payout raises what a share is worth and touches nobody's
//! position, so that it costs the same for one nominator as for a million. A deposit waits [`WAIT`] rounds before it
//! buys shares: until then it neither earns nor counts.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use primitives::Amount;
use scale_info::TypeInfo;
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, Rounding};

/// Counts stretches of blocks of one length, the pallet's round length.
pub type Round = u32;

/// Names a pool in the maps beside it, whatever its hotkey is called: so a swap of hotkeys touches no nominator. Counts
/// from 1 and is never used again.
pub type PoolId = u64;

/// A deposit of round `r` ripens in round `r + WAIT`: it has seen one whole round, in which each subnet whose epochs are
/// no further apart than that has paid once without it.
pub const WAIT: Round = 2;

/// Shares that a base unit buys from a pool that was never paid. No more than the supply cap, less than `2^55` base
/// units, can lie in a pool, so that all shares fit.
const SHARES_PER_UNIT: u128 = 1 << 40;
/// Shares that a base unit is worth at least, however much a pool was paid, so that rounding to a share is never worth
/// the call that gains by it.
const LEAST_SHARES_PER_UNIT: u128 = 1 << 8;

/// Base units that were added in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Deposit {
    pub round: Round,
    pub amount: Amount,
}

/// The deposits that still wait, oldest first: one of each round, as older ones are ripe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Waiting(BoundedVec<Deposit, ConstU32<WAIT>>);

impl Waiting {
    /// Base units. `None` when the sum does not fit.
    pub fn sum(&self) -> Option<Amount> {
        self.0.iter().try_fold(0, |sum: Amount, deposit| sum.checked_add(deposit.amount))
    }

    /// The round in which the last of them is ripe; `None` where nothing waits.
    pub fn ripens(&self) -> Option<Round> {
        self.0.iter().filter_map(|deposit| deposit.round.checked_add(WAIT)).max()
    }

    /// `None` when a sum does not fit, or the ripe ones were not taken out.
    pub fn add(&mut self, round: Round, amount: Amount) -> Option<()> {
        match self.0.iter_mut().find(|deposit| deposit.round == round) {
            Some(deposit) => deposit.amount = deposit.amount.checked_add(amount)?,
            None => self.0.try_push(Deposit { round, amount }).ok()?,
        }
        Some(())
    }

    /// Takes up to `amount`, the youngest first; says what was taken of which round.
    pub fn take(&mut self, amount: Amount) -> Vec<Deposit> {
        let mut left = amount;
        let mut taken = Vec::new();
        for deposit in self.0.iter_mut().rev() {
            let amount = deposit.amount.min(left);
            deposit.amount -= amount;
            left -= amount;
            taken.push(Deposit { amount, ..*deposit });
        }
        self.0.retain(|deposit| deposit.amount > 0);
        taken
    }

    /// Takes what somebody withdrew. `None` when there is less.
    fn subtract(&mut self, withdrawn: &Deposit) -> Option<()> {
        let deposit = self.0.iter_mut().find(|deposit| deposit.round == withdrawn.round);
        match deposit {
            Some(deposit) => deposit.amount = deposit.amount.checked_sub(withdrawn.amount)?,
            None if withdrawn.amount > 0 => return None,
            None => {}
        }
        self.0.retain(|deposit| deposit.amount > 0);
        Some(())
    }

    fn ripe(&self, now: Round) -> impl Iterator<Item = &Deposit> {
        self.0.iter().filter(move |deposit| is_ripe(deposit.round, now))
    }

    /// Takes those out that are ripe at `now`.
    pub fn take_ripe(&mut self, now: Round) -> Vec<Deposit> {
        let ripe = self.ripe(now).copied().collect();
        self.0.retain(|deposit| !is_ripe(deposit.round, now));
        ripe
    }
}

fn is_ripe(round: Round, now: Round) -> bool {
    now.checked_sub(round).is_some_and(|age| age >= WAIT)
}

/// All that is staked on one hotkey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Pool {
    /// 0 while nothing lies in the pool.
    pub id: PoolId,
    /// Base units that all shares together are worth.
    pub earning: Amount,
    /// Those of all positions, and of ripe deposits whose positions have not collected them.
    pub shares: u128,
    pub waiting: Waiting,
    /// Coldkeys with a position.
    pub nominators: u32,
}

/// The shares that the deposits of one round bought, until the last position has collected its part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Ripe {
    pub amount: Amount,
    pub shares: u128,
}

impl Ripe {
    /// The part of who deposited `amount`, rounded up; the last one takes what is left.
    pub fn collect(&mut self, amount: Amount) -> Option<u128> {
        let part = mul_div_up(self.shares, amount.into(), self.amount.into())?;
        self.amount = self.amount.checked_sub(amount)?;
        self.shares = self.shares.checked_sub(part)?;
        Some(part)
    }
}

impl Pool {
    pub fn is_empty(&self) -> bool {
        *self == Self { id: self.id, ..Self::default() }
    }

    /// Base units that belong to the pool's positions, earning or not.
    pub fn total(&self) -> Option<Amount> {
        self.earning.checked_add(self.waiting.sum()?)
    }

    /// Base units that earn and count in round `now`.
    pub fn counted(&self, now: Round) -> Option<Amount> {
        self.waiting.ripe(now).try_fold(self.earning, |sum, deposit| sum.checked_add(deposit.amount))
    }

    /// Base units that `shares` are worth, rounded down.
    pub fn value(&self, shares: u128) -> Option<Amount> {
        match self.shares {
            0 => Some(0),
            all => mul_div(shares, self.earning.into(), all)?.try_into().ok(),
        }
    }

    /// Shares for `amount` at today's price, rounded up, so that they are worth it at once: a share is a tiny part of a
    /// base unit, and whoever sells pays the rounding back.
    pub fn buy(&mut self, amount: Amount) -> Option<u128> {
        let bought = match self.shares {
            0 => u128::from(amount).checked_mul(SHARES_PER_UNIT)?,
            all => mul_div_up(all, amount.into(), self.earning.into())?,
        };
        self.shares = self.shares.checked_add(bought)?;
        self.earning = self.earning.checked_add(amount)?;
        Some(bought)
    }

    /// The shares, rounded up, that pay for taking `amount` out. `None` when `held` are worth less.
    pub fn sell(&mut self, held: u128, amount: Amount) -> Option<u128> {
        if amount > self.value(held)? {
            return None;
        }
        let sold = match self.earning {
            0 => 0,
            earning => mul_div_up(self.shares, amount.into(), earning.into())?.min(held),
        };
        self.shares = self.shares.checked_sub(sold)?;
        self.earning = self.earning.checked_sub(amount)?;
        Some(sold)
    }

    /// Raises what each share is worth; returns what would have made shares too coarse, which is all of it where there
    /// are none. That takes a pool whose payouts are billions of times as large as its stake.
    pub fn pay(&mut self, amount: Amount) -> Option<Amount> {
        let most = Amount::try_from(self.shares / LEAST_SHARES_PER_UNIT).unwrap_or(Amount::MAX);
        let paid = most.checked_sub(self.earning).map_or(0, |room| room.min(amount));
        self.earning = self.earning.checked_add(paid)?;
        amount.checked_sub(paid)
    }

    /// Lets the ripe deposits buy shares; says what those of each round got.
    pub fn ripen(&mut self, now: Round) -> Option<Vec<(Round, Ripe)>> {
        let deposits = self.waiting.take_ripe(now);
        let buy = |Deposit { round, amount }| Some((round, Ripe { amount, shares: self.buy(amount)? }));
        deposits.into_iter().map(buy).collect()
    }

    /// Gives back what a position took from its waiting deposits.
    pub fn withdraw(&mut self, taken: &[Deposit]) -> Option<()> {
        taken.iter().try_for_each(|deposit| self.waiting.subtract(deposit))
    }
}

/// What one coldkey has on one hotkey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Position {
    pub shares: u128,
    pub waiting: Waiting,
}

impl Position {
    /// Base units, earning or not; the position has collected what is ripe.
    pub fn value(&self, pool: &Pool) -> Option<Amount> {
        pool.value(self.shares)?.checked_add(self.waiting.sum()?)
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes `amount` out of pool and position: first what waits, the youngest first. `None` when there is less.
    pub fn take(&mut self, pool: &mut Pool, amount: Amount) -> Option<()> {
        if amount > self.value(pool)? {
            return None;
        }
        let taken = self.waiting.take(amount);
        pool.withdraw(&taken)?;
        let waited = taken.iter().try_fold(0, |sum: Amount, deposit| sum.checked_add(deposit.amount))?;
        let sold = pool.sell(self.shares, amount.checked_sub(waited)?)?;
        self.shares = self.shares.checked_sub(sold)?;
        if pool.value(self.shares)? == 0 {
            // Less than a base unit is left, which nobody could take out: it goes to the others.
            pool.shares = pool.shares.checked_sub(self.shares)?;
            self.shares = 0;
        }
        Some(())
    }
}

/// `floor(a * b / c)`, or `None` when it does not fit or `c` is zero.
fn mul_div(a: u128, b: u128, c: u128) -> Option<u128> {
    multiply_by_rational_with_rounding(a, b, c, Rounding::Down)
}

fn mul_div_up(a: u128, b: u128, c: u128) -> Option<u128> {
    multiply_by_rational_with_rounding(a, b, c, Rounding::Up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A pool with its positions, and what each position is worth by a calculation that never rounds to shares.
    #[derive(Default)]
    struct Twin {
        pool: Pool,
        positions: Vec<Position>,
        ripe: std::collections::BTreeMap<Round, Ripe>,
        worth: Vec<f64>,
        waiting: Vec<Vec<Deposit>>,
        now: Round,
    }

    #[derive(Clone, Debug)]
    enum Step {
        Deposit(usize, Amount),
        Withdraw(usize, u8),
        Pay(Amount),
        NextRound,
    }

    const NOMINATORS: usize = 4;
    const TOKEN: Amount = 1_000_000_000;

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let who = 0..NOMINATORS;
        let step = prop_oneof![
            (who.clone(), 1_000_000..1_000 * TOKEN).prop_map(|(who, amount)| Step::Deposit(who, amount)),
            (who, 0..=100u8).prop_map(|(who, percent)| Step::Withdraw(who, percent)),
            (1..100 * TOKEN).prop_map(Step::Pay),
            Just(Step::NextRound),
        ];
        prop::collection::vec(step, 1..60)
    }

    impl Twin {
        fn new() -> Self {
            Self {
                positions: vec![Position::default(); NOMINATORS],
                worth: vec![0.0; NOMINATORS],
                waiting: vec![Vec::new(); NOMINATORS],
                ..Default::default()
            }
        }

        fn settle(&mut self) {
            self.ripe.extend(self.pool.ripen(self.now).unwrap());
            for position in &mut self.positions {
                for deposit in position.waiting.take_ripe(self.now) {
                    let ripe = self.ripe.get_mut(&deposit.round).unwrap();
                    position.shares += ripe.collect(deposit.amount).unwrap();
                }
            }
            for (worth, waiting) in self.worth.iter_mut().zip(&mut self.waiting) {
                *worth += waiting
                    .iter()
                    .filter(|held| is_ripe(held.round, self.now))
                    .map(|held| held.amount as f64)
                    .sum::<f64>();
                waiting.retain(|held| !is_ripe(held.round, self.now));
            }
        }

        fn step(&mut self, step: Step) {
            self.settle();
            match step {
                Step::Deposit(who, amount) => {
                    self.pool.waiting.add(self.now, amount).unwrap();
                    self.positions[who].waiting.add(self.now, amount).unwrap();
                    self.waiting[who].push(Deposit { round: self.now, amount });
                }
                Step::Withdraw(who, percent) => {
                    let value = self.positions[who].value(&self.pool).unwrap();
                    let amount = (u128::from(value) * u128::from(percent) / 100) as Amount;
                    self.positions[who].take(&mut self.pool, amount).unwrap();
                    let mut left = amount;
                    for deposit in self.waiting[who].iter_mut().rev() {
                        let taken = deposit.amount.min(left);
                        deposit.amount -= taken;
                        left -= taken;
                    }
                    self.worth[who] = (self.worth[who] - left as f64).max(0.0);
                }
                Step::Pay(amount) if self.pool.shares > 0 => {
                    let amount = amount - self.pool.pay(amount).unwrap();
                    let sum: f64 = self.worth.iter().sum();
                    for worth in &mut self.worth {
                        *worth += amount as f64 * *worth / sum;
                    }
                }
                Step::Pay(_) => {}
                Step::NextRound => self.now += 1,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: prop::test_runner::RngSeed::Fixed(2024), ..Default::default() })]

        /// Rounding to shares moves a few base units at most, and never creates one.
        #[test]
        fn positions_are_worth_what_was_put_in_and_paid(steps in steps()) {
            let mut twin = Twin::new();
            for step in steps {
                twin.step(step);
                twin.settle();
                let values: Vec<Amount> = twin.positions.iter().map(|held| held.value(&twin.pool).unwrap()).collect();
                let total = twin.pool.total().unwrap();
                prop_assert!(values.iter().sum::<Amount>() <= total);
                prop_assert!(total - values.iter().sum::<Amount>() <= NOMINATORS as Amount);
                prop_assert_eq!(twin.positions.iter().map(|held| held.shares).sum::<u128>(), twin.pool.shares);
                for (value, (worth, waiting)) in values.iter().zip(twin.worth.iter().zip(&twin.waiting)) {
                    let expected = worth + waiting.iter().map(|deposit| deposit.amount as f64).sum::<f64>();
                    prop_assert!((*value as f64 - expected).abs() <= 100.0 + expected * 1e-9, "{value} {expected}");
                }
            }
        }
    }

    #[test]
    fn a_deposit_earns_from_the_second_round_after_it_on() {
        let mut pool = Pool::default();
        pool.waiting.add(5, 100).unwrap();
        assert_eq!((pool.counted(5), pool.counted(6), pool.counted(7)), (Some(0), Some(0), Some(100)));
        assert_eq!(pool.ripen(6), Some(Vec::new()));
        assert_eq!(pool.ripen(7).unwrap().len(), 1);
        assert_eq!((pool.earning, pool.total()), (100, Some(100)));
    }

    #[test]
    fn what_still_waits_is_taken_back_first_and_to_the_unit() {
        let mut pool = Pool::default();
        let mut position = Position::default();
        pool.waiting.add(1, 100).unwrap();
        position.waiting.add(1, 100).unwrap();
        position.take(&mut pool, 40).unwrap();
        assert_eq!((position.value(&pool), pool.total()), (Some(60), Some(60)));
        assert_eq!(position.take(&mut pool, 61), None);
        position.take(&mut pool, 60).unwrap();
        assert!(position.is_empty() && pool == Pool::default());
    }

    #[test]
    fn the_last_to_leave_takes_what_rounding_left() {
        let mut pool = Pool::default();
        let mut first = Position { shares: pool.buy(3).unwrap(), ..Default::default() };
        let mut last = Position { shares: pool.buy(4).unwrap(), ..Default::default() };
        assert_eq!(pool.pay(10), Some(0));
        assert_eq!((first.value(&pool), last.value(&pool)), (Some(7), Some(9)));
        first.take(&mut pool, 7).unwrap();
        assert!(first.is_empty());
        assert_eq!(last.value(&pool), Some(10));
        last.take(&mut pool, 10).unwrap();
        assert_eq!(pool, Pool::default());
    }

    /// Whoever keeps the least stake on a hotkey that earns a thousand times as much again and again makes each share
    /// worth more, but never so much that rounding it steals from somebody who comes later.
    #[test]
    fn nobody_makes_a_share_so_dear_that_rounding_steals() {
        let (least, dividend) = (1_000_000, 1_000 * TOKEN);
        let mut pool = Pool::default();
        let mut attacker = Position { shares: pool.buy(least).unwrap(), ..Default::default() };
        for _ in 0..20 {
            pool.pay(dividend).unwrap();
            let value = attacker.value(&pool).unwrap();
            attacker.take(&mut pool, value - least).unwrap();
        }
        let mut victim = Position { shares: pool.buy(1_000 * TOKEN).unwrap(), ..Default::default() };
        let mut dust: Vec<_> =
            (0..1_000).map(|_| Position { shares: pool.buy(least).unwrap(), ..Default::default() }).collect();
        for position in &mut dust {
            let value = position.value(&pool).unwrap();
            position.take(&mut pool, value).unwrap();
        }
        assert!(1_000 * TOKEN - victim.value(&pool).unwrap() <= 10);
        victim.take(&mut pool, 500 * TOKEN).unwrap();
        assert!(500 * TOKEN - victim.value(&pool).unwrap() <= 11);
    }

    #[test]
    fn the_whole_supply_fits_one_pool() {
        let cap = 21_000_000 * TOKEN;
        let mut pool = Pool::default();
        let held = pool.buy(cap).unwrap();
        assert_eq!(pool.value(held), Some(cap));
        assert_eq!(pool.sell(held, cap - 1).map(|sold| held - sold), Some(SHARES_PER_UNIT));
    }
}
