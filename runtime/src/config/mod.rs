//! What each pallet is given.

mod consensus;
mod incentive;
mod system;
mod tokens;

#[cfg(feature = "try-runtime")]
pub use system::RuntimeBlockWeights;
