//! What a stake majority agrees on: for each miner the largest weight that validators with at least `kappa` of the
//! stake support, their stake-weighted median for `kappa = 1/2`.

use alloc::vec;
use alloc::vec::Vec;
use core::hint::select_unpredictable;

use crate::fixed::Fixed;
use crate::matrix::{Matrix, Row};
use crate::normalise::normalise;

/// How often votes are parted before what is left is sorted: enough for one vote of every uid that there can be, if each
/// time halves them.
const ROUNDS: usize = 16;
/// Votes that are sorted rather than parted.
const FEW: usize = 12;
/// Votes that are brought from rows into columns at a time: few enough to stay in the processor's cache.
const BLOCK: usize = 1 << 13;

/// One validator's weight for the miner at hand. Votes compare by weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vote(u64);

impl Vote {
    /// `weight` is in `[0, 1]`: it shares one integer with the voter, which keeps columns short and quick to search.
    pub fn new(voter: u16, weight: Fixed) -> Self {
        Self(weight.to_bits().cast_unsigned() << u16::BITS | u64::from(voter))
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

    /// Narrows the votes down to the one that decides. `below` is the stake of the voters under those in hand.
    ///
    /// Each round parts the votes at one of them, as quickselect does; the few that are left are sorted. Votes that
    /// somebody arranged to make every round part badly are sorted too, so that arranging them gains nothing.
    fn select(&self, mut votes: &mut [Vote], mut below: Fixed) -> Fixed {
        for _ in 0..ROUNDS {
            if votes.len() <= FEW {
                break;
            }
            let (low_count, low_stake) = self.part(votes, middle_of_three(votes));
            let (low, high) = votes.split_at_mut(low_count);
            if below + low_stake > self.minority {
                votes = low;
            } else {
                (votes, below) = (high, below + low_stake);
            }
        }
        votes.sort_unstable();
        let mut with = below;
        let decides = |vote: &&Vote| {
            with += self.stake[vote.voter()];
            with > self.minority
        };
        votes.iter().find(decides).or(votes.last()).map_or(Fixed::ZERO, |vote| vote.weight())
    }

    /// Moves the votes below `pivot` to the front: how many they are, and their stake.
    fn part(&self, votes: &mut [Vote], pivot: Vote) -> (usize, Fixed) {
        let (mut count, mut stake) = (0, 0);
        for next in 0..votes.len() {
            let vote = votes[next];
            let is_low = vote < pivot;
            votes.swap(next, count);
            // No branch: which side a vote falls on cannot be foreseen.
            count += usize::from(is_low);
            stake += select_unpredictable(is_low, self.stake[vote.voter()].to_bits(), 0);
        }
        (count, Fixed::from_bits(stake))
    }

    fn stake_of(&self, votes: &[Vote]) -> Fixed {
        votes.iter().map(|vote| self.stake[vote.voter()]).sum()
    }
}

/// The middle one of the first, the middle and the last vote, of at least one. All are different, so of more than two
/// votes one at least is below it.
fn middle_of_three(votes: &[Vote]) -> Vote {
    let (first, middle, last) = (votes[0], votes[votes.len() / 2], votes[votes.len() - 1]);
    first.min(middle).max(first.max(middle).min(last))
}

/// The consensus weight of every neuron, in `[0, 1]`; 0 for all if nobody has active stake.
///
/// The voters are those with active stake, and their stake is normalised once more among them.
pub fn consensus(weights: &Matrix, active_stake: &[Fixed], kappa: Fixed) -> Vec<Fixed> {
    let electorate = Electorate::new(normalise(active_stake), kappa);
    let weights = weights.sorted();
    let mut rows = unread_rows(&weights, &electorate.stake);
    let counts = vote_counts(&rows, active_stake.len());
    let mut consensus = Vec::with_capacity(counts.len());
    let mut votes = Vec::new();
    while let Some(starts) = block(&counts[consensus.len()..]) {
        let first = consensus.len();
        let counts = &counts[first..first + starts.len()];
        votes.resize(counts.iter().sum(), Vote::default());
        collect(&mut rows, first, starts, &mut votes);
        let mut unread = votes.as_mut_slice();
        for count in counts {
            let (column, others) = unread.split_at_mut(*count);
            consensus.push(electorate.median(column));
            unread = others;
        }
    }
    consensus
}

/// What is still to be read of the weights of one voter, in ascending order of columns.
struct UnreadRow<'a> {
    voter: u16,
    row: Row<'a>,
}

fn unread_rows<'a>(weights: &'a Matrix, stake: &[Fixed]) -> Vec<UnreadRow<'a>> {
    let has_a_say = |voter: &u16| stake[usize::from(*voter)] > Fixed::ZERO;
    let unread = |voter: u16| UnreadRow { voter, row: weights.row(usize::from(voter)) };
    (0..weights.row_count() as u16).filter(has_a_say).map(unread).collect()
}

/// How many votes each column gets.
fn vote_counts(rows: &[UnreadRow], width: usize) -> Vec<usize> {
    let mut counts = vec![0; width];
    rows.iter().flat_map(|unread| unread.row.columns).for_each(|column| counts[usize::from(*column)] += 1);
    counts
}

/// Where the votes of the next columns start that together have about [`BLOCK`] votes; none if no column is left.
fn block(counts: &[usize]) -> Option<Vec<usize>> {
    let start = |total: &mut usize, count: &usize| {
        let start = *total;
        *total += count;
        (start < BLOCK).then_some(start)
    };
    let starts: Vec<usize> = counts.iter().scan(0, start).collect();
    Some(starts).filter(|starts| !starts.is_empty())
}

/// Moves the votes for the columns from `first` on out of the rows to their `places`, column after column.
fn collect(rows: &mut [UnreadRow], first: usize, mut places: Vec<usize>, votes: &mut [Vote]) {
    let end = first + places.len();
    for UnreadRow { voter, row } in rows {
        let here = row.columns.iter().take_while(|column| usize::from(**column) < end).count();
        let (here, unread) = row.split_at(here);
        for (column, weight) in here.entries() {
            let place = &mut places[usize::from(column) - first];
            votes[*place] = Vote::new(*voter, weight);
            *place += 1;
        }
        *row = unread;
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
