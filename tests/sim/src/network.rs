//! Players on seats: each epoch they weigh what they see, and the economy pays them.

use std::collections::VecDeque;

use yuma::{InputError, Outcome, Params, Rows};

use crate::economy::{Economy, GENESIS_STAKE};
use crate::strategies::{Miner, Validator, View};

/// Who sits on one seat.
#[derive(Default)]
pub struct Seat {
    /// Stake at the start, relative to the other seats'.
    pub stake: f64,
    pub validator: Option<Box<dyn Validator>>,
    pub miner: Option<Box<dyn Miner>>,
}

impl Seat {
    pub fn validator(stake: f64, validator: impl Validator + 'static) -> Self {
        Self { stake, validator: Some(Box::new(validator)), miner: None }
    }

    pub fn miner(miner: impl Miner + 'static) -> Self {
        Self::boxed_miner(Box::new(miner))
    }

    pub fn boxed_miner(miner: Box<dyn Miner>) -> Self {
        Self { miner: Some(miner), ..Self::default() }
    }
}

/// What one seat has earned since counting began, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    pub mining: u64,
    pub validating: u64,
    /// Sum over the epochs of the stake with which the seat entered them.
    pub stake_epochs: u128,
}

impl Earned {
    /// What several seats earned together.
    pub fn sum<'a>(seats: impl IntoIterator<Item = &'a Self>) -> Self {
        seats.into_iter().fold(Self::default(), |sum, seat| Self {
            mining: sum.mining + seat.mining,
            validating: sum.validating + seat.validating,
            stake_epochs: sum.stake_epochs + seat.stake_epochs,
        })
    }

    /// Pay for validating per unit of stake and epoch.
    pub fn per_stake(&self) -> f64 {
        self.validating as f64 / self.stake_epochs as f64
    }
}

pub struct Network {
    pub economy: Economy,
    pub earned: Vec<Earned>,
    seats: Vec<Seat>,
    interval: usize,
    /// Between epochs: the rows of the last `interval` epochs, oldest first, which do not count yet.
    sealed: VecDeque<Rows>,
    epoch: usize,
}

impl Network {
    /// `interval`: epochs from the commit of weights to their reveal; 0: no commit-reveal.
    pub fn new(params: Params, interval: usize, seats: Vec<Seat>) -> Self {
        let total: f64 = seats.iter().map(|seat| seat.stake).sum();
        let stake = |seat: &Seat| (seat.stake / total * GENESIS_STAKE as f64) as u64;
        Self {
            economy: Economy::new(params, seats.iter().map(stake).collect()),
            earned: vec![Earned::default(); seats.len()],
            interval,
            sealed: vec![vec![vec![]; seats.len()]; interval].into(),
            seats,
            epoch: 0,
        }
    }

    /// Plays `epochs` epochs and forgets what was earned before and in them.
    ///
    /// # Errors
    /// Those of [`yuma::run`].
    pub fn warm_up(&mut self, epochs: usize) -> Result<(), InputError> {
        self.play(epochs)?;
        self.earned.fill(Earned::default());
        Ok(())
    }

    /// Plays `epochs` epochs.
    ///
    /// # Errors
    /// Those of [`yuma::run`].
    pub fn play(&mut self, epochs: usize) -> Result<(), InputError> {
        (0..epochs).try_for_each(|_| self.step().map(drop))
    }

    /// Plays one epoch: everybody sets weights, those that are `interval` epochs old count.
    ///
    /// # Errors
    /// Those of [`yuma::run`].
    pub fn step(&mut self) -> Result<Outcome, InputError> {
        let quality = self.quality();
        let early = self.rows(false, &quality, &vec![0; quality.len()]);
        self.sealed.push_back(early);
        let consensus = self.economy.consensus(&self.without_copies(&self.sealed[0]))?;
        let late = self.rows(true, &quality, &consensus);
        let newest = &mut self.sealed[self.interval];
        newest.iter_mut().zip(late).filter(|(_, row)| !row.is_empty()).for_each(|(slot, row)| *slot = row);
        self.epoch += 1;
        let revealed = self.sealed.pop_front().expect("rows were pushed above");
        self.settle(revealed)
    }

    fn settle(&mut self, rows: Rows) -> Result<Outcome, InputError> {
        let entered = self.economy.stake.clone();
        let outcome = self.economy.step(rows)?;
        for (uid, earned) in self.earned.iter_mut().enumerate() {
            earned.mining += outcome.server_emission[uid];
            earned.validating += outcome.validator_emission[uid];
            earned.stake_epochs += u128::from(entered[uid]);
        }
        Ok(outcome)
    }

    fn quality(&mut self) -> Vec<f64> {
        let epoch = self.epoch;
        let of = |seat: &mut Seat| seat.miner.as_mut().map_or(0.0, |miner| miner.quality(epoch));
        self.seats.iter_mut().map(of).collect()
    }

    /// The rows of those who wait, or of those who do not; empty for all others.
    fn rows(&mut self, waiting: bool, quality: &[f64], consensus: &[u16]) -> Rows {
        let epoch = self.epoch;
        let row = |(uid, seat): (usize, &mut Seat)| match &mut seat.validator {
            Some(validator) if validator.waits() == waiting => {
                stored(&validator.weights(&View { epoch, uid, quality, consensus }))
            }
            _ => vec![],
        };
        self.seats.iter_mut().enumerate().map(row).collect()
    }

    /// A copier learns nothing from other copiers.
    fn without_copies(&self, rows: &Rows) -> Rows {
        let waits = |seat: &Seat| seat.validator.as_ref().is_some_and(|validator| validator.waits());
        let keep = |(row, seat): (&Vec<_>, &Seat)| if waits(seat) { vec![] } else { row.clone() };
        rows.iter().zip(&self.seats).map(keep).collect()
    }
}

/// Weights as a chain stores them: stretched to 65535, without zeros.
pub fn stored(weights: &[f64]) -> Vec<(u16, u16)> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return vec![];
    }
    let scaled: Vec<u16> = weights.iter().map(|weight| (weight / largest * 65_535.0).round() as u16).collect();
    (0..).zip(yuma::max_upscale(&scaled)).filter(|(_, weight)| *weight > 0).collect()
}
