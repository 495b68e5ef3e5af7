use std::borrow::Cow;
use std::time::Duration;

/// What a miner and a validator must know about a subnet before they speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// As the catalog lists it.
    pub name: Cow<'static, str>,
    /// Grows when challenges, answers or scores change their meaning; weights carry it.
    pub version: u64,
    /// For an answer, from when the challenge is sent.
    pub deadline: Duration,
    pub max_challenge_bytes: usize,
    pub max_answer_bytes: usize,
}
