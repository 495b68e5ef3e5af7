use crate::{spec, TextAnswer, TextChallenge, TextSubnet};
use inference::Model;
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec, Upstream};

/// A cheat for local networks, which shows that cheating does not pay: it asks another miner, changes one token and
/// passes the rest off as its own.
///
/// It even has the model, so its text agrees with its tokens; only the noise, which is the other miner's, gives it
/// away.
pub struct CopySolver<U> {
    upstream: U,
    model: Arc<Model>,
}

impl<U: Upstream> CopySolver<U> {
    pub fn new(upstream: U, model: Arc<Model>) -> Self {
        Self { upstream, model }
    }

    fn disguise(&self, mut answer: TextAnswer) -> Result<TextAnswer, SolveError> {
        let middle = answer.tokens.len() / 2;
        if let Some(token) = answer.tokens.get_mut(middle) {
            *token = (*token + 1) % self.model.vocab_size() as u32;
        }
        let text = self.model.decode(&answer.tokens);
        answer.text = text.map_err(|error| SolveError::Failed(format!("The copy cannot be decoded: {error}.")))?;
        Ok(answer)
    }
}

impl<U: Upstream> Solver for CopySolver<U> {
    type Subnet = TextSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, _: &AccountId, challenge: TextChallenge) -> Result<TextAnswer, SolveError> {
        let failed = |error| SolveError::Failed(format!("The copied answer cannot be read: {error}."));
        let answer = self.upstream.ask(serde_json::to_vec(&challenge).map_err(failed)?).await?;
        self.disguise(serde_json::from_slice(&answer).map_err(failed)?)
    }
}
