use crate::BITS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// No number of [`BITS`] bits needs more: one doubling and one addition for each bit but the highest.
pub const MOST_ADDITIONS: usize = 2 * FEWEST_ADDITIONS;
/// No chain to a number of [`BITS`] bits is shorter, because an addition doubles at most.
pub const FEWEST_ADDITIONS: usize = BITS as usize - 1;

/// What a miner returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Begins with 1 and ends with the miner's number; each other number is the sum of two before it, or twice one.
    pub chain: Vec<u64>,
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the chain does not begin with 1")]
    Start,
    #[error("the chain has {0} additions, more than anybody needs")]
    TooLong(usize),
    #[error("{0} is not the sum of two numbers before it")]
    NoSum(u64),
    #[error("the chain ends at {end} and this miner's number is {target}")]
    OtherEnd { end: u64, target: u64 },
}

impl Answer {
    /// The additions that build `target`.
    pub fn additions(&self, target: u64) -> Result<usize, Fault> {
        let Some((1, sums)) = self.chain.split_first().map(|(first, sums)| (*first, sums)) else {
            return Err(Fault::Start);
        };
        if sums.len() > MOST_ADDITIONS {
            return Err(Fault::TooLong(sums.len()));
        }
        for (index, number) in sums.iter().enumerate() {
            // The 1 comes before the sums, so that this many numbers stand before the sum `index`.
            let before = &self.chain[..=index];
            let is_sum = |one: &u64| number.checked_sub(*one).is_some_and(|other| before.contains(&other));
            before.iter().any(is_sum).then_some(()).ok_or(Fault::NoSum(*number))?;
        }
        match self.chain.last() {
            Some(end) if *end != target => Err(Fault::OtherEnd { end: *end, target }),
            _ => Ok(sums.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn additions(chain: &[u64], target: u64) -> Result<usize, Fault> {
        Answer { chain: chain.to_vec() }.additions(target)
    }

    #[test]
    fn a_chain_counts_its_additions_in_any_order() {
        assert_eq!(additions(&[1], 1), Ok(0));
        assert_eq!(additions(&[1, 2, 3, 6, 12, 15], 15), Ok(5));
        assert_eq!(additions(&[1, 2, 4, 3, 7], 7), Ok(4));
    }

    #[test]
    fn what_is_no_chain_to_the_number_is_refused_with_its_fault() {
        assert_eq!(additions(&[], 1), Err(Fault::Start));
        assert_eq!(additions(&[2, 4], 4), Err(Fault::Start));
        assert_eq!(additions(&[1, 3], 3), Err(Fault::NoSum(3)));
        assert_eq!(additions(&[1, 2, 2, 0], 0), Err(Fault::NoSum(0)));
        assert_eq!(additions(&[1, 2, 4], 5), Err(Fault::OtherEnd { end: 4, target: 5 }));
        assert_eq!(additions(&[1; 200], 1), Err(Fault::TooLong(199)));
    }
}
