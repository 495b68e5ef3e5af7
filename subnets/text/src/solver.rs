use crate::{spec, TextAnswer, TextChallenge, TextSubnet};
use inference::{Engine, InferenceError, Limits, Load, Model, Request, SubmitError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use subnet::{AccountId, LoadReport, Report, SolveError, Solver, Spec};

/// Answers by running the model, as a miner should: many challenges at once.
pub struct ModelSolver {
    engine: Engine,
    /// The model that answers say they are from.
    claimed: String,
    /// Of all answers so far.
    tokens: AtomicU64,
}

impl ModelSolver {
    pub fn new(model: Arc<Model>, limits: Limits) -> Self {
        let claimed = model.id().to_owned();
        Self { engine: Engine::start(model, limits), claimed, tokens: AtomicU64::new(0) }
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
        let request = Request { commits: true, ..Request::new(prompt, challenge.sampling(hotkey)) };
        let answer = self.engine.ask(request).map_err(refuse)?;
        let generation = answer.whole().await.map_err(explain)?;
        self.tokens.fetch_add(generation.tokens.len() as u64, Ordering::Relaxed);
        Ok(TextAnswer::new(&self.claimed, generation))
    }

    fn report(&self) -> Report {
        let stopped = (!self.engine.is_alive()).then(|| "the model's thread has stopped; the log says why".to_owned());
        let (tokens, load) = (self.tokens.load(Ordering::Relaxed), Some(load(&self.engine)));
        Report { tokens, load, stopped, ..Report::default() }
    }
}

fn load(engine: &Engine) -> LoadReport {
    let Load { batch, cache_tokens, cache_tokens_used, preemptions, first_tokens, first_token_time } = engine.load();
    LoadReport { batch, cache_tokens, cache_tokens_used, preemptions, first_tokens, first_token_time }
}

fn refuse(error: SubmitError) -> SolveError {
    match error {
        SubmitError::Invalid(error) => explain(error),
        SubmitError::TooLarge { .. } => SolveError::BadChallenge(format!("The challenge cannot be answered: {error}.")),
        SubmitError::Full { .. } => SolveError::TooMany(format!("The miner is busy: {error}.")),
        SubmitError::Stopped => SolveError::Failed(format!("The model stopped: {error}.")),
    }
}

pub(crate) fn explain(error: InferenceError) -> SolveError {
    match error {
        InferenceError::EmptyPrompt | InferenceError::PromptTooLong { .. } | InferenceError::ChatFormat(_) => {
            SolveError::BadChallenge(format!("The challenge cannot be answered: {error}."))
        }
        _ => SolveError::Failed(format!("The model failed: {error}.")),
    }
}
