//! What must not matter: the order of neurons, and the scale of weights and of stake.

use proptest::prelude::*;
use yuma::{run, Input, Outcome, Params, Rows};

use crate::config;
use crate::subnets::subnet;

/// Two validators who agree about one miner.
pub fn example() -> (Input, Params) {
    let input = Input {
        current_block: 1_000,
        last_step_block: 900,
        owner_uid: None,
        emission: 1_000_000,
        alpha_stake: vec![60, 40, 0],
        tao_stake: vec![0; 3],
        last_update: vec![990, 990, 0],
        block_at_registration: vec![0; 3],
        commit_block: None,
        validator_permit: vec![true, true, false],
        weights: vec![vec![(2, 65_535)], vec![(2, 65_535)], vec![]],
        bonds: vec![vec![]; 3],
    };
    let params = Params {
        tempo: 99,
        activity_cutoff: 5_000,
        kappa: 32_767,
        bonds_penalty: 65_535,
        bonds_moving_average: 900_000,
        yuma3: true,
        liquid_alpha: false,
        alpha_low: 45_875,
        alpha_high: 58_982,
        alpha_sigmoid_steepness: 1_000,
        max_allowed_validators: 64,
        stake_threshold: 0,
        tao_weight: 0,
    };
    (input, params)
}

/// The list whose element `to[i]` is element `i` of `list`.
fn moved<T: Clone>(list: &[T], to: &[usize]) -> Vec<T> {
    let mut pairs: Vec<(usize, T)> = to.iter().copied().zip(list.iter().cloned()).collect();
    pairs.sort_by_key(|pair| pair.0);
    pairs.into_iter().map(|pair| pair.1).collect()
}

fn moved_rows(rows: &Rows, to: &[usize]) -> Rows {
    let mut rows = moved(rows, to);
    for row in &mut rows {
        row.iter_mut().for_each(|entry| entry.0 = to[usize::from(entry.0)] as u16);
        row.sort_unstable();
    }
    rows
}

fn moved_input(input: &Input, to: &[usize]) -> Input {
    Input {
        owner_uid: input.owner_uid.map(|uid| to[usize::from(uid)] as u16),
        alpha_stake: moved(&input.alpha_stake, to),
        tao_stake: moved(&input.tao_stake, to),
        last_update: moved(&input.last_update, to),
        block_at_registration: moved(&input.block_at_registration, to),
        commit_block: input.commit_block.as_ref().map(|blocks| moved(blocks, to)),
        validator_permit: moved(&input.validator_permit, to),
        weights: moved_rows(&input.weights, to),
        bonds: moved_rows(&input.bonds, to),
        ..input.clone()
    }
}

fn moved_outcome(outcome: &Outcome, to: &[usize]) -> Outcome {
    Outcome {
        active: moved(&outcome.active, to),
        validator_permit: moved(&outcome.validator_permit, to),
        stake: moved(&outcome.stake, to),
        stake_weight: moved(&outcome.stake_weight, to),
        consensus: moved(&outcome.consensus, to),
        validator_trust: moved(&outcome.validator_trust, to),
        rank: moved(&outcome.rank, to),
        trust: moved(&outcome.trust, to),
        incentive: moved(&outcome.incentive, to),
        dividends: moved(&outcome.dividends, to),
        server_emission: moved(&outcome.server_emission, to),
        validator_emission: moved(&outcome.validator_emission, to),
        emission: moved(&outcome.emission, to),
        bonds: moved_rows(&outcome.bonds, to),
    }
}

/// A subnet, and a place for each of its neurons.
fn subnet_and_order() -> impl Strategy<Value = ((Input, Params), Vec<usize>)> {
    subnet().prop_flat_map(|case| {
        let places: Vec<usize> = (0..case.0.alpha_stake.len()).collect();
        (Just(case), Just(places).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn renumbering_neurons_renumbers_the_outcome_and_nothing_else(((input, params), to) in subnet_and_order()) {
        let outcome = run(&input, &params).unwrap();
        prop_assert_eq!(run(&moved_input(&input, &to), &params).unwrap(), moved_outcome(&outcome, &to));
    }

    #[test]
    fn the_scale_of_a_row_does_not_matter(
        (mut input, params) in subnet(), row: prop::sample::Index, factor in 2u16..11
    ) {
        let row = row.index(input.weights.len());
        input.weights[row].iter_mut().for_each(|entry| entry.1 /= factor);
        let outcome = run(&input, &params).unwrap();
        input.weights[row].iter_mut().for_each(|entry| entry.1 *= factor);
        prop_assert_eq!(run(&input, &params).unwrap(), outcome);
    }

    #[test]
    fn the_unit_of_stake_does_not_matter((mut input, mut params) in subnet(), factor in 2u64..1_000_000) {
        params.stake_threshold = 0;
        let outcome = run(&input, &params).unwrap();
        input.alpha_stake.iter_mut().chain(&mut input.tao_stake).for_each(|stake| *stake *= factor);
        let scaled = run(&input, &params).unwrap();
        prop_assert_eq!(Outcome { stake: outcome.stake.clone(), ..scaled }, outcome);
    }

    #[test]
    fn the_order_of_entries_does_not_matter_without_liquid_alpha((input, mut params) in subnet()) {
        params.liquid_alpha = false;
        let outcome = run(&input, &params).unwrap();
        let mut reversed = input.clone();
        reversed.weights.iter_mut().chain(&mut reversed.bonds).for_each(|row| row.reverse());
        prop_assert_eq!(run(&reversed, &params).unwrap(), outcome);
    }
}
