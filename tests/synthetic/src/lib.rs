//! Synthetic subnets for benchmarks of the consensus: deterministic, of any size, the same in wasm as on the host.
#![no_std]

extern crate alloc;

mod random;
mod sizes;

pub use sizes::{sizes, Size, DENSE, SPARSE};

use alloc::vec;
use alloc::vec::Vec;
use random::Random;
use yuma::{max_upscale, run, Input, Outcome, Params};

const BLOCK: u64 = 10_000;
const TEMPO: u16 = 359;

/// Which bonds the subnet runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    Classic,
    Yuma3,
    /// Yuma 3 with liquid alpha.
    Liquid,
    /// The same with the bonds that some epochs of the same weights have left, in place of random ones.
    LiquidSettled,
}

impl Variant {
    pub const ALL: [Self; 4] = [Self::Classic, Self::Yuma3, Self::Liquid, Self::LiquidSettled];
}

/// Epochs after which bonds of the usual moving average count as settled.
const SETTLING: usize = 5;

/// A subnet whose uids below `validators` hold permits and stake, no two the same, and give weights to
/// `weights_per_row` others each, or to all where there are no more.
///
/// They choose them among half as many again, which are the same for all, so that a majority supports most of these
/// however few they are. Weights and bonds are random and independent of each other, so that no agreement about their
/// size makes any step cheap; settled bonds agree with the weights as those of a calm subnet do.
pub fn subnet(neurons: u16, validators: u16, weights_per_row: u16, variant: Variant) -> (Input, Params) {
    let mut random = Random(u64::from(neurons) << 32 | u64::from(validators) << 16 | u64::from(weights_per_row));
    let n = usize::from(neurons);
    let stake = |uid: u16| if uid < validators { (1_000 + u64::from(uid)) * 1_000_000_000 } else { 0 };
    let mut weights = vec![Vec::new(); n];
    let mut bonds = vec![Vec::new(); n];
    let candidates = choose(&mut random, (0..neurons).collect(), weights_per_row.saturating_add(weights_per_row / 2));
    for uid in 0..validators.min(neurons) {
        let others = candidates.iter().copied().filter(|candidate| *candidate != uid).collect();
        let columns = choose(&mut random, others, weights_per_row);
        [weights[usize::from(uid)], bonds[usize::from(uid)]] = rows(&mut random, &columns);
    }
    let mut input = Input {
        current_block: BLOCK,
        last_step_block: BLOCK - u64::from(TEMPO) - 1,
        owner_uid: None,
        emission: 1_000_000_000,
        alpha_stake: (0..neurons).map(stake).collect(),
        tao_stake: vec![0; n],
        last_update: vec![BLOCK - 1; n],
        block_at_registration: vec![0; n],
        commit_block: None,
        validator_permit: (0..neurons).map(|uid| uid < validators).collect(),
        weights,
        bonds,
    };
    let params = params(validators, variant);
    if variant == Variant::LiquidSettled {
        input.bonds.fill(Vec::new());
        for _ in 0..SETTLING {
            run(&input, &params).into_iter().for_each(|outcome| input.bonds = outcome.bonds);
        }
    }
    (input, params)
}

/// One number that changes with any payment and any bond, which tells whether two machines computed the same.
pub fn checksum(outcome: &Outcome) -> u64 {
    let paid = outcome.server_emission.iter().chain(&outcome.validator_emission).copied();
    let bonds = outcome.bonds.iter().flatten().map(|&(uid, bond)| u64::from(uid) << 16 | u64::from(bond));
    paid.chain(bonds).fold(0, |sum, value| Random(sum ^ value).next())
}

fn params(validators: u16, variant: Variant) -> Params {
    Params {
        tempo: TEMPO,
        activity_cutoff: 5_000,
        kappa: 32_767,
        bonds_penalty: u16::MAX,
        bonds_moving_average: 900_000,
        yuma3: variant != Variant::Classic,
        liquid_alpha: matches!(variant, Variant::Liquid | Variant::LiquidSettled),
        alpha_low: 45_875,
        alpha_high: 58_982,
        alpha_sigmoid_steepness: 1_000,
        max_allowed_validators: validators,
        stake_threshold: 0,
        tao_weight: 0,
    }
}

/// `count` random ones of `uids`, or all where there are no more, in the same order.
fn choose(random: &mut Random, uids: Vec<u16>, count: u16) -> Vec<u16> {
    let mut left = uids.len() as u16;
    let mut wanted = count.min(left);
    let mut chosen = Vec::with_capacity(usize::from(wanted));
    for uid in uids {
        if random.below(left) < wanted {
            chosen.push(uid);
            wanted -= 1;
        }
        left -= 1;
    }
    chosen
}

/// The weights and the bonds of one validator towards `columns`.
fn rows(random: &mut Random, columns: &[u16]) -> [Vec<(u16, u16)>; 2] {
    let mut values = || columns.iter().map(|_| 1 + random.below(u16::MAX)).collect::<Vec<u16>>();
    [max_upscale(&values()), values()].map(|values| columns.iter().copied().zip(values).collect())
}
