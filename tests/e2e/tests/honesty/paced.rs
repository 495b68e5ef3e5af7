use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::time::Duration;
use subnet::{AccountId, SolveError, Solver, Spec};
use subnet_text::{ModelSolver, TextAnswer, TextChallenge, TextSubnet};
use tokio::time::Instant;

/// An honest miner on a machine of a stated speed: the model's answers, held back until that machine would have them.
pub struct Paced {
    pub model: Arc<ModelSolver>,
    /// Tokens per second.
    pub speed: Arc<AtomicU32>,
}

impl Solver for Paced {
    type Subnet = TextSubnet;

    fn spec(&self) -> Spec {
        Solver::spec(&*self.model)
    }

    async fn solve(&self, hotkey: &AccountId, challenge: TextChallenge) -> Result<TextAnswer, SolveError> {
        let asked = Instant::now();
        let answer = Solver::solve(&*self.model, hotkey, challenge).await?;
        let seconds = answer.tokens.len() as f64 / f64::from(self.speed.load(Ordering::Relaxed));
        tokio::time::sleep_until(asked + Duration::from_secs_f64(seconds)).await;
        Ok(answer)
    }
}
