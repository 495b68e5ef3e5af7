//! The body of `POST /v1/completions`.

use crate::common::{
    check_answers, check_stop, check_temperature, fields, one_or_many, DrawFields, Input, StreamOptions, MAX_ANSWERS,
};
use crate::error::ApiError;
use serde::Deserialize;
use serde_json::{Map, Value};

/// As OpenAI has it.
const DEFAULT_TOKENS: usize = 16;

#[derive(Clone, Debug, Deserialize)]
pub struct CompletionRequest {
    pub model: String,
    pub prompt: Input,
    max_tokens: Option<usize>,
    temperature: Option<f32>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub stop: Vec<String>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<usize>,
    best_of: Option<usize>,
    suffix: Option<String>,
    echo: Option<bool>,
    /// How many alternatives are told for each token; 0 tells the tokens alone.
    pub logprobs: Option<usize>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl CompletionRequest {
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let request: Self = serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid(None, format!("the body is not a completion request: {error}")))?;
        request.temperature()?;
        check_stop(&request.stop)?;
        check_answers("n", request.n(), MAX_ANSWERS)?;
        if request.best_of.is_some_and(|best_of| best_of != request.n()) {
            return Err(ApiError::unsupported("best_of", "best_of is not served: leave it out"));
        }
        if request.suffix.as_deref().is_some_and(|suffix| !suffix.is_empty()) {
            return Err(ApiError::unsupported("suffix", "suffix is not served: leave it out"));
        }
        if request.max_tokens() == 0 && !request.echo() {
            return Err(ApiError::invalid(Some("max_tokens"), "max_tokens must be at least 1, or 0 with echo"));
        }
        Ok(request)
    }

    pub fn draw(&self) -> Result<DrawFields, ApiError> {
        fields(&self.rest)
    }

    pub fn temperature(&self) -> Result<f32, ApiError> {
        check_temperature(self.temperature)
    }

    pub fn max_tokens(&self) -> usize {
        self.max_tokens.unwrap_or(DEFAULT_TOKENS)
    }

    pub fn n(&self) -> usize {
        self.n.unwrap_or(1)
    }

    /// Whether the answer begins with the prompt.
    pub fn echo(&self) -> bool {
        self.echo.unwrap_or(false)
    }

    pub fn stream(&self) -> bool {
        self.stream.unwrap_or(false)
    }

    pub fn include_usage(&self) -> bool {
        self.stream_options.as_ref().and_then(|options| options.include_usage).unwrap_or(false)
    }
}
