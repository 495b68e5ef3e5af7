use crate::{Score, Seed, Spec};
use primitives::AccountId;
use serde::de::DeserializeOwned;
use serde::Serialize;

/// What crosses the network, as JSON. Challenge and answer types are a subnet's API.
pub trait Wire: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Wire for T {}

/// What came back from one miner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<A> {
    pub miner: AccountId,
    /// Nothing if the miner gave no answer, or none that could be read.
    pub answer: Option<A>,
}

/// The grader's side of a subnet.
pub trait Subnet: Send + Sync + 'static {
    type Challenge: Wire;
    type Answer: Wire;
    /// What only the grader knows. It need not be serialisable, and should not be, so that it cannot leak.
    type Key: Send + Sync + 'static;

    fn spec(&self) -> Spec;

    /// Deterministic in `seed`.
    fn challenge(&self, seed: Seed) -> (Self::Challenge, Self::Key);

    /// One score for each of `answers`, in their order. Pure: neither the order nor an earlier round matters. It may
    /// take long and blocks, so an async caller moves it to a thread of its own.
    fn score(&self, challenge: &Self::Challenge, key: &Self::Key, answers: &[Received<Self::Answer>]) -> Vec<Score>;
}
