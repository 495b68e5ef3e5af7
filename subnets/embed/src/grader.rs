use crate::verify::verify;
use crate::{sentences, EmbedAnswer, EmbedChallenge, Encoder, MAX_DIMENSIONS, MAX_TEXTS};
use std::sync::Arc;
use std::time::Duration;
use subnet::{GradeError, Judgement, Received, Score, Seed, Spec, Subnet};

/// Largest JSON form of a number in base64, rounded up.
const BYTES_PER_NUMBER: usize = 6;
/// JSON around the vectors.
const FRAME: usize = 1_024;

pub fn spec() -> Spec {
    Spec {
        name: "embed".into(),
        version: 1,
        deadline: Duration::from_secs(12),
        max_challenge_bytes: 64 * 1024,
        max_answer_bytes: MAX_TEXTS * MAX_DIMENSIONS * BYTES_PER_NUMBER + FRAME,
    }
}

/// Draws sentences and computes a sample of what comes back again: one for right vectors, else zero.
pub struct EmbedSubnet {
    encoder: Arc<Encoder>,
}

impl EmbedSubnet {
    pub fn new(encoder: Arc<Encoder>) -> Self {
        Self { encoder }
    }
}

impl Subnet for EmbedSubnet {
    type Challenge = EmbedChallenge;
    type Answer = EmbedAnswer;
    /// Decides which vectors are checked.
    type Key = Seed;

    fn spec(&self) -> Spec {
        spec()
    }

    fn challenge(&self, seed: Seed) -> Result<(EmbedChallenge, Seed), GradeError> {
        let mut draw = seed.draw();
        let texts = (0..MAX_TEXTS).map(|_| sentences::sentence(&mut draw)).collect();
        let nonce = hex::encode(draw.bytes());
        Ok((EmbedChallenge { texts, nonce }, Seed(draw.bytes())))
    }

    fn score(
        &self,
        challenge: &EmbedChallenge,
        key: &Seed,
        answers: &[Received<EmbedAnswer>],
    ) -> Result<Vec<Judgement>, GradeError> {
        let judge = |received: &Received<EmbedAnswer>| {
            let Some(answer) = &received.answer else { return Ok(Judgement::zero("no answer")) };
            let draw = Seed::of(&[&key.0, received.miner.as_ref()]).draw();
            match verify(&self.encoder, &received.miner, challenge, answer, draw) {
                Ok(None) => Ok(Judgement::new(Score::ONE, "the vectors are those of the model")),
                Ok(Some(fault)) => Ok(Judgement::zero(fault.to_string())),
                Err(error) => Err(GradeError(error.to_string())),
            }
        };
        answers.iter().map(judge).collect()
    }
}
