//! The text subnet: miners run a language model, validators check every answer with one prefill.
//!
//! Each token of an answer must be the one that the model samples under noise derived from the miner's hotkey and the
//! challenge. Whoever has the weights can recheck that for all tokens at once, for a small part of what generating
//! costs, and an answer that was made for, or by, another hotkey does not pass.

pub mod adversary;
mod answer;
mod backend;
mod challenge;
mod grader;
mod prompts;
mod solver;
mod verify;

pub use adversary::CopySolver;
pub use answer::TextAnswer;
pub use backend::{BackendError, BackendSolver};
pub use challenge::{TextChallenge, MAX_TEMPERATURE, MAX_TOKENS, NONCE_BYTES};
pub use grader::{spec, TextSubnet, CHAT_TEMPERATURE, DEFAULT_TOKENS};
pub use solver::ModelSolver;
pub use verify::{
    verify, Examiner, Fault, Verdict, MAX_COMMITMENT_DISTANCE, MAX_LOGPROB_ERROR, MAX_MEAN_MARGIN, MAX_MISMATCHED,
};
