use crate::{spec, EmbedAnswer, EmbedChallenge, EmbedError, EmbedSubnet, Encoder, Vector};
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec};

/// Answers by running the model, as a miner should.
pub struct EmbedSolver {
    encoder: Arc<Encoder>,
}

impl EmbedSolver {
    pub fn new(encoder: Arc<Encoder>) -> Self {
        Self { encoder }
    }
}

impl Solver for EmbedSolver {
    type Subnet = EmbedSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: EmbedChallenge) -> Result<EmbedAnswer, SolveError> {
        challenge.validate()?;
        embed(&self.encoder, challenge.salted(hotkey)).await
    }
}

/// What `encoder` makes of `texts`, under its own name.
pub async fn embed(encoder: &Arc<Encoder>, texts: Vec<String>) -> Result<EmbedAnswer, SolveError> {
    let (model, encoder) = (encoder.id().to_owned(), encoder.clone());
    let failed = |error: &dyn std::fmt::Display| SolveError::Failed(format!("The texts were not embedded: {error}."));
    let encoded = tokio::task::spawn_blocking(move || encoder.encode(&texts)).await.map_err(|error| failed(&error))?;
    let vectors = encoded.map_err(|error: EmbedError| failed(&error))?.into_iter().map(Vector).collect();
    Ok(EmbedAnswer { model, vectors })
}
