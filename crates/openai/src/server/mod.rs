//! OpenAI's API over HTTP, answered by an engine of this process.

mod answer;
mod around;
mod chat;
mod completions;
mod embeddings;
mod metrics;
mod models;
mod stream;
mod tokens;

use crate::error::ApiError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use daemon::metrics::Registry;
use inference::{Engine, InferenceError, Model, SubmitError};
use metrics::Metrics;
use serde_json::{json, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::error;

/// Largest request, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;

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
    /// One for each request that may be open.
    open: Arc<Semaphore>,
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
        let open = Arc::new(Semaphore::new(engine.places()));
        Ok(Self { engine, options, open, metrics: Arc::new(Metrics::new(registry)?) })
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

    /// A place for a request, from its body on until it is answered.
    fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.open
            .clone()
            .try_acquire_owned()
            .map_err(|_| busy("too many requests are open here; try again in a second"))
    }

    /// Runs what a tokenizer or a grammar takes its time for.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let server = self.clone();
        tokio::task::spawn_blocking(move || work(&server)).await.map_err(internal)?
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
    ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", message)
}

async fn wrong_method() -> ApiError {
    let message = "this path takes another method; completions are POSTed, models are read with GET";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", message)
}

fn busy(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", message).code("rate_limit_exceeded")
}

/// What went wrong inside is for the log, not for the caller.
pub(crate) fn internal(cause: impl std::fmt::Display) -> ApiError {
    error!("a request failed: {cause}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "this server has an error; its log says more")
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
        // Clients know this error by its words.
        InferenceError::PromptTooLong { tokens, context } => {
            let message = format!(
                "This model's maximum context length is {context} tokens, and the prompt has {tokens}: shorten it."
            );
            ApiError::invalid(None, message).code("context_length_exceeded")
        }
        InferenceError::NotANumber
        | InferenceError::Device(_)
        | InferenceError::Pass(_)
        | InferenceError::Tokenizer(_)
        | InferenceError::EngineStopped => internal(error),
        _ => ApiError::invalid(None, error.to_string()),
    }
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
