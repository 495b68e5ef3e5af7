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
        let in_block = if self.block == now { self.in_block } else { 0 };
        let age = now.checked_sub(self.since);
        let goes_on = self.in_interval > 0 && age.is_some_and(|age| age < params.adjustment_interval);
        let (since, in_interval) = if goes_on { (self.since, self.in_interval) } else { (now, 0) };

        let most = u32::from(params.target_registrations_per_interval).checked_mul(BURST).ok_or(Full::Interval)?;
        if in_block >= params.max_registrations_per_block {
            return Err(Full::Block);
        }
        if in_interval >= most {
            return Err(Full::Interval);
        }
        Ok(Self {
            block: now,
            in_block: in_block.checked_add(1).ok_or(Full::Block)?,
            since,
            in_interval: in_interval.checked_add(1).ok_or(Full::Interval)?,
        })
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
