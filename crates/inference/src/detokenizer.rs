//! Tokens as text while they come: a character may take several of them.

use crate::error::InferenceError;
use crate::text::Text;

/// A character has at most this many bytes, and each token at least one of them: what is still incomplete after as
/// many tokens is no character.
const MAX_INCOMPLETE: usize = 4;
/// What the tokenizer writes for bytes that are no character, or not yet one.
const REPLACEMENT: char = '\u{fffd}';

/// The tokens whose text decides how the next ones read.
#[derive(Debug, Default)]
pub(crate) struct Detokenizer {
    tokens: Vec<u32>,
    /// Of those, how many have been told.
    told: usize,
}

impl Detokenizer {
    /// The text that `token` completes; empty if it completes none.
    pub(crate) fn push(&mut self, token: u32, text: &Text) -> Result<String, InferenceError> {
        self.tokens.push(token);
        let piece = self.untold(text)?;
        let is_long = self.tokens.len() - self.told >= MAX_INCOMPLETE;
        if piece.ends_with(REPLACEMENT) && !is_long {
            return Ok(String::new());
        }
        if !piece.is_empty() {
            self.tokens.drain(..self.told);
            self.told = self.tokens.len();
        } else if is_long {
            // They say nothing, as special tokens do: an answer of them must not be decoded again with each.
            self.tokens.truncate(self.told);
        }
        Ok(piece)
    }

    /// What the tokens say that completed nothing, at the end of the answer.
    pub(crate) fn rest(&mut self, text: &Text) -> Result<String, InferenceError> {
        let piece = self.untold(text)?;
        self.told = self.tokens.len();
        Ok(piece)
    }

    /// Decoded together with the tokens told before: some tokenizers write a token at the beginning differently.
    fn untold(&self, text: &Text) -> Result<String, InferenceError> {
        let before = text.decode(&self.tokens[..self.told])?;
        let all = text.decode(&self.tokens)?;
        Ok(all.get(before.len()..).unwrap_or_default().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceChoice, Model};

    const SPECIAL: u32 = 1;

    #[test]
    fn tokens_that_say_nothing_are_forgotten_and_change_no_text() {
        let model = Model::load("../../models/tiny".as_ref(), DeviceChoice::Cpu).unwrap();
        let mut tokens = Vec::new();
        for token in model.text.encode("to be \u{1f34b} or not", false).unwrap() {
            tokens.extend([SPECIAL; 9]);
            tokens.push(token);
        }
        let (mut detokenizer, mut told) = (Detokenizer::default(), String::new());
        for token in &tokens {
            told.push_str(&detokenizer.push(*token, &model.text).unwrap());
            assert!(detokenizer.tokens.len() < 4 * MAX_INCOMPLETE, "{}", detokenizer.tokens.len());
        }
        told.push_str(&detokenizer.rest(&model.text).unwrap());
        assert!(told.starts_with("to be ") && told.ends_with(" or not"), "{told}");
    }
}
