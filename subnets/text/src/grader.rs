use crate::{prompts, verify, TextAnswer, TextChallenge, MAX_TOKENS};
use inference::Model;
use std::sync::Arc;
use std::time::Duration;
use subnet::{GradeError, Judgement, Received, Seed, Spec, Subnet};

/// Tokens that a validator's own challenges ask for: enough to tell models apart, see [`crate::MAX_MISMATCHED`].
const FEWEST_TOKENS: u32 = 48;
const MOST_TOKENS: u32 = 96;
/// Samples from the model's own distribution, where the noise decides most.
const TEMPERATURE: f32 = 1.0;
/// Largest JSON form of one token of an answer: its id, its logprob and its text.
const BYTES_PER_TOKEN: usize = 256;

pub fn spec() -> Spec {
    Spec {
        name: "text".into(),
        version: 1,
        deadline: Duration::from_secs(12),
        max_challenge_bytes: 64 * 1024,
        max_answer_bytes: MAX_TOKENS as usize * BYTES_PER_TOKEN,
    }
}

/// Draws prompts and scores what comes back with its own copy of the model: one for a genuine answer, else zero.
pub struct TextSubnet {
    model: Arc<Model>,
}

impl TextSubnet {
    pub fn new(model: Arc<Model>) -> Self {
        Self { model }
    }
}

impl Subnet for TextSubnet {
    type Challenge = TextChallenge;
    type Answer = TextAnswer;
    /// Nothing is hidden: an answer is right if the model gives it.
    type Key = ();

    fn spec(&self) -> Spec {
        spec()
    }

    fn challenge(&self, seed: Seed) -> Result<(TextChallenge, ()), GradeError> {
        let mut draw = seed.draw();
        let messages = vec![prompts::prompt(&mut draw)];
        let spread = draw.below((MOST_TOKENS - FEWEST_TOKENS + 1) as usize) as u32;
        let nonce = hex::encode(draw.bytes());
        let max_tokens = FEWEST_TOKENS + spread;
        Ok((TextChallenge { messages, max_tokens, temperature: TEMPERATURE, nonce }, ()))
    }

    fn score(
        &self,
        challenge: &TextChallenge,
        _: &(),
        answers: &[Received<TextAnswer>],
    ) -> Result<Vec<Judgement>, GradeError> {
        let judge = |received: &Received<TextAnswer>| match &received.answer {
            Some(answer) => verify(&self.model, &received.miner, challenge, answer).judgement(),
            None => Judgement::zero("no answer"),
        };
        Ok(answers.iter().map(judge).collect())
    }
}
