use serde::{Deserialize, Serialize};

/// How good an answer is, in [0, 1].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(from = "f32", into = "f32")]
pub struct Score(f32);

impl Score {
    pub const ZERO: Self = Self(0.0);
    pub const ONE: Self = Self(1.0);

    /// The nearest score; a value that is not a number scores zero.
    pub fn new(value: f32) -> Self {
        if value.is_nan() {
            return Self::ZERO;
        }
        Self(value.clamp(0.0, 1.0))
    }

    pub fn get(self) -> f32 {
        self.0
    }
}

/// What a grader thinks of one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub score: Score,
    /// A sentence for the miner's and the validator's operators; other people's words in it are cut and cleaned.
    pub reason: String,
}

impl Judgement {
    pub fn new(score: Score, reason: impl Into<String>) -> Self {
        Self { score, reason: reason.into() }
    }

    /// Worth nothing, because of `reason`.
    pub fn zero(reason: impl Into<String>) -> Self {
        Self::new(Score::ZERO, reason)
    }
}

/// Why a grader could not draw or score a round. No miner is to blame, so the round counts for nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GradeError(pub String);

impl From<f32> for Score {
    fn from(value: f32) -> Self {
        Self::new(value)
    }
}

impl From<Score> for f32 {
    fn from(score: Score) -> Self {
        score.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_lies_between_zero_and_one_whatever_it_is_made_of() {
        assert_eq!(Score::new(-3.0), Score::ZERO);
        assert_eq!(Score::new(7.0), Score::ONE);
        assert_eq!(Score::new(f32::NAN), Score::ZERO);
        assert_eq!(Score::new(f32::INFINITY), Score::ONE);
        assert_eq!(Score::new(0.25).get(), 0.25);
    }
}
