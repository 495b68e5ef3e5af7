//! Who may move what: nothing without a permit or without stake, no weight above what a majority supports.

use proptest::prelude::*;
use yuma::fixed::Fixed;
use yuma::matrix::Matrix;
use yuma::normalise::normalise;
use yuma::{evaluate, run, Input, Params};

use crate::config;
use crate::subnets::subnet;

/// A subnet, and the same with other weights for one neuron that is not the owner.
fn changed_row() -> impl Strategy<Value = (Input, Input, Params, usize)> {
    (subnet(), subnet(), any::<prop::sample::Index>()).prop_map(|((mut input, params), (other, _), uid)| {
        let uid = uid.index(input.weights.len());
        input.owner_uid = input.owner_uid.filter(|owner| usize::from(*owner) != uid);
        let mut changed = input.clone();
        changed.weights[uid] = other.weights[uid % other.weights.len()].clone();
        (input, changed, params, uid)
    })
}

/// What row `uid` says about `column`; nothing is 0.
fn weight(weights: &Matrix, uid: usize, column: usize) -> Fixed {
    weights.row(uid).entries().find(|entry| usize::from(entry.0) == column).map_or(Fixed::ZERO, |entry| entry.1)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn weights_without_a_permit_change_nothing((mut input, mut changed, params, uid) in changed_row()) {
        input.validator_permit[uid] = false;
        changed.validator_permit[uid] = false;
        prop_assert_eq!(run(&input, &params).unwrap(), run(&changed, &params).unwrap());
    }

    #[test]
    fn weights_without_stake_move_no_consensus_and_no_incentive(
        (mut input, mut changed, params, uid) in changed_row()
    ) {
        for input in [&mut input, &mut changed] {
            (input.alpha_stake[uid], input.tao_stake[uid]) = (0, 0);
        }
        let (before, after) = (evaluate(&input, &params).unwrap(), evaluate(&changed, &params).unwrap());
        prop_assert_eq!(before.consensus, after.consensus);
        prop_assert_eq!(before.incentive, after.incentive);
        prop_assert_eq!(before.trust, after.trust);
    }

    /// Not so with Yuma 3, whose bonds do not know stake: a permit without stake dilutes the columns it is bonded to.
    #[test]
    fn weights_without_stake_change_nothing_but_their_own_trust_in_classic_bonds(
        (mut input, mut changed, mut params, uid) in changed_row()
    ) {
        params.yuma3 = false;
        for input in [&mut input, &mut changed] {
            (input.alpha_stake[uid], input.tao_stake[uid]) = (0, 0);
        }
        let (before, mut after) = (run(&input, &params).unwrap(), run(&changed, &params).unwrap());
        after.validator_trust[uid] = before.validator_trust[uid];
        prop_assert_eq!(before, after);
    }

    #[test]
    fn a_minority_lifts_no_weight_above_and_pushes_none_below_what_the_others_say(
        (input, params) in subnet(), members: u32
    ) {
        let epoch = evaluate(&input, &params).unwrap();
        let stake = normalise(&epoch.active_stake);
        let voters: Vec<usize> = (0..stake.len()).filter(|&uid| stake[uid] > Fixed::ZERO).collect();
        let (cabal, honest): (Vec<usize>, Vec<usize>) = voters.iter().partition(|&&uid| members >> uid & 1 == 1);
        let held = |uids: &[usize]| uids.iter().map(|&uid| stake[uid]).sum::<Fixed>();
        let minority = held(&voters) - Fixed::proportion(params.kappa);
        for column in 0..stake.len() {
            let said = || honest.iter().map(|&uid| weight(&epoch.weights, uid, column));
            if held(&honest) > minority {
                prop_assert!(said().max().is_none_or(|most| epoch.consensus[column] <= most));
            }
            if held(&cabal) <= minority {
                prop_assert!(said().min().is_none_or(|least| epoch.consensus[column] >= least));
            }
        }
    }

    #[test]
    fn no_clipped_weight_exceeds_the_consensus_or_the_weight((input, params) in subnet()) {
        let epoch = evaluate(&input, &params).unwrap();
        for (uid, row) in epoch.clipped().rows().enumerate() {
            for (column, clipped) in row.entries() {
                let column = usize::from(column);
                prop_assert!(clipped <= epoch.consensus[column]);
                prop_assert!(clipped <= weight(&epoch.weights, uid, column));
            }
        }
    }
}
