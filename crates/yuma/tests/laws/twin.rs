//! The same consensus once more: dense, in floating point, straight from the formulas.
//!
//! It shares no code with the crate. What it cannot share is rounding, so it is compared within [`EPSILON`], on subnets
//! whose weights, stakes and averages are not so small that 32 bits behind the point lose them.

use proptest::prelude::*;
use yuma::fixed::Fixed;
use yuma::{evaluate, Input, Params};

use crate::config;
use crate::subnets::subnet;

/// The largest gap between the two in any share or bond, all of which lie in `[0, 1]`: some 4,000 units of 2^-32.
const EPSILON: f64 = 1e-6;

/// `None`: no entry.
type Dense = Vec<Vec<Option<f64>>>;

struct Twin {
    stake: Vec<f64>,
    permits: Vec<bool>,
    consensus: Vec<f64>,
    validator_trust: Vec<f64>,
    trust: Vec<f64>,
    incentive: Vec<f64>,
    dividends: Vec<f64>,
    combined: Vec<f64>,
    bonds: Dense,
}

fn ratio(part: u16) -> f64 {
    f64::from(part) / 65_535.0
}

fn normalised(values: &[f64]) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter().map(|value| if sum > 0.0 { value / sum } else { *value }).collect()
}

fn twin(input: &Input, params: &Params) -> Twin {
    let n = input.alpha_stake.len();
    let is_owner = |i: usize| input.owner_uid.map(usize::from) == Some(i);
    let stake = stakes(input, params);
    let speaks = |i: usize| {
        let active = input.last_update[i] + params.activity_cutoff >= input.current_block;
        active && (input.validator_permit[i] || is_owner(i))
    };
    let spoken: Vec<f64> = (0..n).map(|i| if speaks(i) { stake[i] } else { 0.0 }).collect();
    let active_stake = normalised(&spoken);

    let weights = weights(input);
    let consensus: Vec<f64> = (0..n).map(|j| median(&weights, &active_stake, j, ratio(params.kappa))).collect();
    let clip =
        |j: usize, w: f64| if w > consensus[j] && consensus[j] == 0.0 { None } else { Some(w.min(consensus[j])) };
    let clipped: Dense = weights.iter().map(|row| (0..n).map(|j| row[j].and_then(|w| clip(j, w))).collect()).collect();
    let weighted = |rows: &Dense, j: usize| (0..n).map(|i| active_stake[i] * rows[i][j].unwrap_or(0.0)).sum::<f64>();
    let ranks: Vec<f64> = (0..n).map(|j| weighted(&clipped, j)).collect();
    let trust =
        (0..n).map(|j| if weighted(&weights, j) > 0.0 { ranks[j] / weighted(&weights, j) } else { 0.0 }).collect();
    let incentive = normalised(&ranks);

    let basis = basis(&weights, &clipped, ratio(params.bonds_penalty));
    let bonds = bonds(input, params, &basis, &active_stake, &consensus);
    let dividends = dividends(&bonds, &incentive, &active_stake, params.yuma3);
    let earned: Vec<f64> = (0..n).map(|i| incentive[i] + dividends[i]).collect();
    let somebody_active = active_stake.iter().any(|share| *share > 0.0);
    let combined = match earned.iter().sum::<f64>() > 0.0 {
        true => normalised(&earned),
        false if somebody_active => active_stake,
        false => stake.clone(),
    };
    let permits = permits(&stake, params, input.owner_uid);
    let validator_trust = clipped.iter().map(|row| row.iter().flatten().sum()).collect();
    Twin { stake, permits, consensus, validator_trust, trust, incentive, dividends, combined, bonds }
}

fn stakes(input: &Input, params: &Params) -> Vec<f64> {
    let tao_weight = params.tao_weight as f64 / u64::MAX as f64;
    let total = |i: usize| input.alpha_stake[i] as f64 + tao_weight * input.tao_stake[i] as f64;
    let counts = |i: usize| total(i).floor() >= params.stake_threshold as f64 || input.owner_uid == Some(i as u16);
    normalised(&(0..input.alpha_stake.len()).map(|i| if counts(i) { total(i) } else { 0.0 }).collect::<Vec<_>>())
}

fn permits(stake: &[f64], params: &Params, owner: Option<u16>) -> Vec<bool> {
    let better = |i: usize| (0..stake.len()).filter(|&k| (stake[k], k) > (stake[i], i)).count();
    let largest = |i: usize| stake[i] > 0.0 && better(i) < usize::from(params.max_allowed_validators);
    (0..stake.len()).map(|i| largest(i) || owner == Some(i as u16)).collect()
}

fn weights(input: &Input) -> Dense {
    let n = input.alpha_stake.len();
    let mut dense = vec![vec![None; n]; n];
    for i in 0..n {
        let is_owner = input.owner_uid == Some(i as u16);
        let committed = input.commit_block.as_ref().and_then(|blocks| blocks[i]);
        for &(j, weight) in input.weights[i].iter().filter(|_| input.validator_permit[i] || is_owner) {
            let registered = input.block_at_registration[usize::from(j)];
            let outdated = input.last_update[i] <= registered || committed.is_some_and(|block| block < registered);
            if !outdated && (usize::from(j) != i || is_owner) {
                dense[i][usize::from(j)] = Some(f64::from(weight));
            }
        }
        let sum: f64 = dense[i].iter().flatten().sum();
        dense[i].iter_mut().flatten().filter(|_| sum > 0.0).for_each(|weight| *weight /= sum);
    }
    dense
}

fn median(weights: &Dense, active_stake: &[f64], j: usize, kappa: f64) -> f64 {
    let mut votes: Vec<(f64, f64)> = (0..active_stake.len())
        .filter(|&i| active_stake[i] > 0.0)
        .map(|i| (weights[i][j].unwrap_or(0.0), active_stake[i]))
        .collect();
    votes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0.0;
    for (weight, stake) in &votes {
        below += stake;
        if below > 1.0 - kappa {
            return *weight;
        }
    }
    votes.last().map_or(0.0, |vote| vote.0)
}

fn basis(weights: &Dense, clipped: &Dense, penalty: f64) -> Dense {
    let between = |w: Option<f64>, c: Option<f64>| {
        let (w, c) = (w.unwrap_or(0.0), c.unwrap_or(0.0));
        Some(w + penalty * (c - w)).filter(|value| *value > 0.0)
    };
    match penalty {
        0.0 => weights.clone(),
        1.0 => clipped.clone(),
        _ => {
            weights.iter().zip(clipped).map(|(w, c)| w.iter().zip(c).map(|(w, c)| between(*w, *c)).collect()).collect()
        }
    }
}

fn old_bonds(input: &Input, params: &Params) -> Dense {
    let n = input.alpha_stake.len();
    let tempo_ago = input.current_block.saturating_sub(u64::from(params.tempo));
    let last = if input.last_step_block == 0 { tempo_ago } else { input.last_step_block + 1 };
    let mut dense = vec![vec![None; n]; n];
    for (i, row) in input.bonds.iter().enumerate() {
        for &(j, bond) in row.iter().filter(|entry| input.block_at_registration[usize::from(entry.0)] < last) {
            dense[i][usize::from(j)] = Some(ratio(bond));
        }
    }
    dense
}

fn by_columns(mut dense: Dense) -> Dense {
    for j in 0..dense.len() {
        let sum: f64 = dense.iter().filter_map(|row| row[j]).sum();
        dense.iter_mut().filter_map(|row| row[j].as_mut()).filter(|_| sum > 0.0).for_each(|value| *value /= sum);
    }
    dense
}

fn bonds(input: &Input, params: &Params, basis: &Dense, active_stake: &[f64], consensus: &[f64]) -> Dense {
    let n = active_stake.len();
    let old = old_bonds(input, params);
    let alpha = 1.0 - params.bonds_moving_average as f64 / 1e6;
    let average = |new: &Dense, old: &Dense| -> Dense {
        let cell = |i: usize, j: usize| alpha * new[i][j].unwrap_or(0.0) + (1.0 - alpha) * old[i][j].unwrap_or(0.0);
        (0..n).map(|i| (0..n).map(|j| Some(cell(i, j)).filter(|bond| *bond > 0.0)).collect()).collect()
    };
    if !params.yuma3 {
        let bought =
            basis.iter().zip(active_stake).map(|(row, a)| row.iter().map(|w| w.map(|w| w * a)).collect()).collect();
        return by_columns(average(&by_columns(bought), &by_columns(old)));
    }
    if !params.liquid_alpha || consensus.iter().all(|c| *c == 0.0) {
        return average(basis, &old);
    }
    let cell = |i: usize, j: usize| {
        let (w, o) = (basis[i][j]?, old[i][j].unwrap_or(0.0));
        let alpha = liquid_alpha(params, w, o, consensus[j]);
        Some((alpha * w + (1.0 - alpha) * o).min(1.0)).filter(|bond| *bond > 0.0)
    };
    (0..n).map(|i| (0..n).map(|j| cell(i, j)).collect()).collect()
}

fn liquid_alpha(params: &Params, weight: f64, bond: f64, consensus: f64) -> f64 {
    let distance = if weight >= bond { weight - consensus } else { bond - weight }.clamp(0.0, 1.0);
    let steepness = f64::from(params.alpha_sigmoid_steepness) / 100.0;
    let sigmoid = 1.0 / (1.0 + (-steepness * (distance - 0.5)).exp());
    ratio(params.alpha_low) + sigmoid * (ratio(params.alpha_high) - ratio(params.alpha_low))
}

fn dividends(bonds: &Dense, incentive: &[f64], active_stake: &[f64], yuma3: bool) -> Vec<f64> {
    let owned = if yuma3 { by_columns(bonds.clone()) } else { bonds.clone() };
    let earned =
        owned.iter().map(|row| row.iter().zip(incentive).map(|(bond, i)| bond.unwrap_or(0.0) * i).sum::<f64>());
    normalised(&earned.zip(active_stake).map(|(earned, a)| if yuma3 { earned * a } else { earned }).collect::<Vec<_>>())
}

fn number(value: Fixed) -> f64 {
    value.to_bits() as f64 / (1u64 << 32) as f64
}

fn largest_gap(ours: &[Fixed], theirs: &[f64]) -> f64 {
    ours.iter().zip(theirs).map(|(ours, theirs)| (number(*ours) - theirs).abs()).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_dense_twin_in_floating_point_agrees((input, params) in subnet()) {
        let (ours, theirs) = (evaluate(&input, &params).unwrap(), twin(&input, &params));
        prop_assert_eq!(&ours.new_permits, &theirs.permits);
        let lists = [
            ("stake", &ours.stake, &theirs.stake),
            ("consensus", &ours.consensus, &theirs.consensus),
            ("validator trust", &ours.validator_trust, &theirs.validator_trust),
            ("trust", &ours.trust, &theirs.trust),
            ("incentive", &ours.incentive, &theirs.incentive),
            ("dividends", &ours.dividends, &theirs.dividends),
            ("emission", &ours.shares.combined, &theirs.combined),
        ];
        for (name, ours, theirs) in lists {
            prop_assert!(largest_gap(ours, theirs) < EPSILON, "{}: {:?} for {:?}", name, ours, theirs);
        }
        for (uid, row) in theirs.bonds.iter().enumerate() {
            let mut dense = vec![Fixed::ZERO; row.len()];
            ours.bonds.row(uid).entries().for_each(|(column, bond)| dense[usize::from(column)] = bond);
            let theirs: Vec<f64> = row.iter().map(|bond| bond.unwrap_or(0.0)).collect();
            prop_assert!(largest_gap(&dense, &theirs) < EPSILON, "bonds of {}: {:?} for {:?}", uid, dense, theirs);
        }
    }
}
