//! What several tests need.

pub use fixtures::{account, metagraph};
use sp_core::{sr25519, Pair};

pub fn pair() -> sr25519::Pair {
    sr25519::Pair::from_seed(&[42; 32])
}
