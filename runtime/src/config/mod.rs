//! What each pallet is given.

mod consensus;
mod free;
mod governance;
mod identity;
mod incentive;
mod nonce;
mod rights;
mod system;
mod tokens;

pub use free::PayUnlessFree;
pub use nonce::FirstNonce;
pub use rights::ProxyType;

#[cfg(feature = "try-runtime")]
pub use system::RuntimeBlockWeights;
