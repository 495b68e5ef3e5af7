//! Which parameters are locked because they were changed a short time ago, as a pure value.

use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use primitives::{BlockNumber, Hyperparams};
use scale_info::TypeInfo;

/// At most as many as there are parameters.
const MOST: u32 = 64;
const _: () = assert!(Hyperparams::NAMES.len() <= MOST as usize, "each parameter needs a place");

/// The place of each locked parameter in [`Hyperparams::NAMES`], and the block from which on it is free again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Changes(BoundedVec<(u8, BlockNumber), ConstU32<MOST>>);

impl Changes {
    /// With the parameters at `places` changed at `now` and so locked until `until`; nothing if one of them is locked.
    pub(crate) fn with(self, places: &[u8], now: BlockNumber, until: BlockNumber) -> Option<Self> {
        let mut locks = self.0;
        locks.retain(|(_, until)| *until > now);
        for place in places {
            if locks.iter().any(|(locked, _)| locked == place) {
                return None;
            }
        }
        for place in places {
            locks.try_push((*place, until)).ok()?;
        }
        Some(Self(locks))
    }

    /// What is still locked in the block `now`, by name.
    pub(crate) fn locked(&self, now: BlockNumber) -> Vec<(String, BlockNumber)> {
        let name = |place: u8| Hyperparams::NAMES.get(usize::from(place)).map(|name| String::from(*name));
        let locks = self.0.iter().filter(|(_, until)| *until > now);
        locks.filter_map(|(place, until)| Some((name(*place)?, *until))).collect()
    }

    /// Whether each lock is of another parameter that exists.
    pub(crate) fn is_sound(&self) -> bool {
        let mut places: Vec<u8> = self.0.iter().map(|(place, _)| *place).collect();
        places.sort_unstable();
        places.dedup();
        places.len() == self.0.len() && places.iter().all(|place| usize::from(*place) < Hyperparams::NAMES.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(places: &[u8], now: BlockNumber) -> Changes {
        Changes::default().with(places, now, now + 10).unwrap()
    }

    #[test]
    fn a_changed_parameter_is_locked_until_its_block_and_others_are_not() {
        let changes = after(&[0, 2], 5);
        assert_eq!(changes.clone().with(&[1, 2], 14, 24), None);
        assert!(changes.clone().with(&[1], 6, 16).is_some());
        assert!(changes.with(&[0, 2], 15, 25).is_some());
    }

    #[test]
    fn a_refused_change_locks_nothing_and_old_locks_are_forgotten() {
        let changes = after(&[0], 5).with(&[1], 15, 25).unwrap();
        assert_eq!(changes, after(&[1], 15));
        assert_eq!(changes.locked(24), [(Hyperparams::NAMES[1].into(), 25)]);
        assert_eq!(changes.locked(25), []);
    }

    #[test]
    fn all_parameters_can_be_locked_at_once() {
        let all: Vec<u8> = (0..Hyperparams::NAMES.len() as u8).collect();
        assert!(after(&all, 5).is_sound());
        assert!(!Changes(BoundedVec::truncate_from(vec![(0, 1), (0, 2)])).is_sound());
        assert!(!Changes(BoundedVec::truncate_from(vec![(63, 1)])).is_sound());
    }
}
