//! What a stake majority agrees on: for each miner the largest weight that validators with at least `kappa` of the
//! stake support, their stake-weighted median for `kappa = 1/2`.

use alloc::vec;
use alloc::vec::Vec;

use crate::fixed::Fixed;
use crate::matrix::Matrix;
use crate::normalise::normalise;

/// One validator's weight for the miner at hand. Votes compare by weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vote(u64);

impl Vote {
    /// `weight` is in `[0, 1]`: it shares one integer with the voter, which keeps columns short and quick to search.
    pub fn new(voter: u16, weight: Fixed) -> Self {
        Self(weight.to_bits().unsigned_abs() << u16::BITS | u64::from(voter))
    }

    fn voter(self) -> usize {
        usize::from(self.0 as u16)
    }

    fn weight(self) -> Fixed {
        Fixed::from_bits((self.0 >> u16::BITS) as i64)
    }
}

/// The validators with a say, and how much stake may disagree.
#[derive(Clone, Debug)]
pub struct Electorate {
    /// By voter; who has none has no say.
    stake: Vec<Fixed>,
    total: Fixed,
    voters: usize,
    minority: Fixed,
}

impl Electorate {
    /// `stake` holds what each voter has, `kappa` is the majority that decides, in `[0, 1]`.
    pub fn new(stake: Vec<Fixed>, kappa: Fixed) -> Self {
        let total: Fixed = stake.iter().copied().sum();
        let voters = stake.iter().filter(|stake| **stake > Fixed::ZERO).count();
        Self { stake, total, voters, minority: total - kappa }
    }

    /// The smallest weight such that the voters at or below it hold more stake than the minority; the largest if there
    /// is none. Each vote is of another voter, and who has a say but no vote among these votes 0. Reorders the votes.
    pub fn median(&self, votes: &mut [Vote]) -> Fixed {
        if votes.len() == self.voters {
            return self.select(votes, Fixed::ZERO);
        }
        let absent = self.total - self.stake_of(votes);
        if absent > self.minority {
            Fixed::ZERO
        } else {
            self.select(votes, absent)
        }
    }

    /// Halves the votes until one is left. `below` is the stake of the voters under those in hand.
    fn select(&self, mut votes: &mut [Vote], mut below: Fixed) -> Fixed {
        while votes.len() > 1 {
            let middle = votes.len() / 2;
            votes.select_nth_unstable(middle);
            let (low, high) = votes.split_at_mut(middle);
            let with_low = below + self.stake_of(low);
            if with_low > self.minority {
                votes = low;
            } else {
                (votes, below) = (high, with_low);
            }
        }
        votes.first().map_or(Fixed::ZERO, |vote| vote.weight())
    }

    fn stake_of(&self, votes: &[Vote]) -> Fixed {
        votes.iter().map(|vote| self.stake[vote.voter()]).sum()
    }
}

/// The consensus weight of every neuron, in `[0, 1]`; 0 for all if nobody has active stake.
///
/// The voters are those with active stake, and their stake is normalised once more among them.
pub fn consensus(weights: &Matrix, active_stake: &[Fixed], kappa: Fixed) -> Vec<Fixed> {
    let electorate = Electorate::new(normalise(active_stake), kappa);
    let mut ballots = Ballots::collect(weights, &electorate.stake);
    (0..active_stake.len()).map(|column| electorate.median(ballots.votes(column))).collect()
}

/// The votes, column after column.
struct Ballots {
    votes: Vec<Vote>,
    /// Where each column's votes end.
    ends: Vec<usize>,
}

impl Ballots {
    fn collect(weights: &Matrix, stake: &[Fixed]) -> Self {
        // First the number of votes of each column, then where they start, and once they are filled in, where they end.
        let mut ends = vec![0; stake.len()];
        let heard = || weights.rows().zip(stake).zip(0..).filter(|((_, stake), _)| **stake > Fixed::ZERO);
        heard().flat_map(|((row, _), _)| row).for_each(|(column, _)| ends[usize::from(column)] += 1);
        let mut total = 0;
        for end in &mut ends {
            total += core::mem::replace(end, total);
        }
        let mut votes = vec![Vote::default(); total];
        for ((row, _), voter) in heard() {
            for (column, weight) in row {
                let next = &mut ends[usize::from(column)];
                votes[*next] = Vote::new(voter, weight);
                *next += 1;
            }
        }
        Self { votes, ends }
    }

    fn votes(&mut self, column: usize) -> &mut [Vote] {
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &mut self.votes[start..self.ends[column]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four voters of equal stake, of whom the first `votes.len()` vote; half of the stake decides.
    fn median(votes: &[Fixed]) -> Fixed {
        let quarter = Fixed::from_bits(1 << 30);
        let mut votes: Vec<Vote> = (0..).zip(votes).map(|(voter, &weight)| Vote::new(voter, weight)).collect();
        Electorate::new(vec![quarter; 4], Fixed::HALF).median(&mut votes)
    }

    #[test]
    fn half_of_the_stake_supports_a_weight_that_the_other_half_is_silent_about() {
        assert_eq!(median(&[Fixed::HALF, Fixed::ONE]), Fixed::HALF);
    }

    #[test]
    fn less_than_half_of_the_stake_supports_nothing() {
        assert_eq!(median(&[Fixed::ONE]), Fixed::ZERO);
        assert_eq!(median(&[]), Fixed::ZERO);
    }

    #[test]
    fn a_vote_for_nothing_counts_like_silence() {
        assert_eq!(median(&[Fixed::ONE, Fixed::ONE, Fixed::ZERO]), median(&[Fixed::ONE, Fixed::ONE]));
        assert_eq!(median(&[Fixed::ONE, Fixed::ZERO, Fixed::ZERO, Fixed::ZERO]), Fixed::ZERO);
    }
}
