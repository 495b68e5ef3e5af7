//! How the weights of the root network become the subnets' shares, as a pure function.
//!
//! With S the stakes of all seats normalised and W their rows normalised:
//! `rank = W^T S`, `trust_k` = the part of S whose weight on k is positive, `consensus_k = sigmoid(trust_k)`, and
//! `share_k = rank_k consensus_k`, normalised.

use crate::sigmoid::{sigmoid, ONE};
use alloc::{collections::BTreeMap, vec::Vec};
use primitives::{Amount, NetUid, WHOLE_SHARE};

/// What one seat says.
#[derive(Clone, Debug, Default)]
pub struct Ballot {
    /// In base units.
    pub stake: Amount,
    /// No subnet stands here twice.
    pub weights: Vec<(NetUid, u16)>,
}

/// What all ballots together say about one subnet.
#[derive(Default)]
struct Tally {
    /// Base units of stake that stand behind it, with 32 fractional bits.
    rank: u128,
    /// Base units of all who give it any weight.
    backing: u128,
}

/// The subnets that get anything, in netuid order; their parts sum to [`WHOLE_SHARE`]. Empty when nobody with stake has
/// weights. `None` only when a sum does not fit, which takes more stakes than an amount can count.
pub fn shares(ballots: &[Ballot]) -> Option<Vec<(NetUid, u64)>> {
    let stake = ballots.iter().try_fold(0u128, |sum, ballot| sum.checked_add(ballot.stake.into()))?;
    if stake == 0 {
        return Some(Vec::new());
    }
    let score = |(netuid, tally): (NetUid, Tally)| {
        let trust = tally.backing.checked_mul(ONE.into())?.checked_div(stake)?;
        let consensus = sigmoid(trust.try_into().ok()?)?;
        let rank = tally.rank.checked_div(stake)?;
        Some((netuid, rank.checked_mul(consensus.into())?))
    };
    let scores: Option<Vec<_>> = tally(ballots)?.into_iter().map(score).collect();
    normalise(&scores?)
}

fn tally(ballots: &[Ballot]) -> Option<BTreeMap<NetUid, Tally>> {
    let mut tallies = BTreeMap::<NetUid, Tally>::new();
    for Ballot { stake, weights } in ballots {
        let stake = u128::from(*stake);
        let sum = weights.iter().try_fold(0u128, |sum, (_, weight)| sum.checked_add((*weight).into()))?;
        for (netuid, weight) in weights.iter().filter(|(_, weight)| *weight > 0) {
            let part = stake.checked_mul(ONE.into())?.checked_mul((*weight).into())?.checked_div(sum)?;
            let tally = tallies.entry(*netuid).or_default();
            tally.rank = tally.rank.checked_add(part)?;
            tally.backing = tally.backing.checked_add(stake)?;
        }
    }
    Some(tallies)
}

/// Scales `scores` so that they sum to [`WHOLE_SHARE`] exactly, each within one unit of its due: a part ends where the
/// next one begins. What comes out as zero is left out.
pub fn normalise(scores: &[(NetUid, u128)]) -> Option<Vec<(NetUid, u64)>> {
    let total = scores.iter().try_fold(0u128, |sum, (_, score)| sum.checked_add(*score))?;
    if total == 0 {
        return Some(Vec::new());
    }
    let (mut so_far, mut given, mut shares) = (0u128, 0u64, Vec::with_capacity(scores.len()));
    for (netuid, score) in scores {
        so_far = so_far.checked_add(*score)?;
        let until = u64::try_from(so_far.checked_mul(WHOLE_SHARE.into())?.checked_div(total)?).ok()?;
        shares.push((*netuid, until.checked_sub(given)?));
        given = until;
    }
    shares.retain(|(_, share)| *share > 0);
    Some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn ballot(stake: Amount, weights: &[(u16, u16)]) -> Ballot {
        Ballot { stake, weights: weights.iter().map(|(netuid, weight)| (NetUid(*netuid), *weight)).collect() }
    }

    fn shares_of(ballots: &[Ballot]) -> Vec<(u16, u64)> {
        shares(ballots).unwrap().into_iter().map(|(netuid, share)| (netuid.0, share)).collect()
    }

    /// The same in floats, computed densely and in another order.
    fn twin(ballots: &[Ballot], netuid: u16) -> f64 {
        let stake: f64 = ballots.iter().map(|ballot| ballot.stake as f64).sum();
        let score = |netuid: u16| {
            let of = |ballot: &Ballot| {
                let sum: f64 = ballot.weights.iter().map(|(_, weight)| f64::from(*weight)).sum();
                let own = ballot.weights.iter().find(|(target, _)| target.0 == netuid).map_or(0, |(_, weight)| *weight);
                (ballot.stake as f64 / stake, if own > 0 { f64::from(own) / sum } else { 0.0 })
            };
            let rank: f64 = ballots.iter().map(of).map(|(stake, weight)| stake * weight).sum();
            let trust: f64 = ballots.iter().map(of).filter(|(_, weight)| *weight > 0.0).map(|(stake, _)| stake).sum();
            rank / (1.0 + (-10.0 * (trust - 0.5)).exp())
        };
        score(netuid) / (0..=u16::from(SUBNETS)).map(score).sum::<f64>()
    }

    const SUBNETS: u8 = 9;

    fn ballots() -> impl Strategy<Value = Vec<Ballot>> {
        let row = vec(any::<u16>(), usize::from(SUBNETS)).prop_map(|row| (0..).map(NetUid).zip(row).collect());
        vec((1..1_000_000u64, row).prop_map(|(stake, weights)| Ballot { stake, weights }), 1..12)
    }

    #[test]
    fn the_majoritys_subnet_gets_more_than_its_stake_and_the_minoritys_less() {
        let shares = shares_of(&[ballot(60, &[(1, 1)]), ballot(40, &[(2, 1)])]);
        assert_eq!(shares, [(1, 3_449_072_142), (2, 845_895_154)]);
        let shares = shares_of(&[ballot(70, &[(1, 1)]), ballot(30, &[(2, 1)])]);
        assert_eq!(shares, [(1, 4_059_512_197), (2, 235_455_099)]);
    }

    #[test]
    fn what_two_of_three_agree_on_gets_most() {
        let shares = shares_of(&[ballot(60, &[(1, 1), (2, 1)]), ballot(40, &[(2, 1), (3, 1)])]);
        assert_eq!(shares, [(1, 1_223_709_337), (2, 2_771_139_620), (3, 300_118_339)]);
    }

    #[test]
    fn seats_without_weights_lower_trust_and_those_without_stake_say_nothing() {
        let shares = shares_of(&[ballot(1, &[(7, 5)]), ballot(99, &[]), ballot(0, &[(8, 1)])]);
        assert_eq!(shares, [(7, WHOLE_SHARE)], "whoever alone has weights decides");
    }

    #[test]
    fn without_stake_or_weights_nobody_gets_anything() {
        assert_eq!(shares_of(&[]), []);
        assert_eq!(shares_of(&[ballot(0, &[(1, 1)])]), []);
        assert_eq!(shares_of(&[ballot(5, &[]), ballot(5, &[(1, 0)])]), []);
    }

    #[test]
    fn the_largest_amounts_fit() {
        let full = ballot(Amount::MAX, &(0..1_024).map(|netuid| (netuid, u16::MAX)).collect::<Vec<_>>());
        assert_eq!(shares(&alloc::vec![full; 64]).unwrap().len(), 1_024);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_whole(ballots in ballots()) {
            let sum: u64 = shares(&ballots).unwrap().iter().map(|(_, share)| share).sum();
            let anybody = ballots.iter().any(|ballot| ballot.weights.iter().any(|(_, weight)| *weight > 0));
            prop_assert_eq!(sum, if anybody { WHOLE_SHARE } else { 0 });
        }

        #[test]
        fn they_are_those_of_the_formula_in_floats(ballots in ballots()) {
            for (netuid, share) in shares_of(&ballots) {
                let share = share as f64 / WHOLE_SHARE as f64;
                prop_assert!((share - twin(&ballots, netuid)).abs() < 1e-7);
            }
        }

        #[test]
        fn the_order_of_seats_does_not_count(ballots in ballots()) {
            let reversed: Vec<_> = ballots.iter().rev().cloned().collect();
            prop_assert_eq!(shares(&ballots), shares(&reversed));
        }

        /// Splitting one's stake over many seats with the same weights changes nothing but rounding.
        #[test]
        fn many_seats_say_no_more_than_one_with_their_stake(ballots in ballots(), parts in 1..5u64) {
            let parts_of = |ballot: &Ballot| {
                let small = Ballot { stake: ballot.stake, ..ballot.clone() };
                core::iter::repeat_n(small, parts as usize)
            };
            let split: Vec<_> = ballots.iter().flat_map(parts_of).collect();
            let close = |a: &(u16, u64), b: &(u16, u64)| a.0 == b.0 && a.1.abs_diff(b.1) < 100;
            let (one, many) = (shares_of(&ballots), shares_of(&split));
            prop_assert!(one.len() == many.len() && one.iter().zip(&many).all(|(a, b)| close(a, b)));
        }

        #[test]
        fn more_stake_behind_a_subnet_never_lowers_its_share(ballots in ballots(), more in 1..1_000_000u64) {
            let (mut without, mut with) = (ballots.clone(), ballots);
            without.push(ballot(1, &[(3, 1)]));
            with.push(ballot(1 + more, &[(3, 1)]));
            let of = |ballots: &[Ballot]| shares_of(ballots).iter().find(|(netuid, _)| *netuid == 3).map_or(0, |s| s.1);
            prop_assert!(of(&with) + 2 >= of(&without));
        }
    }
}
