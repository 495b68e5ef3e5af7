//! Whether to set weights now, and which. Pure.

use super::row::{row, NoRow, Row};
use primitives::{AccountId, Amount, BlockNumber, Metagraph, Uid};
use thiserror::Error;

/// All that a decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub metagraph: &'a Metagraph,
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
    Submit(Row),
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
    #[error("no validator permit yet: permits go to the top stakes at each epoch, the next one at block {next_epoch}; scoring goes on")]
    NoPermit { next_epoch: BlockNumber },
    #[error(
        "the hotkey has {stake} base units of stake and the subnet wants {wanted}: add some with `plexus stake add`"
    )]
    TooLittleStake { stake: Amount, wanted: Amount },
    #[error("weights of block {set_at} stand until the epoch at block {next_epoch}")]
    AlreadySet { set_at: BlockNumber, next_epoch: BlockNumber },
    #[error("the subnet's rate limit allows the next weights from block {until}")]
    TooSoon { until: BlockNumber },
    #[error("the last attempt failed; the next one is at block {until}")]
    AfterFailure { until: BlockNumber },
    #[error("{0}: no weights can be justified")]
    Unjustified(NoRow),
}

/// One submission per epoch: the first block after an epoch that permit, rate limit and scores allow.
pub fn decide(situation: &Situation) -> Decision {
    match hold(situation) {
        Some(hold) => Decision::Hold(hold),
        None => match row(situation.scores, &situation.metagraph.subnet.hyperparams) {
            Ok(row) => Decision::Submit(row),
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
    let set_at = (seat.last_update > seat.registered_at).then_some(seat.last_update);
    let allowed_from = set_at.map_or(0, |set_at| set_at.saturating_add(params.weights_rate_limit));
    if params.weights_version > situation.version {
        Some(Hold::Outdated { wanted: params.weights_version, ours: situation.version })
    } else if seat.stake < params.stake_threshold {
        Some(Hold::TooLittleStake { stake: seat.stake, wanted: params.stake_threshold })
    } else if !seat.validator_permit {
        Some(Hold::NoPermit { next_epoch: *next_epoch })
    } else if let Some(set_at) = set_at.filter(|set_at| last_epoch.is_none_or(|epoch| *set_at >= epoch)) {
        Some(Hold::AlreadySet { set_at, next_epoch: *next_epoch })
    } else if allowed_from > *block {
        Some(Hold::TooSoon { until: allowed_from })
    } else if situation.not_before > *block {
        Some(Hold::AfterFailure { until: situation.not_before })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, metagraph};

    const SCORES: [(Uid, f32); 2] = [(1, 1.0), (2, 0.5)];

    fn facts<'a>(metagraph: &'a Metagraph, hotkey: &'a AccountId) -> Situation<'a> {
        Situation { metagraph, hotkey, scores: &SCORES, version: 1, not_before: 0 }
    }

    /// Block 120 of a subnet whose last epoch was at 100; neuron 0, the validator, set weights at block 90.
    fn decide_with(change: impl FnOnce(&mut Metagraph), situation: impl FnOnce(&mut Situation)) -> Decision {
        let mut metagraph = metagraph(3);
        metagraph.block = 120;
        metagraph.last_epoch = Some(100);
        metagraph.next_epoch = 140;
        metagraph.subnet.hyperparams.weights_rate_limit = 20;
        metagraph.neurons[0].validator_permit = true;
        metagraph.neurons[0].registered_at = 10;
        metagraph.neurons[0].last_update = 90;
        change(&mut metagraph);
        let hotkey = account(0);
        let mut facts = facts(&metagraph, &hotkey);
        situation(&mut facts);
        decide(&facts)
    }

    #[test]
    fn weights_are_due_once_after_each_epoch() {
        let expected = Row { uids: vec![1, 2], values: vec![65_535, 32_768] };
        assert_eq!(decide_with(|_| (), |_| ()), Decision::Submit(expected));
        let held = Decision::Hold(Hold::AlreadySet { set_at: 100, next_epoch: 140 });
        assert_eq!(decide_with(|m| m.neurons[0].last_update = 100, |_| ()), held);
    }

    #[test]
    fn the_first_weights_need_no_epoch() {
        let fresh = |metagraph: &mut Metagraph| {
            metagraph.last_epoch = None;
            metagraph.neurons[0].last_update = metagraph.neurons[0].registered_at;
        };
        assert!(matches!(decide_with(fresh, |_| ()), Decision::Submit(_)));
    }

    #[test]
    fn without_a_seat_or_a_permit_nothing_is_submitted() {
        let stranger = account(9);
        let absent = Hold::NotRegistered { hotkey: stranger.clone(), netuid: 1 };
        let metagraph = metagraph(3);
        assert_eq!(decide(&facts(&metagraph, &stranger)), Decision::Hold(absent));
        let no_permit = Decision::Hold(Hold::NoPermit { next_epoch: 140 });
        assert_eq!(decide_with(|m| m.neurons[0].validator_permit = false, |_| ()), no_permit);
    }

    #[test]
    fn stake_below_the_subnets_threshold_is_not_enough() {
        let too_little = Decision::Hold(Hold::TooLittleStake { stake: 0, wanted: 5 });
        assert_eq!(decide_with(|m| m.subnet.hyperparams.stake_threshold = 5, |_| ()), too_little);
    }

    #[test]
    fn without_scores_nothing_is_submitted() {
        let unjustified = Decision::Hold(Hold::Unjustified(NoRow::NoScores));
        assert_eq!(decide_with(|_| (), |s| s.scores = &[]), unjustified);
        assert_eq!(decide_with(|_| (), |s| s.scores = &[(1, 0.0)]), unjustified);
    }

    #[test]
    fn the_rate_limit_is_waited_out() {
        let early = Decision::Hold(Hold::TooSoon { until: 190 });
        assert_eq!(decide_with(|m| m.subnet.hyperparams.weights_rate_limit = 100, |_| ()), early);
        assert!(matches!(decide_with(|m| m.subnet.hyperparams.weights_rate_limit = 30, |_| ()), Decision::Submit(_)));
    }

    #[test]
    fn an_outdated_validator_says_so() {
        let outdated = Decision::Hold(Hold::Outdated { wanted: 2, ours: 1 });
        assert_eq!(decide_with(|m| m.subnet.hyperparams.weights_version = 2, |_| ()), outdated);
        assert!(matches!(decide_with(|m| m.subnet.hyperparams.weights_version = 1, |_| ()), Decision::Submit(_)));
    }

    #[test]
    fn a_failed_attempt_is_not_repeated_at_once() {
        let waiting = Decision::Hold(Hold::AfterFailure { until: 121 });
        assert_eq!(decide_with(|_| (), |s| s.not_before = 121), waiting);
        assert!(matches!(decide_with(|_| (), |s| s.not_before = 120), Decision::Submit(_)));
    }
}
