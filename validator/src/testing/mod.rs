//! What several tests need.

pub mod miners;

pub use fixtures::{account, metagraph};
