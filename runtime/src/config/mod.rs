//! What each pallet is given.

mod consensus;
mod governance;
mod incentive;
mod nonce;
mod rights;
mod system;
mod tokens;

pub use nonce::FirstNonce;
pub use rights::ProxyType;

#[cfg(feature = "try-runtime")]
pub use system::RuntimeBlockWeights;
