//! A node in miniature: a chain that a test writes block by block, forks included, served by JSON-RPC as a node serves
//! it. Enough to test clients without a chain: metadata, extrinsics and what becomes of them, and one subnet's weights.

mod chain;
pub mod metadata;
mod node;
mod weights;

pub use chain::{Fate, State};
pub use jsonrpsee::server::ServerHandle;
pub use node::Node;
pub use weights::{COMMIT, REVEAL};
