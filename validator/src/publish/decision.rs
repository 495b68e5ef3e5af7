//! Whether to give weights now, which, and how. Pure.

use super::row::{row, NoRow, Row};
use primitives::{
    AccountId, BlockNumber, Hyperparams, Metagraph, NeuronInfo, OpenCommit, Uid, WeightsObstacle, WeightsStatus,
    MAX_OPEN_COMMITS,
};
use thiserror::Error;

/// All that a decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub metagraph: &'a Metagraph,
    pub status: &'a WeightsStatus,
    pub hotkey: &'a AccountId,
    /// The current holder of each scored seat and its average.
    pub scores: &'a [(Uid, f32)],
    /// The weights version that this program implements.
    pub version: u64,
    /// After a failed attempt: the block before which there is no other.
    pub not_before: BlockNumber,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Openly.
    Set(Row),
    /// As a hash, to be revealed later.
    Commit(Row),
    Hold(Hold),
}

/// Why no weights are submitted now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Hold {
    #[error("{hotkey} holds no seat on subnet {netuid}: register it with `plexus register {netuid} --hotkey-address {hotkey}`")]
    NotRegistered { hotkey: AccountId, netuid: u16 },
    #[error(
        "the subnet wants weights version {wanted} and this program implements {ours}: install the newer plexus-validator"
    )]
    Outdated { wanted: u64, ours: u64 },
    #[error("{0}")]
    Obstacle(WeightsObstacle),
    #[error("weights of block {at} stand until the epoch at block {next_epoch}")]
    AlreadyGiven { at: BlockNumber, next_epoch: BlockNumber },
    #[error("the {call} of block {at} is in no block yet, and up to block {until} one may take it")]
    Pending { call: String, at: BlockNumber, until: BlockNumber },
    #[error("the last attempt failed; the next one is at block {until}")]
    AfterFailure { until: BlockNumber },
    #[error("{0}: no weights can be justified")]
    Unjustified(NoRow),
}

impl Hold {
    /// The first block in which weights may be given again without anybody changing anything else.
    pub fn until(&self) -> Option<BlockNumber> {
        match self {
            Self::AlreadyGiven { next_epoch, .. } => Some(*next_epoch),
            Self::AfterFailure { until } => Some(*until),
            Self::Pending { until, .. } => Some(until.saturating_add(1)),
            Self::Obstacle(obstacle) => obstacle.until(),
            Self::NotRegistered { .. } | Self::Outdated { .. } | Self::Unjustified(_) => None,
        }
    }
}

/// The commits that the next block lets be revealed, oldest first.
pub fn due(status: &WeightsStatus) -> impl Iterator<Item = &OpenCommit> {
    let next = status.block.saturating_add(1);
    status.open.iter().take_while(move |commit| commit.reveal_from <= next)
}

/// One row per epoch: in the first block after it that permit, rate limit and scores allow.
pub fn decide(situation: &Situation) -> Decision {
    match hold(situation) {
        Some(hold) => Decision::Hold(hold),
        None => match row(situation.scores, &situation.metagraph.subnet.hyperparams) {
            Ok(row) if situation.status.commit_reveal => Decision::Commit(row),
            Ok(row) => Decision::Set(row),
            Err(reason) => Decision::Hold(Hold::Unjustified(reason)),
        },
    }
}

fn hold(situation: &Situation) -> Option<Hold> {
    let Metagraph { subnet, block, next_epoch, last_epoch, .. } = situation.metagraph;
    let params = &subnet.hyperparams;
    let Some(seat) = situation.metagraph.by_hotkey(situation.hotkey) else {
        return Some(Hold::NotRegistered { hotkey: situation.hotkey.clone(), netuid: subnet.netuid.0 });
    };
    let stand_until = |at: &BlockNumber| at.saturating_add(pause(situation.status, params));
    if params.weights_version > situation.version {
        Some(Hold::Outdated { wanted: params.weights_version, ours: situation.version })
    } else if let Some(at) =
        given(situation.status, seat).filter(|at| last_epoch.is_none_or(|epoch| stand_until(at) >= epoch))
    {
        Some(Hold::AlreadyGiven { at, next_epoch: *next_epoch })
    } else if let Some(obstacle) = situation.status.obstacle {
        Some(Hold::Obstacle(obstacle))
    } else if situation.not_before > *block {
        Some(Hold::AfterFailure { until: situation.not_before })
    } else {
        None
    }
}

/// The block of the newest row that was given and still says something.
fn given(status: &WeightsStatus, seat: &NeuronInfo) -> Option<BlockNumber> {
    if status.commit_reveal {
        status.open.last().map(|commit| commit.committed_at)
    } else {
        (seat.last_update > seat.registered_at).then_some(seat.last_update)
    }
}

/// Blocks for which a commit is left alone beyond its own epoch, so that the open ones cover a long interval evenly.
fn pause(status: &WeightsStatus, params: &Hyperparams) -> BlockNumber {
    let (interval, period) = (u32::from(params.commit_reveal_interval), u32::from(params.tempo) + 1);
    let epochs_a_commit = if status.commit_reveal { (interval + 1).div_ceil(MAX_OPEN_COMMITS) } else { 1 };
    (epochs_a_commit - 1) * period
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, metagraph};

    const SCORES: [(Uid, f32); 2] = [(1, 1.0), (2, 0.5)];

    /// Of weights that may be given, by a hotkey that has no open commit.
    fn free(commit_reveal: bool) -> WeightsStatus {
        WeightsStatus { block: 120, commit_reveal, obstacle: None, open: vec![], forfeits: false, next_epoch: 140 }
    }

    fn commit(committed_at: BlockNumber, reveal_from: BlockNumber) -> OpenCommit {
        OpenCommit { hash: Default::default(), committed_at, reveal_from, reveal_until: reveal_from + 19 }
    }

    fn facts<'a>(metagraph: &'a Metagraph, status: &'a WeightsStatus, hotkey: &'a AccountId) -> Situation<'a> {
        Situation { metagraph, status, hotkey, scores: &SCORES, version: 1, not_before: 0 }
    }

    /// Block 120 of a subnet whose last epoch was at 100; neuron 0, the validator, set weights at block 90.
    fn decide_with(
        status: &WeightsStatus,
        change: impl FnOnce(&mut Metagraph),
        situation: impl FnOnce(&mut Situation),
    ) -> Decision {
        let mut metagraph = metagraph(3);
        metagraph.block = 120;
        metagraph.last_epoch = Some(100);
        metagraph.next_epoch = 140;
        metagraph.subnet.hyperparams.tempo = 39;
        metagraph.neurons[0].registered_at = 10;
        metagraph.neurons[0].last_update = 90;
        change(&mut metagraph);
        let hotkey = account(0);
        let mut facts = facts(&metagraph, status, &hotkey);
        situation(&mut facts);
        decide(&facts)
    }

    fn expected() -> Row {
        Row { uids: vec![1, 2], values: vec![65_535, 32_768] }
    }

    #[test]
    fn open_weights_are_due_once_after_each_epoch() {
        let status = free(false);
        assert_eq!(decide_with(&status, |_| (), |_| ()), Decision::Set(expected()));
        let held = Decision::Hold(Hold::AlreadyGiven { at: 100, next_epoch: 140 });
        assert_eq!(decide_with(&status, |m| m.neurons[0].last_update = 100, |_| ()), held);
    }

    #[test]
    fn the_first_weights_need_no_epoch() {
        let fresh = |metagraph: &mut Metagraph| {
            metagraph.last_epoch = None;
            metagraph.neurons[0].last_update = metagraph.neurons[0].registered_at;
        };
        assert!(matches!(decide_with(&free(false), fresh, |_| ()), Decision::Set(_)));
        assert!(matches!(decide_with(&free(true), fresh, |_| ()), Decision::Commit(_)));
    }

    #[test]
    fn hidden_weights_are_committed_once_after_each_epoch() {
        let with = |open| WeightsStatus { open, ..free(true) };
        assert_eq!(decide_with(&with(vec![]), |_| (), |_| ()), Decision::Commit(expected()));
        assert_eq!(decide_with(&with(vec![commit(99, 100)]), |_| (), |_| ()), Decision::Commit(expected()));
        let held = Decision::Hold(Hold::AlreadyGiven { at: 100, next_epoch: 140 });
        assert_eq!(decide_with(&with(vec![commit(99, 100), commit(100, 140)]), |_| (), |_| ()), held);
        // A reveal after the epoch shows what was thought before it.
        let revealed = |metagraph: &mut Metagraph| metagraph.neurons[0].last_update = 101;
        assert_eq!(decide_with(&with(vec![]), revealed, |_| ()), Decision::Commit(expected()));
    }

    #[test]
    fn commits_for_a_long_interval_are_spread_so_that_the_open_ones_suffice() {
        let params = |commit_reveal_interval| Hyperparams { tempo: 39, commit_reveal_interval, ..Default::default() };
        let pauses = [1, 9, 10, 19, 100].map(|interval| pause(&free(true), &params(interval)));
        assert_eq!(pauses, [0, 0, 40, 40, 400]);
        assert_eq!(pause(&free(false), &params(100)), 0);
    }

    #[test]
    fn what_can_be_revealed_in_the_next_block_is_due() {
        let with =
            |block| WeightsStatus { block, open: vec![commit(1, 20), commit(2, 20), commit(21, 40)], ..free(true) };
        assert_eq!([18, 19, 38, 39].map(|block| due(&with(block)).count()), [0, 2, 2, 3]);
    }

    #[test]
    fn without_a_seat_nothing_is_submitted() {
        let stranger = account(9);
        let absent = Hold::NotRegistered { hotkey: stranger.clone(), netuid: 1 };
        assert_eq!(decide(&facts(&metagraph(3), &free(false), &stranger)), Decision::Hold(absent));
    }

    #[test]
    fn what_the_chain_has_against_weights_is_waited_out() {
        let obstacle = WeightsObstacle::NoPermit { until: 140 };
        let status = WeightsStatus { obstacle: Some(obstacle), ..free(true) };
        assert_eq!(decide_with(&status, |_| (), |_| ()), Decision::Hold(Hold::Obstacle(obstacle)));
    }

    #[test]
    fn without_scores_nothing_is_submitted() {
        let unjustified = Decision::Hold(Hold::Unjustified(NoRow::NoScores));
        assert_eq!(decide_with(&free(true), |_| (), |s| s.scores = &[]), unjustified);
        assert_eq!(decide_with(&free(true), |_| (), |s| s.scores = &[(1, 0.0)]), unjustified);
    }

    #[test]
    fn an_outdated_validator_says_so() {
        let outdated = Decision::Hold(Hold::Outdated { wanted: 2, ours: 1 });
        let wanted = |version| move |m: &mut Metagraph| m.subnet.hyperparams.weights_version = version;
        assert_eq!(decide_with(&free(true), wanted(2), |_| ()), outdated);
        assert!(matches!(decide_with(&free(true), wanted(1), |_| ()), Decision::Commit(_)));
    }

    #[test]
    fn a_failed_attempt_is_not_repeated_at_once() {
        let waiting = Decision::Hold(Hold::AfterFailure { until: 121 });
        assert_eq!(decide_with(&free(true), |_| (), |s| s.not_before = 121), waiting);
        assert!(matches!(decide_with(&free(true), |_| (), |s| s.not_before = 120), Decision::Commit(_)));
    }
}
