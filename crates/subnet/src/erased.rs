use crate::{GradeError, Judgement, Received, Report, Seed, SolveError, Solver, Spec, Subnet, Wire};
use primitives::AccountId;
use serde::de::DeserializeOwned;
use std::any::Any;

/// A [`Subnet`] whose challenges and answers are bytes.
pub trait AnySubnet: Send + Sync + 'static {
    fn spec(&self) -> Spec;

    fn challenge(&self, seed: Seed) -> Result<AnyRound, GradeError>;

    /// A round like `past`, a challenge that an app once asked; none where this subnet has none of that kind, or cannot
    /// read it.
    fn again(&self, past: &[u8], seed: Seed) -> Option<AnyRound>;

    /// One judgement for each of `answers`, in their order. What is too large or cannot be read scores as no answer.
    /// It may take long and blocks, so an async caller moves it to a thread of its own.
    ///
    /// # Panics
    /// If `round` was drawn by another kind of subnet, which is a mistake of the caller and of nobody remote.
    fn score(&self, round: &AnyRound, answers: &[Received<Vec<u8>>]) -> Result<Vec<Judgement>, GradeError>;
}

/// A challenge as it is sent, and out of sight what the grader needs to score it.
pub struct AnyRound {
    /// JSON.
    pub challenge: Vec<u8>,
    hidden: Box<dyn Any + Send + Sync>,
}

impl AnyRound {
    fn new<C: Wire, K: Send + Sync + 'static>(challenge: C, key: K) -> Result<Self, GradeError> {
        let unwritable = |error| GradeError(format!("the challenge cannot be written as JSON: {error}"));
        Ok(Self { challenge: serde_json::to_vec(&challenge).map_err(unwritable)?, hidden: Box::new((challenge, key)) })
    }

    /// The round of a subnet that implements [`AnySubnet`] itself; `challenge` is JSON.
    pub fn of_bytes(challenge: Vec<u8>, hidden: impl Any + Send + Sync) -> Self {
        Self { challenge, hidden: Box::new(hidden) }
    }

    /// What [`AnyRound::of_bytes`] was given; none if it was of another type.
    pub fn hidden<T: Any>(&self) -> Option<&T> {
        self.hidden.downcast_ref()
    }
}

/// A [`Solver`] whose challenges and answers are bytes.
#[async_trait::async_trait]
pub trait AnySolver: Send + Sync + 'static {
    fn spec(&self) -> Spec;

    /// What it has done so far.
    fn report(&self) -> Report {
        Report::default()
    }

    async fn solve(&self, hotkey: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, SolveError>;
}

impl<S: Subnet> AnySubnet for S {
    fn spec(&self) -> Spec {
        Subnet::spec(self)
    }

    fn challenge(&self, seed: Seed) -> Result<AnyRound, GradeError> {
        let (challenge, key) = Subnet::challenge(self, seed)?;
        AnyRound::new(challenge, key)
    }

    fn again(&self, past: &[u8], seed: Seed) -> Option<AnyRound> {
        let (challenge, key) = Subnet::again(self, serde_json::from_slice(past).ok()?, seed)?;
        AnyRound::new(challenge, key).ok()
    }

    fn score(&self, round: &AnyRound, answers: &[Received<Vec<u8>>]) -> Result<Vec<Judgement>, GradeError> {
        let (challenge, key): &(S::Challenge, S::Key) =
            round.hidden.downcast_ref().expect("a round is scored by the subnet that drew it");
        let limit = Subnet::spec(self).max_answer_bytes;
        let answers: Vec<_> = answers.iter().map(|received| parse(received, limit)).collect();
        Subnet::score(self, challenge, key, &answers)
    }
}

fn parse<A: DeserializeOwned>(received: &Received<Vec<u8>>, limit: usize) -> Received<A> {
    let bytes = received.answer.as_ref().filter(|bytes| bytes.len() <= limit);
    let answer = bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
    Received { miner: received.miner.clone(), answer, took: received.took }
}

#[async_trait::async_trait]
impl<T: Solver> AnySolver for T {
    fn spec(&self) -> Spec {
        Solver::spec(self)
    }

    fn report(&self) -> Report {
        Solver::report(self)
    }

    async fn solve(&self, hotkey: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, SolveError> {
        let unreadable = |error| SolveError::BadChallenge(format!("The challenge cannot be read: {error}."));
        let challenge = serde_json::from_slice(challenge).map_err(unreadable)?;
        let answer = Solver::solve(self, hotkey, challenge).await?;
        serde_json::to_vec(&answer)
            .map_err(|error| SolveError::Failed(format!("The answer cannot be written: {error}.")))
    }
}
