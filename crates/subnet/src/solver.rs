use crate::{Spec, Subnet};
use primitives::AccountId;
use protocol::{Code, Refusal};
use std::future::Future;

/// The miner's side of a subnet.
pub trait Solver: Send + Sync + 'static {
    type Subnet: Subnet;

    fn spec(&self) -> Spec;

    /// Answers `challenge` as the miner `hotkey`. Dropping the future gives the work up.
    fn solve(
        &self,
        hotkey: &AccountId,
        challenge: <Self::Subnet as Subnet>::Challenge,
    ) -> impl Future<Output = Result<<Self::Subnet as Subnet>::Answer, SolveError>> + Send;
}

/// Why a challenge was not answered. Each reason is a sentence for whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SolveError {
    /// Nobody could answer this challenge.
    #[error("{0}")]
    BadChallenge(String),
    /// This solver could, but not now.
    #[error("{0}")]
    TooMany(String),
    #[error("{0}")]
    Failed(String),
}

impl From<SolveError> for Refusal {
    fn from(error: SolveError) -> Self {
        let code = match error {
            SolveError::BadChallenge(_) => Code::Malformed,
            SolveError::TooMany(_) => Code::TooMany,
            SolveError::Failed(_) => Code::Failed,
        };
        Refusal::new(code, error.to_string())
    }
}
