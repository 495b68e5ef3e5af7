//! A node in miniature: enough metadata and JSON-RPC to test the client without a chain.

pub mod metadata;
pub mod node;
