use crate::{prompts, Examiner, Fault, TextAnswer, TextChallenge, Verdict, MAX_TOKENS, NONCE_BYTES};
use inference::Model;
use std::sync::Arc;
use std::time::Duration;
use subnet::{Draw, GradeError, Judgement, Pace, Received, Seed, Spec, Subnet};

/// Tokens of an answer where an app names no number.
pub const DEFAULT_TOKENS: u32 = 256;
/// The temperature at which `plexus chat` asks; clients of OpenAI's API ask at 1.
pub const CHAT_TEMPERATURE: f32 = 0.7;
/// Tokens that challenges ask for: enough to tell models apart, see [`crate::MAX_MISMATCHED`], and no more than apps ask for
/// by default, which a slow machine can still give in time.
const FEWEST_TOKENS: u32 = 48;
const MOST_TOKENS: u32 = DEFAULT_TOKENS;
/// Of so many challenges one asks for what clients of OpenAI's API do that name nothing, and one for what `plexus chat` does.
const LIKE_AN_APP: usize = 8;
/// Around the model's own distribution, where the noise decides most. At zero it would decide nothing.
const TEMPERATURES: [f32; 6] = [0.7, 0.8, 0.9, 1.0, 1.1, 1.2];
/// Bytes of a conversation that is asked again: about as long as those that are drawn can be, because every miner reads it.
const MOST_AGAIN: usize = 4_096;
/// Largest JSON form of one token of an answer: its id, its logprob and its text.
const BYTES_PER_TOKEN: usize = 256;

pub fn spec() -> Spec {
    Spec {
        name: "text".into(),
        version: 3,
        deadline: Duration::from_secs(12),
        max_challenge_bytes: 64 * 1024,
        max_answer_bytes: MAX_TOKENS as usize * BYTES_PER_TOKEN,
    }
}

/// Draws prompts and scores what comes back with its own copy of the model: a genuine answer by its speed, any other
/// with zero.
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
        let messages = prompts::conversation(&mut draw);
        let (max_tokens, temperature) = length_and_temperature(&mut draw);
        Ok((TextChallenge { messages, max_tokens, temperature, nonce: nonce(&mut draw) }, ()))
    }

    /// The same conversation under another nonce, at a length that can be given in time and a temperature at which copies
    /// show. None where the model cannot read it, or it is longer than what is drawn.
    fn again(&self, past: TextChallenge, seed: Seed) -> Option<(TextChallenge, ())> {
        past.validate().ok()?;
        if past.messages.iter().map(|message| message.content.len()).sum::<usize>() > MOST_AGAIN {
            return None;
        }
        let prompt = self.model.encode_chat(&past.messages).ok()?;
        let mut draw = seed.draw();
        let max_tokens = past.max_tokens.clamp(FEWEST_TOKENS, MOST_TOKENS);
        let temperature = past.temperature.max(TEMPERATURES[0]);
        let fits = prompt.len() + max_tokens as usize <= self.model.context_length();
        fits.then(|| (TextChallenge { max_tokens, temperature, nonce: nonce(&mut draw), ..past }, ()))
    }

    fn score(
        &self,
        challenge: &TextChallenge,
        _: &(),
        answers: &[Received<TextAnswer>],
    ) -> Result<Vec<Judgement>, GradeError> {
        // What does not fit is the challenge, which no miner wrote.
        let mut examiner = Examiner::new(&self.model, challenge).map_err(|fault| GradeError(fault.to_string()))?;
        let judge = |received: &Received<TextAnswer>| match &received.answer {
            Some(answer) => match examiner.verify(&received.miner, answer) {
                // The validator's own model failed, and no miner.
                Verdict::Rejected(Fault::Unverifiable(cause)) => Err(GradeError(cause)),
                verdict => Ok(Pace::GENERATION.apply(verdict.judgement(), answer.tokens.len(), received.took)),
            },
            None => Ok(Judgement::zero("no answer")),
        };
        answers.iter().map(judge).collect()
    }
}

fn length_and_temperature(draw: &mut Draw) -> (u32, f32) {
    if let Some(temperature) = [1.0, CHAT_TEMPERATURE].get(draw.below(LIKE_AN_APP)) {
        return (MOST_TOKENS, *temperature);
    }
    let spread = draw.below((MOST_TOKENS - FEWEST_TOKENS + 1) as usize) as u32;
    (FEWEST_TOKENS + spread, TEMPERATURES[draw.below(TEMPERATURES.len())])
}

fn nonce(draw: &mut Draw) -> String {
    hex::encode(&draw.bytes()[..NONCE_BYTES])
}
