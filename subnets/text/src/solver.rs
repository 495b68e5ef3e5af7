use crate::{spec, TextAnswer, TextChallenge, TextSubnet};
use inference::{Engine, InferenceError, Limits, Model, SubmitError};
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec};

/// Answers by running the model, as a miner should: many challenges at once.
pub struct ModelSolver {
    engine: Engine,
    /// The model that answers say they are from.
    claimed: String,
}

impl ModelSolver {
    pub fn new(model: Arc<Model>, limits: Limits) -> Self {
        let claimed = model.id().to_owned();
        Self { engine: Engine::start(model, limits), claimed }
    }

    /// Answers in the name of another model: an adversary, to show on a local network that it does not pay.
    pub fn claiming(self, model: &Model) -> Self {
        Self { claimed: model.id().to_owned(), ..self }
    }
}

impl Solver for ModelSolver {
    type Subnet = TextSubnet;

    fn spec(&self) -> Spec {
        spec()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: TextChallenge) -> Result<TextAnswer, SolveError> {
        challenge.validate()?;
        let prompt = self.engine.model().encode_chat(&challenge.messages).map_err(explain)?;
        let answer = self.engine.submit(prompt, challenge.sampling(hotkey)).map_err(refuse)?;
        Ok(TextAnswer::new(&self.claimed, answer.whole().await.map_err(explain)?))
    }
}

fn refuse(error: SubmitError) -> SolveError {
    match error {
        SubmitError::Invalid(error) => explain(error),
        SubmitError::TooLarge { .. } => SolveError::BadChallenge(format!("The challenge cannot be answered: {error}.")),
        SubmitError::Full { .. } => SolveError::TooMany(format!("The miner is busy: {error}.")),
        SubmitError::Stopped => SolveError::Failed(format!("The model stopped: {error}.")),
    }
}

fn explain(error: InferenceError) -> SolveError {
    match error {
        InferenceError::EmptyPrompt | InferenceError::PromptTooLong { .. } | InferenceError::ChatFormat(_) => {
            SolveError::BadChallenge(format!("The challenge cannot be answered: {error}."))
        }
        _ => SolveError::Failed(format!("The model failed: {error}.")),
    }
}
