//! The laws. Each function panics with the one that is broken.

use std::collections::BTreeSet;

use yuma::fixed::Fixed;
use yuma::matrix::Matrix;
use yuma::normalise::normalise;
use yuma::{evaluate, max_upscale, run, Epoch, Input, Outcome, Params};

/// Runs the epoch. `None`: it was refused, as it has to be if `input` does not fit together.
pub fn hold_for(input: &Input, params: &Params) -> Option<Outcome> {
    let outcome = run(input, params).ok();
    assert_eq!(
        outcome.is_some(),
        fits_together(input),
        "an input is refused if, and only if, it does not fit together"
    );
    let outcome = outcome?;
    lists_have_one_element_per_neuron(&outcome, input);
    permits_are_as_many_as_allowed(&outcome, input, params);
    bonds_are_of_permit_holders_towards_neurons(&outcome);

    let epoch = evaluate(input, params).expect("`run` took it");
    shares_lie_between_zero_and_one(&epoch);
    if params.bonds_moving_average <= 1_000_000 {
        bonds_lie_between_zero_and_one(&epoch);
    }
    consensus_is_what_a_majority_supports(&epoch, Fixed::proportion(params.kappa));
    let anybody = epoch.stake.iter().any(|share| *share > Fixed::ZERO);
    only_dust_is_kept_back(&outcome, input.emission, anybody);
    Some(outcome)
}

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

fn lists_have_one_element_per_neuron(outcome: &Outcome, input: &Input) {
    let ratios = [
        &outcome.stake_weight,
        &outcome.consensus,
        &outcome.validator_trust,
        &outcome.rank,
        &outcome.trust,
        &outcome.incentive,
        &outcome.dividends,
    ];
    let amounts = [&outcome.stake, &outcome.server_emission, &outcome.validator_emission, &outcome.emission];
    let lengths = ratios.iter().map(|list| list.len()).chain(amounts.iter().map(|list| list.len()));
    let others = [outcome.active.len(), outcome.validator_permit.len(), outcome.bonds.len()];
    assert!(lengths.chain(others).all(|length| length == input.alpha_stake.len()), "a list has another length");
}

fn permits_are_as_many_as_allowed(outcome: &Outcome, input: &Input, params: &Params) {
    let owner = input.owner_uid.map(usize::from);
    let others = outcome.validator_permit.iter().enumerate().filter(|(uid, permit)| **permit && owner != Some(*uid));
    assert!(others.count() <= usize::from(params.max_allowed_validators), "more permits than allowed");
    assert!(owner.is_none_or(|uid| outcome.validator_permit[uid]), "the owner has no permit");
}

fn bonds_are_of_permit_holders_towards_neurons(outcome: &Outcome) {
    let neurons = outcome.bonds.len();
    for (row, permit) in outcome.bonds.iter().zip(&outcome.validator_permit) {
        assert!(*permit || row.is_empty(), "bonds without a permit");
        assert!(row.iter().all(|&(uid, _)| usize::from(uid) < neurons), "a bond to nobody");
    }
}

fn is_share(value: Fixed) -> bool {
    (Fixed::ZERO..=Fixed::ONE).contains(&value)
}

fn shares_lie_between_zero_and_one(epoch: &Epoch) {
    let lists = [
        &epoch.stake,
        &epoch.active_stake,
        &epoch.consensus,
        &epoch.validator_trust,
        &epoch.trust,
        &epoch.incentive,
        &epoch.dividends,
        &epoch.shares.server,
        &epoch.shares.validator,
        &epoch.shares.combined,
    ];
    assert!(lists.into_iter().flatten().all(|share| is_share(*share)), "a share below zero or above one: {epoch:?}");
}

fn bonds_lie_between_zero_and_one(epoch: &Epoch) {
    let sound = epoch.bonds.rows().all(|row| row.values.iter().all(|bond| is_share(*bond)));
    assert!(sound, "a bond below zero or above one: {epoch:?}");
    let columns = epoch.bonds.fold_columns(epoch.stake.len(), |sum, bond| sum + bond);
    assert!(epoch.yuma3 || columns.into_iter().all(is_share), "the classic bonds to one neuron exceed one: {epoch:?}");
}

/// What rounding keeps: less than one unit of 2^-32 of the emission and less than one base unit for each part of it.
fn only_dust_is_kept_back(outcome: &Outcome, emission: u64, anybody: bool) {
    let total = |amounts: &[u64]| amounts.iter().copied().map(u128::from).sum::<u128>();
    let emission = u128::from(emission);
    let dust = |parts: usize| parts as u128 + ((parts as u128 * emission) >> 32) + 1;
    let shown = total(&outcome.emission);
    let paid = total(&outcome.server_emission) + total(&outcome.validator_emission);
    assert!(shown <= emission && paid <= emission, "more is handed out than came in");
    if anybody {
        let neurons = outcome.emission.len();
        assert!(shown + dust(neurons) >= emission, "more than dust is kept back in what is shown");
        assert!(paid + dust(2 * neurons) >= emission, "more than dust is kept back");
    } else {
        assert_eq!(paid, 0, "somebody without stake is paid");
    }
}

/// Less stake than it takes says less, and, if anybody says more, enough stake says no more. Who says nothing says 0.
fn consensus_is_what_a_majority_supports(epoch: &Epoch, kappa: Fixed) {
    let stake = normalise(&epoch.active_stake);
    let voters = || (0..stake.len()).filter(|uid| stake[*uid] > Fixed::ZERO);
    let minority = voters().map(|uid| stake[uid]).sum::<Fixed>() - kappa;
    for (column, consensus) in epoch.consensus.iter().enumerate() {
        let said = |uid| weight(&epoch.weights, uid, column);
        let held = |says: &dyn Fn(Fixed) -> bool| voters().filter(|uid| says(said(*uid))).map(|uid| stake[uid]).sum();
        let below: Fixed = held(&|weight| weight < *consensus);
        let up_to: Fixed = held(&|weight| weight <= *consensus);
        let highest = voters().all(|uid| said(uid) <= *consensus);
        assert!(below <= minority || below == Fixed::ZERO, "the consensus on {column} is too high: {epoch:?}");
        assert!(up_to > minority || highest, "the consensus on {column} is too low: {epoch:?}");
    }
}

fn weight(weights: &Matrix, uid: usize, column: usize) -> Fixed {
    let row = weights.row(uid);
    let place = row.columns.iter().position(|named| usize::from(*named) == column);
    place.map_or(Fixed::ZERO, |place| row.values[place])
}

/// Not so with liquid alpha, which takes the weights of a row in the order in which they are stored.
pub fn the_order_of_entries_does_not_matter(input: &Input, params: &Params, outcome: &Outcome) {
    let mut reversed = input.clone();
    reversed.weights.iter_mut().chain(&mut reversed.bonds).for_each(|row| row.reverse());
    let other = run(&reversed, params).expect("the same entries fit together in any order");
    assert!(params.liquid_alpha || other == *outcome, "the order of entries matters");
}

/// What `max_upscale` promises, for the rows of weights as they stand.
pub fn upscaled_weights_keep_their_order(input: &Input) {
    for row in &input.weights {
        let before: Vec<u16> = row.iter().map(|entry| entry.1).collect();
        let after = max_upscale(&before);
        assert_eq!(before.len(), after.len());
        assert!(before.iter().zip(&after).all(|(before, after)| before <= after), "a weight shrinks");
        let ordered = |a: usize, b: usize| before[a] > before[b] || after[a] <= after[b];
        let all = || 0..before.len();
        assert!(all().all(|a| all().all(|b| ordered(a, b))), "weights change places");
        let full = before.iter().any(|weight| *weight > 0);
        assert_eq!(after.contains(&u16::MAX), full, "the largest weight is not 65535");
    }
}
