use crate::{spec, TextAnswer, TextChallenge, TextSubnet};
use inference::{Generation, InferenceError, Model};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use subnet::{AccountId, SolveError, Solver, Spec};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// How much a solver takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Answers generated at once. Each may use all cores, so more than a few only slow each other down.
    pub at_once: usize,
    /// Challenges that wait for their turn; further ones are refused.
    pub waiting: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { at_once: 2, waiting: 32 }
    }
}

/// Answers by running the model, as a miner should.
pub struct ModelSolver {
    model: Arc<Model>,
    /// The model that answers say they are from.
    claimed: String,
    /// Everybody inside, running or waiting.
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl ModelSolver {
    pub fn new(model: Arc<Model>, capacity: Capacity) -> Self {
        let places = Arc::new(Semaphore::new(capacity.at_once + capacity.waiting));
        let (claimed, running) = (model.id().to_owned(), Arc::new(Semaphore::new(capacity.at_once)));
        Self { model, claimed, places, running }
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
        let busy = |_| SolveError::TooMany("All places in the queue are taken; try again in a few seconds.".into());
        let _place = self.places.try_acquire().map_err(busy)?;
        let turn = self.running.clone().acquire_owned().await.expect("the semaphore is never closed");
        let (model, hotkey, wanted) = (self.model.clone(), hotkey.clone(), Wanted::default());
        let seen = wanted.0.clone();
        let work = spawn_blocking(move || generate(&model, &hotkey, &challenge, &seen, turn));
        let stopped = |error| SolveError::Failed(format!("The model stopped: {error}."));
        Ok(TextAnswer::new(&self.claimed, work.await.map_err(stopped)??))
    }
}

/// Ends the generation when whoever waited for it is gone.
#[derive(Default)]
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs on a thread of its own and keeps its turn until it is done, wanted or not.
fn generate(
    model: &Model,
    hotkey: &AccountId,
    challenge: &TextChallenge,
    unwanted: &AtomicBool,
    _turn: OwnedSemaphorePermit,
) -> Result<Generation, SolveError> {
    let mut on_token = |_| match unwanted.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let prompt = model.encode_chat(&challenge.messages).map_err(explain)?;
    model.generate(&prompt, &challenge.sampling(hotkey), &mut on_token).map_err(explain)
}

fn explain(error: InferenceError) -> SolveError {
    match error {
        InferenceError::EmptyPrompt | InferenceError::PromptTooLong { .. } | InferenceError::ChatFormat(_) => {
            SolveError::BadChallenge(format!("The challenge cannot be answered: {error}."))
        }
        _ => SolveError::Failed(format!("The model failed: {error}.")),
    }
}
