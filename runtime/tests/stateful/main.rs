//! The wired runtime under random calls of many accounts, valid, invalid and malicious, over epochs and halvings.
//!
//! After every block all pallets' `try_state` and the conservation of every unit are checked, and that a failed call
//! changed nothing but fees. `STATEFUL_CALLS` drives more calls than the default, `STATEFUL_SEED` other ones.

#[allow(dead_code)]
#[path = "../wired/chain.rs"]
mod chain;
mod generate;
#[path = "../wired/state.rs"]
mod state;
mod world;

use issuance::CAP;
use primitives::Amount;
use rand::SeedableRng;
use world::{Outcomes, Tally};

const CALLS: u32 = 200_000;
const CALLS_IN_A_RUN: u32 = 10_000;
const SEED: u64 = 1;

/// The network's own pallets, whose every call has to succeed some time; others are tested where they come from.
const OURS: [&str; 11] = [
    "Subnets",
    "Hyperparams",
    "Neurons",
    "Stake",
    "Childkeys",
    "Commitments",
    "Weights",
    "Root",
    "Governance",
    "Authorities",
    "Keys",
];

/// Calls that need what chance brings about too seldom, such as a preimage of a hash: other tests see them succeed.
const BEYOND_CHANCE: &[&str] = &["Neurons.register_pow", "Childkeys.sweep"];

/// Seeds of runs that once found a fault.
const REGRESSIONS: &[u64] = &[];

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// Runs begin a little before each halving in turn, so that they cross it.
fn issued(run: u64) -> Amount {
    let unissued = CAP >> (1 + run % 6);
    CAP - unissued - 200 * primitives::TOKEN
}

fn run_all(seeds: &[u64]) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(seeds.len());
    let runs = std::thread::scope(|scope| {
        let lane = |lane: usize| {
            let seeds = seeds.iter().skip(lane).step_by(threads).copied();
            scope.spawn(move || seeds.map(|seed| world::run(seed, CALLS_IN_A_RUN, issued(seed))).collect::<Vec<_>>())
        };
        let lanes: Vec<_> = (0..threads).map(lane).collect();
        lanes.into_iter().flat_map(|lane| lane.join().expect("a run held all that must hold")).collect::<Vec<_>>()
    });
    let mut tally = Tally::default();
    for (name, outcomes) in runs.into_iter().flat_map(|run| run.0) {
        tally.0.entry(name).or_default().add(outcomes);
    }
    tally
}

fn print(tally: &Tally) {
    println!("{:45} {:>8} {:>8} {:>8}", "call", "done", "failed", "invalid");
    for (name, Outcomes { done, failed, invalid }) in &tally.0 {
        println!("{name:45} {done:>8} {failed:>8} {invalid:>8}");
    }
}

#[test]
fn random_calls_break_no_invariant() {
    let calls = from_environment("STATEFUL_CALLS").unwrap_or(u64::from(CALLS));
    let first = from_environment("STATEFUL_SEED").unwrap_or(SEED);
    let runs = calls.div_ceil(u64::from(CALLS_IN_A_RUN));
    println!("seeds {first} to {}", first + runs - 1);
    let seeds: Vec<u64> = REGRESSIONS.iter().copied().chain(first..first + runs).collect();
    let tally = run_all(&seeds);
    print(&tally);
    let generator =
        generate::Generator::new(vec![chain::account("//Alice")], rand_chacha::ChaCha8Rng::seed_from_u64(0));
    let outcomes = |name: &String| tally.0.get(name).copied().unwrap_or_default();
    let names = generator.names();
    let never: Vec<_> = names.iter().filter(|name| outcomes(name).sum() == 0).collect();
    assert!(never.is_empty(), "never called: {never:?}");
    let ours = |name: &str| OURS.iter().any(|pallet| name.split('.').next() == Some(*pallet));
    let possible = |name: &&String| ours(name) && !BEYOND_CHANCE.contains(&name.as_str());
    let in_vain: Vec<_> = names.iter().filter(possible).filter(|name| outcomes(name).done == 0).collect();
    assert!(in_vain.is_empty() || calls < u64::from(CALLS), "never called with success: {in_vain:?}");
}
