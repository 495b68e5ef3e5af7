//! Probabilities of tokens, in the two shapes that the API has for them.

use inference::{Model, TokenChoice};
use serde_json::{json, Map, Value};

/// JSON has no minus infinity.
const IMPOSSIBLE: f32 = -9999.0;

/// As chat completions have it.
pub fn chat(model: &Model, choices: &[TokenChoice]) -> Value {
    let entry = |choice: &TokenChoice| {
        let top = choice.top.iter().map(|(token, logprob)| named(model, *token, *logprob));
        let mut entry = named(model, choice.token, choice.logprob);
        entry["top_logprobs"] = top.collect();
        entry
    };
    json!({ "content": choices.iter().map(entry).collect::<Vec<_>>(), "refusal": null })
}

fn named(model: &Model, token: u32, logprob: f32) -> Value {
    let text = model.token(token);
    // Part of a character is no text, and its bytes are not known here.
    let bytes = (!text.contains('\u{fffd}')).then(|| text.as_bytes().to_vec());
    json!({ "token": text, "logprob": logprob.max(IMPOSSIBLE), "bytes": bytes })
}

/// As completions have it, over several parts of one text.
#[derive(Default)]
pub struct Columns {
    tokens: Vec<String>,
    logprobs: Vec<Option<f32>>,
    top: Vec<Option<Map<String, Value>>>,
    offsets: Vec<usize>,
    /// Characters so far.
    length: usize,
}

impl Columns {
    /// From this character of the text on.
    pub fn from(length: usize) -> Self {
        Self { length, ..Self::default() }
    }

    /// The first token of a prompt, which nothing comes before.
    pub fn first(&mut self, model: &Model, token: u32) {
        self.add(model.token(token), None, None);
    }

    pub fn extend(&mut self, model: &Model, choices: &[TokenChoice]) {
        for choice in choices {
            let top = choice.top.iter().map(|(token, logprob)| (model.token(*token), json!(logprob.max(IMPOSSIBLE))));
            self.add(model.token(choice.token), Some(choice.logprob.max(IMPOSSIBLE)), Some(top.collect()));
        }
    }

    fn add(&mut self, token: String, logprob: Option<f32>, top: Option<Map<String, Value>>) {
        self.offsets.push(self.length);
        self.length += token.chars().count();
        self.tokens.push(token);
        self.logprobs.push(logprob);
        self.top.push(top);
    }

    /// Where the next part begins.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn json(self) -> Value {
        json!({
            "tokens": self.tokens, "token_logprobs": self.logprobs, "top_logprobs": self.top, "text_offset": self.offsets,
        })
    }
}
