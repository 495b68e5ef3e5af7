//! How many may register, as a pure function of the registrations before.

use codec::{Decode, Encode, MaxEncodedLen};
use primitives::{BlockNumber, Hyperparams};
use scale_info::TypeInfo;

/// An interval admits so many times its target.
const BURST: u32 = 3;

/// The registrations of one subnet in one block and in one interval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Admitted {
    pub block: BlockNumber,
    pub in_block: u16,
    /// The first block of the interval.
    pub since: BlockNumber,
    pub in_interval: u32,
}

/// Which limit one more registration would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    Block,
    Interval,
}

impl Admitted {
    /// With one more at `now`. An interval begins with the first registration after the one before has passed.
    pub fn one_more(&self, now: BlockNumber, params: &Hyperparams) -> Result<Self, Full> {
        let counted = self.at(now, params);
        let (block, interval) = counted.room(params);
        if block == 0 {
            return Err(Full::Block);
        }
        if interval == 0 {
            return Err(Full::Interval);
        }
        Ok(Self {
            in_block: counted.in_block.checked_add(1).ok_or(Full::Block)?,
            in_interval: counted.in_interval.checked_add(1).ok_or(Full::Interval)?,
            ..counted
        })
    }

    /// The counts with which the block `now` begins, or goes on.
    pub fn at(&self, now: BlockNumber, params: &Hyperparams) -> Self {
        let goes_on = self.interval_ends(params).is_some_and(|end| now < end);
        Self {
            block: now,
            in_block: if self.block == now { self.in_block } else { 0 },
            since: if goes_on { self.since } else { now },
            in_interval: if goes_on { self.in_interval } else { 0 },
        }
    }

    /// How many more the block and the interval of these counts admit.
    pub fn room(&self, params: &Hyperparams) -> (u16, u32) {
        let block = params.max_registrations_per_block;
        let interval = u32::from(params.target_registrations_per_interval).checked_mul(BURST).unwrap_or_default();
        (block - self.in_block.min(block), interval - self.in_interval.min(interval))
    }

    /// The first block that no longer belongs to the interval, if one has begun.
    pub fn interval_ends(&self, params: &Hyperparams) -> Option<BlockNumber> {
        let end = || self.since.checked_add(params.adjustment_interval).unwrap_or(BlockNumber::MAX);
        (self.in_interval > 0).then(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn params() -> Hyperparams {
        Hyperparams {
            max_registrations_per_block: 2,
            target_registrations_per_interval: 1,
            adjustment_interval: 10,
            ..Default::default()
        }
    }

    fn admit(blocks: &[BlockNumber]) -> Result<Admitted, Full> {
        blocks.iter().try_fold(Admitted::default(), |admitted, block| admitted.one_more(*block, &params()))
    }

    #[test]
    fn a_block_admits_its_limit() {
        assert!(admit(&[5, 5]).is_ok());
        assert_eq!(admit(&[5, 5, 5]), Err(Full::Block));
        assert!(admit(&[5, 5, 6]).is_ok());
    }

    #[test]
    fn an_interval_admits_three_times_its_target() {
        assert_eq!(admit(&[5, 6, 7, 8]), Err(Full::Interval));
        assert_eq!(admit(&[5, 6, 7, 14]), Err(Full::Interval));
        let next = Admitted { block: 15, in_block: 1, since: 15, in_interval: 1 };
        assert_eq!(admit(&[5, 6, 7, 15]), Ok(next));
    }

    #[test]
    fn the_first_interval_begins_with_the_first_registration() {
        assert_eq!(admit(&[8, 9, 9, 12]), Err(Full::Interval));
        assert!(admit(&[8, 9, 9, 18]).is_ok());
    }

    #[test]
    fn the_room_is_what_is_admitted_and_comes_back_with_the_next_block_and_interval() {
        let admitted = admit(&[5, 5]).unwrap();
        assert_eq!(admitted.at(5, &params()).room(&params()), (0, 1));
        assert_eq!(admitted.at(6, &params()).room(&params()), (2, 1));
        assert_eq!(admitted.interval_ends(&params()), Some(15));
        assert_eq!(admitted.at(15, &params()).room(&params()), (2, 3));
        assert_eq!(admitted.at(15, &params()).interval_ends(&params()), None);
    }

    proptest! {
        #[test]
        fn no_stretch_of_an_interval_admits_more_than_two_of_them(gaps in proptest::collection::vec(0u32..6, 0..60)) {
            let (mut now, mut admitted, mut blocks) = (1, Admitted::default(), Vec::new());
            for gap in gaps {
                now += gap;
                if let Ok(more) = admitted.one_more(now, &params()) {
                    admitted = more;
                    blocks.push(now);
                }
            }
            for first in &blocks {
                let within = blocks.iter().filter(|block| (*first..first + 10).contains(*block)).count();
                prop_assert!(within <= 6, "{blocks:?}");
            }
        }
    }
}
