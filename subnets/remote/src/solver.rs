use crate::contract::{written, SolveAsked, SolveReply, SOLVE_PATH};
use crate::{Program, ProgramError};
use reqwest::StatusCode;
use subnet::{AccountId, AnySolver, SolveError, Spec};
use tracing::warn;

/// Answers that a program gives.
pub struct RemoteSolver(Program);

impl RemoteSolver {
    pub fn new(program: Program) -> Self {
        Self(program)
    }
}

#[async_trait::async_trait]
impl AnySolver for RemoteSolver {
    fn spec(&self) -> Spec {
        self.0.spec.clone()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, SolveError> {
        let Self(program) = self;
        let unreadable = |error| SolveError::BadChallenge(format!("The challenge cannot be read: {error}."));
        let challenge = serde_json::from_slice(challenge).map_err(unreadable)?;
        let Spec { deadline, max_answer_bytes, .. } = program.spec;
        let asked = SolveAsked { hotkey, challenge };
        let reply: SolveReply = program.post(SOLVE_PATH, &asked, deadline, written(max_answer_bytes)).await?;
        let answer = serde_json::to_vec(&reply.answer).map_err(|error| program.broken(error))?;
        if answer.len() > max_answer_bytes {
            let sizes = format!("an answer has {} bytes and its spec allows {max_answer_bytes}", answer.len());
            return Err(program.broken(sizes).into());
        }
        Ok(answer)
    }
}

/// Callers are not told where the program is and how it fails, but for what it says of their challenge; the log is.
impl From<ProgramError> for SolveError {
    fn from(error: ProgramError) -> Self {
        warn!("not answered: {error}");
        match error {
            ProgramError::Busy { .. } => Self::TooMany("The miner is busy; try again in a moment.".into()),
            ProgramError::Refused { status: StatusCode::BAD_REQUEST, complaint, .. } => Self::BadChallenge(complaint),
            _ => Self::Failed("The miner's program failed; ask another miner.".into()),
        }
    }
}
