use crate::Refusal;
use primitives::{BlockNumber, NetUid, TextError};

/// What can go wrong between a process and the chain; each text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("`{url}` is not the address of a node ({reason}); one looks like ws://127.0.0.1:9944")]
    BadUrl { url: String, reason: String },
    #[error("no node answers at {url} ({reason}): start one, or name another address with --node")]
    Unreachable { url: String, reason: String },
    #[error("the node at {url} cannot answer {method}: {message}")]
    Node { url: String, method: &'static str, message: String },
    #[error("{0}: node and client versions differ; run both from the same release")]
    VersionMismatch(String),
    #[error("subnet {0} does not exist; `plexus subnet list` shows those that do")]
    NoSuchSubnet(NetUid),
    #[error(transparent)]
    BadText(TextError),
    /// A block holds the extrinsic, but the call failed; `docs` are the runtime's own words about why.
    #[error("{docs} ({pallet}.{error})")]
    Rejected { pallet: String, error: String, docs: String },
    /// The node did not take the extrinsic, or dropped it before any block held it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(
        "no block up to {last_block} took extrinsic {extrinsic_hash}, and none can take it any more: submit again"
    )]
    Expired { extrinsic_hash: String, last_block: BlockNumber },
    #[error(
        "what became of extrinsic {extrinsic_hash} is not known ({reason}): a block up to {last_block} may still take \
         it, so look at the chain before repeating the call"
    )]
    OutcomeUnknown { extrinsic_hash: String, last_block: BlockNumber, reason: String },
}

impl ChainError {
    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Expired { .. } => true,
            Self::Refused(refusal) => refusal.is_transient(),
            _ => false,
        }
    }
}
