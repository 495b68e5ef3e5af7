//! What can be wrong with a case.

use yuma::InputError;

use crate::SCHEMA;

/// Why a case was not run to its end. Epochs count from 0.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("this is not a case in JSON: {0}")]
    Json(#[source] serde_json::Error),
    #[error("the file's schema is `{found}`; only `{SCHEMA}` describes epochs to run")]
    OtherSchema { found: String },
    #[error("the file has no list `epochs`; give one with at least an `input` per epoch")]
    NoEpochs,
    #[error("the input of epoch {epoch} cannot be read: {source}")]
    Field { epoch: usize, source: serde_json::Error },
    #[error("the input of epoch {epoch} does not fit together: {source}")]
    Input { epoch: usize, source: InputError },
}
