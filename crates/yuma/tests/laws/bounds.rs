//! What comes out is of the right size and in range, whatever goes in.

use std::collections::BTreeSet;

use proptest::prelude::*;
use yuma::fixed::Fixed;
use yuma::{evaluate, run, Input, InputError, Rows};

use crate::config;
use crate::subnets::{subnet, wild};

/// What the documentation of `run` asks of an input.
fn fits_together(input: &Input) -> bool {
    let neurons = input.alpha_stake.len();
    let distinct = |row: &Vec<(u16, u16)>| row.iter().map(|entry| entry.0).collect::<BTreeSet<_>>().len() == row.len();
    let lengths = [
        input.tao_stake.len(),
        input.last_update.len(),
        input.block_at_registration.len(),
        input.validator_permit.len(),
        input.weights.len(),
        input.bonds.len(),
        input.commit_block.as_ref().map_or(neurons, Vec::len),
    ];
    lengths.iter().all(|length| *length == neurons)
        && input.owner_uid.is_none_or(|uid| usize::from(uid) < neurons)
        && input.weights.iter().chain(&input.bonds).all(distinct)
}

fn holders(rows: &Rows) -> impl Iterator<Item = usize> + '_ {
    rows.iter().enumerate().filter(|(_, row)| !row.is_empty()).map(|(uid, _)| uid)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_input_that_fits_together_has_an_outcome_and_no_other((input, params) in wild()) {
        prop_assert_eq!(run(&input, &params).is_ok(), fits_together(&input));
    }

    #[test]
    fn every_list_has_one_element_per_neuron((input, params) in wild()) {
        if let Ok(outcome) = run(&input, &params) {
            let ratios = [
                &outcome.stake_weight, &outcome.consensus, &outcome.validator_trust, &outcome.rank, &outcome.trust,
                &outcome.incentive, &outcome.dividends,
            ];
            let amounts = [&outcome.stake, &outcome.server_emission, &outcome.validator_emission, &outcome.emission];
            let lengths = ratios.iter().map(|list| list.len()).chain(amounts.iter().map(|list| list.len()));
            let others = [outcome.active.len(), outcome.validator_permit.len(), outcome.bonds.len()];
            prop_assert!(lengths.chain(others).all(|length| length == input.alpha_stake.len()));
        }
    }

    #[test]
    fn stored_bonds_are_of_permit_holders_towards_neurons((input, params) in wild()) {
        if let Ok(outcome) = run(&input, &params) {
            prop_assert!(holders(&outcome.bonds).all(|uid| outcome.validator_permit[uid]));
            let known = |&(uid, _): &(u16, u16)| usize::from(uid) < input.alpha_stake.len();
            prop_assert!(outcome.bonds.iter().flatten().all(known));
        }
    }

    #[test]
    fn shares_lie_between_zero_and_one((input, params) in prop_oneof![subnet(), wild()]) {
        if let Ok(epoch) = evaluate(&input, &params) {
            let lists = [
                &epoch.stake, &epoch.active_stake, &epoch.consensus, &epoch.validator_trust, &epoch.ranks.given,
                &epoch.ranks.clipped,
                &epoch.trust, &epoch.incentive, &epoch.dividends, &epoch.shares.server, &epoch.shares.validator,
                &epoch.shares.combined,
            ];
            prop_assert!(lists.into_iter().flatten().all(|share| (Fixed::ZERO..=Fixed::ONE).contains(share)));
        }
    }

    #[test]
    fn bonds_lie_between_zero_and_one((input, mut params) in prop_oneof![subnet(), wild()]) {
        params.bonds_moving_average = params.bonds_moving_average.min(1_000_000);
        if let Ok(epoch) = evaluate(&input, &params) {
            let bonds = || epoch.bonds.rows().flat_map(|row| row.values);
            prop_assert!(bonds().all(|bond| (Fixed::ZERO..=Fixed::ONE).contains(bond)));
            let columns = epoch.bonds.fold_columns(input.alpha_stake.len(), |sum, bond| sum + bond);
            prop_assert!(params.yuma3 || columns.iter().all(|sum| *sum <= Fixed::ONE));
        }
    }

    #[test]
    fn no_more_permits_are_given_than_allowed_and_the_owners((input, params) in subnet()) {
        let outcome = run(&input, &params).unwrap();
        let others = |&(uid, permit): &(usize, &bool)| *permit && input.owner_uid.map(usize::from) != Some(uid);
        let given = outcome.validator_permit.iter().enumerate().filter(others).count();
        prop_assert!(given <= usize::from(params.max_allowed_validators));
        prop_assert!(input.owner_uid.is_none_or(|uid| outcome.validator_permit[usize::from(uid)]));
    }
}

#[test]
fn a_subnet_without_neurons_has_an_empty_outcome() {
    let (mut input, params) = crate::invariance::example();
    input.alpha_stake.clear();
    input.tao_stake.clear();
    input.last_update.clear();
    input.block_at_registration.clear();
    input.validator_permit.clear();
    input.weights.clear();
    input.bonds.clear();
    assert_eq!(run(&input, &params).unwrap().emission, []);
}

#[test]
fn a_list_that_is_too_short_is_refused_by_name() {
    let (mut input, params) = crate::invariance::example();
    input.last_update.pop();
    let error = run(&input, &params).unwrap_err();
    assert_eq!(error, InputError::Length { list: "last_update", expected: 3, found: 2 });
    assert_eq!(error.to_string(), "`last_update` has 2 elements for 3 neurons; give one per neuron");
}

#[test]
fn a_row_that_names_a_uid_twice_is_refused() {
    let (mut input, params) = crate::invariance::example();
    input.weights[0] = vec![(2, 1), (1, 1), (2, 3)];
    let error = run(&input, &params).unwrap_err();
    assert_eq!(error, InputError::RepeatedEntry { list: "weights", row: 0, uid: 2 });
}

#[test]
fn an_owner_who_is_no_neuron_is_refused() {
    let (mut input, params) = crate::invariance::example();
    input.owner_uid = Some(3);
    assert_eq!(run(&input, &params).unwrap_err(), InputError::UnknownOwner { uid: 3, neurons: 3 });
}
