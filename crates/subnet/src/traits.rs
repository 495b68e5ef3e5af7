use crate::{GradeError, Judgement, Seed, Spec};
use primitives::AccountId;
use schemars::{schema_for, JsonSchema};
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::{json, Value};
use std::time::Duration;

/// What crosses the network, as JSON. Challenge and answer types are a subnet's API.
pub trait Wire: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static> Wire for T {}

/// What came back from one miner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<A> {
    pub miner: AccountId,
    /// Nothing if the miner gave no answer, or none that could be read.
    pub answer: Option<A>,
    /// From when the challenge was sent until the whole answer was there, or until there was none.
    pub took: Duration,
}

impl<A> Received<A> {
    /// The same with its time cut to what records keep.
    pub fn in_milliseconds(self) -> Self {
        let took = Duration::from_millis(u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX));
        Self { took, ..self }
    }
}

/// The grader's side of a subnet.
pub trait Subnet: Send + Sync + 'static {
    type Challenge: Wire;
    type Answer: Wire;
    /// What only the grader knows. It need not be serialisable, and should not be, so that it cannot leak.
    type Key: Send + Sync + 'static;

    fn spec(&self) -> Spec;

    /// Deterministic in `seed`.
    fn challenge(&self, seed: Seed) -> Result<(Self::Challenge, Self::Key), GradeError>;

    /// A challenge like `past`, which an app once asked and allowed to be asked again; deterministic in both. None where
    /// the grader cannot judge what others asked.
    fn again(&self, _past: Self::Challenge, _seed: Seed) -> Option<(Self::Challenge, Self::Key)> {
        None
    }

    /// One judgement for each of `answers`, in their order. Pure: neither the order nor an earlier round matters. It may
    /// take long and blocks, so an async caller moves it to a thread of its own.
    fn score(
        &self,
        challenge: &Self::Challenge,
        key: &Self::Key,
        answers: &[Received<Self::Answer>],
    ) -> Result<Vec<Judgement>, GradeError>;
}

/// What `S` speaks, as two JSON schemas: `challenge` and `answer`.
pub fn schema<S: Subnet>() -> Value {
    json!({ "challenge": schema_for!(S::Challenge), "answer": schema_for!(S::Answer) })
}
