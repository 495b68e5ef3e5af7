//! What a validator's bonds are built from: its weights, drawn towards the clipped ones by the bonds penalty.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use crate::clip::clipped;
use crate::fixed::Fixed;
use crate::matrix::{Matrix, Row};
use crate::rank::Ranks;

/// W': `w + penalty * (min(w, C) - w)` for every weight, where something is left. Worked out as it is read.
///
/// At the ends, a penalty of 0 and of 1, the weights or the clipped weights are taken as they are: unsorted rows and
/// entries of 0 stay. In between zeros are dropped and rows are sorted.
#[derive(Clone, Debug)]
pub struct WeightsForBonds<'a> {
    weights: Cow<'a, Matrix>,
    consensus: &'a [Fixed],
    penalty: Fixed,
}

impl<'a> WeightsForBonds<'a> {
    pub fn new(weights: &'a Matrix, consensus: &'a [Fixed], penalty: Fixed) -> Self {
        let as_given = penalty == Fixed::ZERO || penalty == Fixed::ONE;
        let weights = if as_given { Cow::Borrowed(weights) } else { weights.sorted() };
        Self { weights, consensus, penalty }
    }

    /// The same with every row in ascending order of columns.
    pub fn sorted(&'a self) -> Self {
        Self { weights: self.weights.sorted(), consensus: self.consensus, penalty: self.penalty }
    }

    /// The most entries there can be.
    pub fn entry_count(&self) -> usize {
        self.weights.entry_count()
    }

    /// `sum_i A_i * W'_ij` of every column; at the ends that is one of the ranks.
    pub fn bought(&self, ranks: &Ranks, active_stake: &[Fixed]) -> Vec<Fixed> {
        match self.penalty {
            Fixed::ONE => return ranks.clipped.clone(),
            Fixed::ZERO => return ranks.given.clone(),
            _ => {}
        }
        let mut bought = vec![Fixed::ZERO; self.consensus.len()];
        for (row, &stake) in self.weights.rows().zip(active_stake) {
            for (column, weight) in row.entries() {
                bought[usize::from(column)] += stake * self.drawn(column, weight).unwrap_or(Fixed::ZERO);
            }
        }
        bought
    }

    /// The row of `uid` as given: what [`WeightsForBonds::drawn`] is asked about.
    pub fn given(&self, uid: usize) -> Row<'_> {
        self.weights.row(uid)
    }

    /// What becomes of an entry; none if nothing is left.
    pub fn drawn(&self, column: u16, weight: Fixed) -> Option<Fixed> {
        let limit = self.consensus[usize::from(column)];
        match self.penalty {
            Fixed::ONE => clipped(weight, limit),
            Fixed::ZERO => Some(weight),
            // The difference is never positive, and rounding goes down.
            penalty => {
                let drawn = weight - penalty.times_rounded_up(weight - weight.min(limit));
                (drawn > Fixed::ZERO).then_some(drawn)
            }
        }
    }
}
