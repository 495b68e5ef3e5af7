//! What a seat costs in the next block, by the very rules that charge for it.

use crate::{Admissions, Config, Error, Law, Pallet};
use chain_traits::{HyperparamsOf, Subnets};
use primitives::{BlockNumber, NetUid, RegistrationObstacle, RegistrationQuote};
use sp_runtime::traits::BlockNumberProvider;

impl<T: Config> Pallet<T> {
    /// For the block after the present one; `None` where there is no such subnet.
    pub fn quote(netuid: NetUid) -> Option<RegistrationQuote> {
        if !T::Subnets::exists(netuid) {
            return None;
        }
        let params = T::Hyperparams::hyperparams(netuid);
        let block = T::Clock::current_block_number();
        let next = block.checked_add(1)?;
        let counts = Admissions::<T>::get(netuid).at(next, &params);
        let (room_in_block, room_in_interval) = counts.room(&params);
        let interval_ends = counts.interval_ends(&params);
        let seat = Self::seat_for_newcomer(netuid, &params, next);
        let admitted = Self::admit(netuid, &params, next);
        let refused = admitted.as_ref().err().or(seat.as_ref().err());
        let burn = Self::burn_price_at(netuid, &params, next);
        let buyers = room_in_interval.min(room_in_block.into());
        Some(RegistrationQuote {
            block,
            obstacle: refused.map(|error| obstacle(error, interval_ends)),
            burn,
            burn_at_most: Law::of_burn(&params).last_of(buyers, burn, next),
            difficulty: params.pow_allowed.then(|| Self::difficulty_at(netuid, &params, next)),
            room_in_block,
            room_in_interval,
            interval_ends,
            replaces: seat.ok().filter(|(_, is_taken)| *is_taken).map(|(uid, _)| uid),
        })
    }
}

/// In a block that nobody has registered in yet, too many are too many for it whoever comes.
fn obstacle<T>(error: &Error<T>, interval_ends: Option<BlockNumber>) -> RegistrationObstacle {
    match (error, interval_ends) {
        (Error::TooManyRegistrationsThisInterval, Some(until)) => RegistrationObstacle::IntervalFull { until },
        (Error::NoReplaceableSeat, _) => RegistrationObstacle::NoReplaceableSeat,
        _ => RegistrationObstacle::Closed,
    }
}
