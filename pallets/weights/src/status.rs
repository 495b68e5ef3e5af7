//! What stands between a hotkey and its next weights.

use crate::pallet::{Basis, Commits, Config, Pallet, Rows};
use chain_traits::{HyperparamsOf, Neurons, Permits, StakeWeight, Subnets, WaitingEpochs};
use primitives::{AccountId, BlockNumber, Hyperparams, NetUid, Uid, WeightsObstacle, WeightsStatus, MAX_OPEN_COMMITS};
use sp_runtime::traits::BlockNumberProvider;

impl<T: Config> Pallet<T> {
    /// Where a hotkey stands between two blocks; `None` where there is no such subnet.
    pub fn status(netuid: NetUid, hotkey: &AccountId) -> Option<WeightsStatus> {
        if !T::Subnets::exists(netuid) {
            return None;
        }
        let params = T::Hyperparams::hyperparams(netuid);
        let block = T::Clock::current_block_number();
        let next = block.checked_add(1)?;
        let seat = T::Neurons::uid_of(netuid, hotkey);
        let open = seat.map(|uid| Commits::<T>::get(netuid, uid)).unwrap_or_default();
        Some(WeightsStatus {
            block,
            commit_reveal: params.commit_reveal,
            obstacle: match seat {
                Some(uid) => Self::obstacle(netuid, uid, hotkey, &params, next),
                None => Some(WeightsObstacle::NotRegistered),
            },
            open: open.open_at(next).map(|commit| commit.shown()).collect(),
            forfeits: seat.is_some_and(|uid| Rows::<T>::get(netuid, uid).basis == Basis::Forfeited),
            next_epoch: T::Epochs::next_epoch(netuid)?,
        })
    }

    /// Why the seat may not set weights for others, or commit, in block `at`. Without a permit, but for that alone, it may
    /// still set weights for itself.
    pub(crate) fn obstacle(
        netuid: NetUid,
        uid: Uid,
        hotkey: &AccountId,
        params: &Hyperparams,
        at: BlockNumber,
    ) -> Option<WeightsObstacle> {
        let (has, needs) = (T::Stake::stake_weight(netuid, hotkey), params.stake_threshold);
        if has < needs {
            return Some(WeightsObstacle::NotEnoughStake { has, needs });
        }
        let allowed_at = Self::last_given(netuid, uid, params).map(|last| last.checked_add(params.weights_rate_limit));
        // A block that there will never be is as far away as the last one.
        if let Some(until) = allowed_at.map(|block| block.unwrap_or(BlockNumber::MAX)).filter(|until| *until > at) {
            return Some(WeightsObstacle::TooSoon { until });
        }
        if params.commit_reveal {
            let queue = Commits::<T>::get(netuid, uid);
            let mut open = queue.open_at(at);
            let oldest = open.next().map(|commit| commit.reveal_from);
            if let Some(until) = oldest.filter(|_| open.count() as u32 + 1 >= MAX_OPEN_COMMITS) {
                return Some(WeightsObstacle::TooManyOpenCommits { until });
            }
        }
        let until = T::Epochs::next_epoch(netuid).unwrap_or(BlockNumber::MAX);
        (!T::Permits::has_permit(netuid, uid)).then_some(WeightsObstacle::NoPermit { until })
    }

    /// The block from which the rate limit counts; a row that was never set is not subject to it.
    fn last_given(netuid: NetUid, uid: Uid, params: &Hyperparams) -> Option<BlockNumber> {
        if params.commit_reveal {
            return Commits::<T>::get(netuid, uid).last_commit;
        }
        let row = Rows::<T>::get(netuid, uid);
        (!row.entries.is_empty()).then_some(row.set_at)
    }
}
