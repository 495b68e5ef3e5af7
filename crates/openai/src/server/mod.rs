//! OpenAI's API over HTTP, answered by an engine of this process.

mod answer;
mod around;
mod chat;
mod completions;
mod embeddings;
mod metrics;
mod models;
mod places;
mod stream;
mod tokens;

use crate::common::MAX_ANSWERS;
use crate::error::{busy, internal, nothing_here, wrong_method, ApiError};
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use daemon::metrics::Registry;
use inference::{Engine, InferenceError, Model, SubmitError};
use metrics::Metrics;
use places::{Place, Places};
use serde_json::{json, Value};
use std::sync::Arc;
use std::time::Duration;

/// Largest request, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// No tokenizer has longer tokens, but for rare ones: a text of more bytes for each token of the context cannot fit, and
/// is not worth the time to encode it.
const MAX_TOKEN_BYTES: usize = 128;

/// What an operator can set.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who sends none of these as a bearer token is refused; empty to serve everybody.
    pub keys: Vec<String>,
    /// An answer that takes longer is cut off.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { keys: Vec::new(), patience: Duration::from_secs(600) }
    }
}

/// Serves `/v1/models`, `/v1/chat/completions`, `/v1/completions`, `/v1/embeddings`, `/health` and `/metrics`.
pub struct Server {
    engine: Arc<Engine>,
    options: Options,
    places: Places,
    metrics: Arc<Metrics>,
}

type Shared = Arc<Server>;

impl Server {
    /// Fails only where `registry` has the metrics of such a server already.
    pub fn new(
        engine: Arc<Engine>,
        options: Options,
        registry: &Registry,
    ) -> daemon::metrics::prometheus::Result<Self> {
        let places = Places::new(engine.places());
        Ok(Self { engine, options, places, metrics: Arc::new(Metrics::new(registry)?) })
    }

    /// `registry` is what `/metrics` shows.
    pub fn router(self, registry: Registry) -> Router {
        let server = Arc::new(self);
        Router::new()
            .route("/health", get(health))
            .route("/v1/models", get(models::list))
            .route("/v1/models/{*id}", get(models::one))
            .route("/v1/chat/completions", post(chat::complete))
            .route("/v1/completions", post(completions::complete))
            .route("/v1/embeddings", post(embeddings::embed))
            .merge(daemon::metrics::router(registry))
            .fallback(unknown)
            .method_not_allowed_fallback(wrong_method)
            .layer(from_fn_with_state(server.clone(), around::request))
            .with_state(server)
    }

    fn model(&self) -> &Model {
        self.engine.model()
    }

    /// Reads a request and asks what it asks for; see [`Places::prepare`].
    async fn prepare<T: Send + 'static>(
        self: &Arc<Self>,
        place: Place,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<(T, Place), ApiError> {
        let server = self.clone();
        self.places.prepare(place, move || work(&server)).await
    }

    /// Answers that one request may ask for: with more than the engine has places it could never succeed.
    fn most_answers(&self) -> usize {
        MAX_ANSWERS.min(self.engine.places())
    }

    /// Refuses a text of so many bytes where it cannot fit the context.
    fn check_length(&self, bytes: usize) -> Result<(), ApiError> {
        let context = self.model().context_length();
        match bytes > context.saturating_mul(MAX_TOKEN_BYTES) {
            true => Err(too_long(context, &format!("{bytes} bytes"))),
            false => Ok(()),
        }
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, ApiError> {
        self.check_length(text.len())?;
        self.model().encode(text).map_err(invalid)
    }
}

async fn health(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    match server.engine.is_alive() {
        true => Ok(Json(json!({ "status": "ok" }))),
        false => Err(refused(SubmitError::Stopped)),
    }
}

async fn unknown(State(_): State<Shared>) -> ApiError {
    let message = "nothing is served here; POST /v1/chat/completions, /v1/completions and /v1/embeddings, and GET \
                   /v1/models are";
    nothing_here(message)
}

fn refused(error: SubmitError) -> ApiError {
    match error {
        SubmitError::Invalid(error) => invalid(error),
        SubmitError::TooLarge { .. } => ApiError::invalid(None, error.to_string()).code("context_length_exceeded"),
        SubmitError::Full { .. } => busy(error.to_string()),
        SubmitError::Stopped => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", error.to_string()),
    }
}

/// Whose fault an error of the engine is.
fn invalid(error: InferenceError) -> ApiError {
    match &error {
        InferenceError::PromptTooLong { tokens, context } => too_long(*context, &tokens.to_string()),
        InferenceError::NotANumber
        | InferenceError::Device(_)
        | InferenceError::Pass(_)
        | InferenceError::Tokenizer(_)
        | InferenceError::NoRoom(_)
        | InferenceError::EngineStopped => internal(error),
        _ => ApiError::invalid(None, error.to_string()),
    }
}

/// Clients know this error by its words.
fn too_long(context: usize, length: &str) -> ApiError {
    let message =
        format!("This model's maximum context length is {context} tokens, and the prompt has {length}: shorten it.");
    ApiError::invalid(None, message).code("context_length_exceeded")
}

/// A name for an answer that nobody else has.
fn id(prefix: &str) -> Result<String, ApiError> {
    Ok(format!("{prefix}{}", random::<12>()?))
}

/// As many random bytes in hexadecimal.
fn random<const BYTES: usize>() -> Result<String, ApiError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(internal)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_not_blamed_for_a_lack_of_memory() {
        assert_eq!(invalid(InferenceError::NoRoom("16 GiB".into())).status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(invalid(InferenceError::EmptyPrompt).status(), StatusCode::BAD_REQUEST);
    }
}
