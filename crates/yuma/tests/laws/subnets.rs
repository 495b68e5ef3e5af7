//! Generated subnets: sound ones, as a chain would store them, and wild ones, as nobody would.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use yuma::{Input, Params, Rows};

/// The epoch's block in every sound subnet.
pub const BLOCK: u64 = 10_000;

/// A subnet of 2 to 20 neurons of which the first few hold stake, no two the same; rows are sorted.
pub fn subnet() -> impl Strategy<Value = (Input, Params)> {
    (2usize..20)
        .prop_flat_map(|n| (Just(n), 1..=n))
        .prop_flat_map(|(n, stakers)| (neurons(n, stakers), rows(n, stakers), rows(n, stakers), params()))
        .prop_map(|(mut input, weights, bonds, params)| {
            input.weights = weights;
            input.bonds = bonds;
            (input, params)
        })
}

/// Anything that the types allow, consistent or not.
pub fn wild() -> impl Strategy<Value = (Input, Params)> {
    (0usize..7).prop_flat_map(|n| (wild_input(n), wild_params()))
}

fn neurons(n: usize, stakers: usize) -> impl Strategy<Value = Input> {
    let order = Just((1..=stakers as u64).collect::<Vec<_>>()).prop_shuffle();
    let stakes = (order, vec(0u64..900_000, stakers), vec(0u64..1_000_000, n));
    let times = (
        vec(prop_oneof![4 => 9_000u64..BLOCK, 1 => 0u64..9_000], n),
        vec(prop_oneof![4 => 0u64..100, 1 => 8_000u64..BLOCK], n),
    );
    let commits = option::of(vec(option::of(5_000u64..BLOCK), n));
    let rest = (
        vec(prop::bool::weighted(0.8), n),
        option::of(0..n as u16),
        prop_oneof![Just(0u64), 9_000u64..BLOCK],
        0u64..1 << 50,
    );
    (stakes, times, commits, rest).prop_map(move |((order, extra, tao), (updates, registrations), commits, rest)| {
        let mut alpha: Vec<u64> = order.iter().zip(&extra).map(|(place, extra)| place * 1_000_000 + extra).collect();
        alpha.resize(n, 0);
        // Root stake only where there is other stake, and too little of it to change an order.
        let tao = alpha.iter().zip(tao).map(|(alpha, tao)| if *alpha > 0 { tao / 20 } else { 0 }).collect();
        let (validator_permit, owner_uid, last_step_block, emission) = rest;
        Input {
            current_block: BLOCK,
            last_step_block,
            owner_uid,
            emission,
            alpha_stake: alpha,
            tao_stake: tao,
            last_update: updates,
            block_at_registration: registrations,
            commit_block: commits,
            validator_permit,
            weights: Vec::new(),
            bonds: Vec::new(),
        }
    })
}

/// Sorted rows for the first `filled` neurons. Values are large enough for their proportions to be well conditioned.
fn rows(n: usize, filled: usize) -> impl Strategy<Value = Rows> {
    let cell = prop_oneof![6 => 5_000u16..=u16::MAX, 1 => Just(0u16)];
    vec(vec(option::weighted(0.7, cell), n), filled).prop_map(move |dense| {
        let entries = |row: Vec<Option<u16>>| (0..).zip(row).filter_map(|(uid, cell)| Some((uid, cell?))).collect();
        let mut rows: Rows = dense.into_iter().map(entries).collect();
        rows.resize(n, Vec::new());
        rows
    })
}

fn params() -> impl Strategy<Value = Params> {
    let penalty = prop_oneof![Just(0u16), Just(u16::MAX), 6_000u16..60_000];
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let curve = (0u16..30_000, 30_000u16..=u16::MAX, -2_000i16..2_000);
    let stake = (0u16..20, prop_oneof![Just(0u64), 0u64..6_000_000], any::<u64>());
    let pace = (5_000u16..60_000, penalty, prop_oneof![Just(0u64), 10_000u64..=990_000]);
    (switches, curve, stake, pace).prop_map(|((yuma3, liquid_alpha, short), curve, stake, pace)| Params {
        tempo: 360,
        activity_cutoff: if short { 500 } else { 5_000 },
        kappa: pace.0,
        bonds_penalty: pace.1,
        bonds_moving_average: pace.2,
        yuma3,
        liquid_alpha,
        alpha_low: curve.0,
        alpha_high: curve.1,
        alpha_sigmoid_steepness: curve.2,
        max_allowed_validators: stake.0,
        stake_threshold: stake.1,
        tao_weight: stake.2,
    })
}

fn wild_input(n: usize) -> impl Strategy<Value = Input> {
    let length = move || prop_oneof![150 => Just(n), 1 => 0usize..8];
    let list = move |element: BoxedStrategy<u64>| length().prop_flat_map(move |length| vec(element.clone(), length));
    let near = |usual: std::ops::Range<u64>| prop_oneof![3 => usual, 1 => number()].boxed();
    let rows = move || length().prop_flat_map(|length| vec(wild_row(), length));
    let lists = (list(near(0..1_000)), list(number().boxed()), list(near(100..200)), list(near(0..120)));
    let permits = length().prop_flat_map(|length| vec(prop::bool::weighted(0.8), length));
    let commits = option::weighted(0.3, length().prop_flat_map(move |length| vec(option::of(near(50..200)), length)));
    let scalars = (near(150..210), number(), option::weighted(0.3, 0u16..7), number());
    (lists, permits, commits, scalars, rows(), rows()).prop_map(
        |(lists, validator_permit, commit_block, scalars, weights, bonds)| Input {
            current_block: scalars.0,
            last_step_block: scalars.1,
            owner_uid: scalars.2,
            emission: scalars.3,
            alpha_stake: lists.0,
            tao_stake: lists.1,
            last_update: lists.2,
            block_at_registration: lists.3,
            commit_block,
            validator_permit,
            weights,
            bonds,
        },
    )
}

/// Entries in any order, once in a while one twice.
fn wild_row() -> impl Strategy<Value = Vec<(u16, u16)>> {
    let uid = prop_oneof![20 => 0u16..9, 1 => any::<u16>()];
    let row = vec((uid, small()), 0..7);
    (row, prop::bool::weighted(0.01)).prop_map(|(mut row, repeats)| {
        let mut named = BTreeSet::new();
        row.retain(|entry| named.insert(entry.0) || repeats);
        row
    })
}

fn wild_params() -> impl Strategy<Value = Params> {
    let ratios = (small(), small(), small(), small(), small(), small());
    (
        ratios,
        (number(), number(), prop_oneof![2 => Just(0), 1 => number()], number()),
        any::<(bool, bool)>(),
        any::<i16>(),
    )
        .prop_map(|(ratios, numbers, switches, steepness)| Params {
            tempo: ratios.0,
            activity_cutoff: numbers.0.saturating_mul(50),
            kappa: ratios.1,
            bonds_penalty: ratios.2,
            bonds_moving_average: numbers.1,
            yuma3: switches.0,
            liquid_alpha: switches.1,
            alpha_low: ratios.3,
            alpha_high: ratios.4,
            alpha_sigmoid_steepness: steepness,
            max_allowed_validators: ratios.5,
            stake_threshold: numbers.2,
            tao_weight: numbers.3,
        })
}

/// Any number, often one at an edge.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 0u64..20,
        2 => any::<u64>(),
        1 => prop_oneof![Just(u64::MAX), Just(1 << 63), Just((1 << 63) - 1), Just(1_000_000), Just(1 << 32)],
    ]
}

/// Any ratio, often one at an edge.
fn small() -> impl Strategy<Value = u16> {
    prop_oneof![2 => any::<u16>(), 1 => 0u16..4, 1 => Just(u16::MAX)]
}
