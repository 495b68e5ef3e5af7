//! The subnet Echo, which asks for a number back, and miners of every kind for it on real sockets.

mod server;

pub use server::{bind, pair, Habit, Server};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use subnet::{GradeError, Judgement, Received, Score, Seed, Spec, Subnet};

pub struct Echo {
    pub deadline: Duration,
    pub max_answer_bytes: usize,
    pub grader: Grader,
}

/// How well it judges.
pub enum Grader {
    Sound,
    /// It judges nothing.
    Broken,
    /// It judges nothing as long as somebody gives this answer.
    Brittle(u64),
}

impl Default for Echo {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(2), max_answer_bytes: 1_000, grader: Grader::Sound }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Number(pub u64);

impl Subnet for Echo {
    type Challenge = Number;
    type Answer = Number;
    type Key = ();

    fn spec(&self) -> Spec {
        let (deadline, max_answer_bytes) = (self.deadline, self.max_answer_bytes);
        Spec { name: "echo".into(), version: 1, deadline, max_challenge_bytes: 1_000, max_answer_bytes }
    }

    fn challenge(&self, seed: Seed) -> Result<(Number, ()), GradeError> {
        Ok((Number(seed.draw().below(usize::MAX) as u64), ()))
    }

    fn again(&self, past: Number, _: Seed) -> Option<(Number, ())> {
        Some((past, ()))
    }

    fn score(&self, challenge: &Number, _: &(), answers: &[Received<Number>]) -> Result<Vec<Judgement>, GradeError> {
        let gave = |number: u64| answers.iter().flat_map(|received| &received.answer).any(|answer| answer.0 == number);
        match self.grader {
            Grader::Broken => return Err(GradeError("the grader's graphics card is gone".into())),
            Grader::Brittle(number) if gave(number) => return Err(GradeError("the grader stumbled".into())),
            _ => {}
        }
        let right = |answer: &Number| answer.0 == challenge.0;
        let judge = |good: bool| if good { Judgement::new(Score::ONE, "right") } else { Judgement::zero("wrong") };
        Ok(answers.iter().map(|received| judge(received.answer.as_ref().is_some_and(right))).collect())
    }
}
