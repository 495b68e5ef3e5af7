//! What the model says, for the card.

use candle_core::{Device, Tensor};

use crate::batch::Writer;
use crate::model::Model;

/// Longest answer, in tokens.
const MOST_TOKENS: usize = 80;
const QUESTIONS: [&str; 10] = [
    "What is vtrust?",
    "how do i start mining",
    "Why can answers not be copied?",
    "What is the capital of Norway?",
    "What is 7 + 5?",
    "Spell whale.",
    "Who are you?",
    "Give me a JSON object with ship set to 12.",
    "Tell me about the sea and the wind.",
    "Thank you!",
];

/// Questions, each in a conversation of its own, with the model's likeliest answers.
pub fn dialogue(model: &Model, writer: &Writer) -> anyhow::Result<Vec<(&'static str, String)>> {
    QUESTIONS.iter().map(|question| Ok((*question, answer(model, writer, question)?))).collect()
}

/// Takes the likeliest token again and again; reads everything anew for each, which is slow but short.
fn answer(model: &Model, writer: &Writer, question: &str) -> anyhow::Result<String> {
    let mut tokens = writer.question(question)?;
    let start = tokens.len();
    while tokens.len() < model.shape.max_position.min(start + MOST_TOKENS) {
        let row = Tensor::new(&[tokens.len() as u32 - 1], &Device::Cpu)?;
        let logits = model.logits(&Tensor::new(tokens.as_slice(), &Device::Cpu)?.unsqueeze(0)?, &row)?;
        match logits.argmax(1)?.to_vec1::<u32>()?[0] {
            token if token == writer.end() => break,
            token => tokens.push(token),
        }
    }
    writer.tokenizer.decode(&tokens[start..], true).map_err(|error| anyhow::anyhow!("cannot decode an answer: {error}"))
}
