//! Text to tokens and back.

use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::config::Config;
use crate::constraint::Forms;
use crate::error::{InferenceError, LoadError};
use crate::files::Files;
use crate::gguf::Gguf;
use crate::hugging_face::EndTokens;

pub(crate) const TOKENIZER: &str = "tokenizer.json";

/// A tokenizer, and the tokens that end an answer.
pub(crate) struct Text {
    tokenizer: Tokenizer,
    vocab_size: usize,
    end_tokens: Vec<u32>,
}

/// The part of `generation_config.json` that decides where an answer ends.
#[derive(Deserialize)]
struct GenerationConfig {
    eos_token_id: Option<EndTokens>,
}

impl Text {
    pub(crate) fn read(files: &mut Files, config: &Config) -> Result<Self, LoadError> {
        let json = files.read(TOKENIZER)?;
        let tokenizer = Tokenizer::from_bytes(json).map_err(|error| unreadable(files, error))?;
        Self::new(tokenizer, config, end_tokens(files, config)?)
    }

    /// From a GGUF file, or from a `tokenizer.json` that lies beside it.
    pub(crate) fn of_gguf(gguf: &Gguf, files: &mut Files, config: &Config) -> Result<Self, LoadError> {
        let tokenizer = match files.read_if_present(TOKENIZER)? {
            Some(json) => Tokenizer::from_bytes(json).map_err(|error| unreadable(files, error))?,
            None => gguf.tokenizer()?,
        };
        Self::new(tokenizer, config, config.end_tokens.clone())
    }

    fn new(mut tokenizer: Tokenizer, config: &Config, end_tokens: Vec<u32>) -> Result<Self, LoadError> {
        // Left over from training in some folders; a prompt must neither be cut nor filled up in silence.
        let untruncated = tokenizer.with_truncation(None).map_err(|error| LoadError::InvalidConfig(error.to_string()));
        untruncated?.with_padding(None);
        if tokenizer.get_vocab_size(true) > config.vocab_size {
            let (found, expected) = (tokenizer.get_vocab_size(true), config.vocab_size);
            return Err(LoadError::InvalidConfig(format!(
                "vocab_size is {expected} and the tokenizer has {found} tokens"
            )));
        }
        Ok(Self { tokenizer, vocab_size: config.vocab_size, end_tokens })
    }

    pub(crate) fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// Whether the token ends an answer.
    pub(crate) fn is_end(&self, token: u32) -> bool {
        self.end_tokens.contains(&token)
    }

    /// The tokens, prepared for answers that are held to a form.
    pub(crate) fn forms(&self) -> Result<Forms, InferenceError> {
        let tokenizer = serde_json::to_value(&*self.tokenizer).map_err(|error| failed(error.into()))?;
        Forms::new(&tokenizer, self.vocab_size, &self.end_tokens)
    }

    /// One token as text, special or not; empty if there is none of that number.
    pub(crate) fn token(&self, token: u32) -> String {
        self.tokenizer.decode(&[token], false).unwrap_or_default()
    }

    pub(crate) fn is_known(&self, token: u32) -> bool {
        (token as usize) < self.vocab_size
    }

    pub(crate) fn encode(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, InferenceError> {
        let encoding = self.tokenizer.encode_fast(text, add_special_tokens).map_err(failed)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text without special tokens.
    pub(crate) fn decode(&self, tokens: &[u32]) -> Result<String, InferenceError> {
        if let Some(&token) = tokens.iter().find(|token| !self.is_known(**token)) {
            return Err(InferenceError::UnknownToken { token, vocab_size: self.vocab_size });
        }
        let visible = tokens.iter().copied().filter(|token| !self.is_end(*token)).collect::<Vec<_>>();
        self.tokenizer.decode(&visible, true).map_err(failed)
    }
}

/// The union of what both configuration files name: chat models often list the end of a turn in only one of them.
pub(crate) fn end_tokens(files: &mut Files, config: &Config) -> Result<Vec<u32>, LoadError> {
    const GENERATION: &str = "generation_config.json";
    let mut all = config.end_tokens.clone();
    if let Some(json) = files.read_if_present(GENERATION)? {
        let generation: GenerationConfig = serde_json::from_slice(&json)
            .map_err(|error| LoadError::Corrupt { path: files.path(GENERATION), reason: error.to_string() })?;
        all.extend(generation.eos_token_id.iter().flat_map(EndTokens::ids));
    }
    Ok(all)
}

fn unreadable(files: &Files, error: tokenizers::Error) -> LoadError {
    LoadError::Corrupt { path: files.path(TOKENIZER), reason: error.to_string() }
}

fn failed(error: tokenizers::Error) -> InferenceError {
    InferenceError::Tokenizer(error.to_string())
}
