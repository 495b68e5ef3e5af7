use crate::solver::explain;
use crate::{TextAnswer, TextChallenge};
use inference::{Commitment, Model};
use std::sync::Arc;
use subnet::{AccountId, SolveError};

/// Dresses up tokens that came from anywhere with one honest prefill of the model that was asked for: the best that a
/// cheat who has that model can do without letting it write.
pub struct Forger(pub Arc<Model>);

impl Forger {
    /// The true id, logprobs, commitments, text and end for these tokens.
    pub fn dress(
        &self,
        hotkey: &AccountId,
        challenge: &TextChallenge,
        tokens: Vec<u32>,
    ) -> Result<TextAnswer, SolveError> {
        let prompt = self.0.encode_chat(&challenge.messages).map_err(explain)?;
        let evidence = self.0.verify(&prompt, &tokens, &challenge.sampling(hotkey)).map_err(explain)?;
        Ok(TextAnswer {
            model: self.0.id().to_owned(),
            text: self.0.decode(&tokens).map_err(explain)?,
            tokens,
            logprobs: evidence.logprobs,
            finish: evidence.finish,
            commitments: evidence.commitments.iter().map(Commitment::encode).collect(),
        })
    }
}
