//! Laws that hold for every subnet, and a twin that computes the same in another way.
//!
//! The seed of the generated subnets is part of [`config`], so that every run tries the same ones.

mod bounds;
mod conservation;
mod influence;
mod invariance;
mod subnets;
mod twin;

use proptest::test_runner::{Config, RngSeed};

/// As many cases as a test should take a second or two for, always the same.
fn config() -> Config {
    Config { cases: 512, rng_seed: RngSeed::Fixed(0x79_75_6D_61), ..Config::default() }
}
