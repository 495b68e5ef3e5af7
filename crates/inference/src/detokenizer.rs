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
        if piece.ends_with(REPLACEMENT) && self.tokens.len() - self.told < MAX_INCOMPLETE {
            return Ok(String::new());
        }
        if !piece.is_empty() {
            self.tokens.drain(..self.told);
            self.told = self.tokens.len();
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
