use crate::{Spec, Subnet};
use primitives::AccountId;
use protocol::{Code, Refusal};
use std::future::Future;
use std::time::Duration;

/// When to come again to a solver that has too much to do: one of its answers takes about as long.
const RETRY: Duration = Duration::from_secs(1);

/// The miner's side of a subnet.
pub trait Solver: Send + Sync + 'static {
    type Subnet: Subnet;

    fn spec(&self) -> Spec;

    /// What it has done so far.
    fn report(&self) -> Report {
        Report::default()
    }

    /// Answers `challenge` as the miner `hotkey`. Dropping the future gives the work up.
    fn solve(
        &self,
        hotkey: &AccountId,
        challenge: <Self::Subnet as Subnet>::Challenge,
    ) -> impl Future<Output = Result<<Self::Subnet as Subnet>::Answer, SolveError>> + Send;
}

/// What a solver tells those who watch it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tokens of all answers so far.
    pub tokens: u64,
    /// The engines that it works with, if they are not part of this process.
    pub engines: Vec<EngineReport>,
    /// How busy its own engine is, if it has one.
    pub load: Option<LoadReport>,
    /// Why it will answer nothing any more until its process is started again.
    pub stopped: Option<String>,
}

/// What the engine of a solver does now, and what it has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Answers that are computed together.
    pub batch: usize,
    /// Tokens whose keys and values there is room for, and those in use.
    pub cache_tokens: usize,
    pub cache_tokens_used: usize,
    /// How often an answer was put off because memory was short.
    pub preemptions: u64,
    /// Answers that have begun, and how long they waited for their first token, all together.
    pub first_tokens: u64,
    pub first_token_time: Duration,
}

/// An engine that works for a solver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineReport {
    pub url: String,
    /// Whether it answered when it was asked last.
    pub up: bool,
    /// Answers that it works on.
    pub answering: usize,
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
        let refusal = |code| Refusal::new(code, error.to_string());
        match error {
            SolveError::BadChallenge(_) => refusal(Code::Malformed),
            SolveError::TooMany(_) => refusal(Code::TooMany).retry_after(RETRY),
            SolveError::Failed(_) => refusal(Code::Failed),
        }
    }
}
