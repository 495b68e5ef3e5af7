//! The app's side of a validator: OpenAI's chat API, answered by miners.

pub mod request;
mod response;
#[cfg(test)]
mod tests;

use crate::metrics::Metrics;
use crate::pool::{Client, Pool};
use crate::relay::{Relay, RelayError};
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use openai::{busy, internal, model_card, nothing_here, wrong_method, ApiError};
use request::Request;
use response::Completion;
use serde_json::{json, Value};
use std::net::SocketAddr;
use std::sync::Arc;
use subnet_catalog::chat::{Ask, Chat, ChatError, NONCE_BYTES};
use tokio::sync::Semaphore;

/// Largest request, in bytes.
const MAX_BODY: usize = 1024 * 1024;

pub struct App {
    chat: Arc<dyn Chat>,
    relay: Relay,
    /// One for each request that may be open.
    places: Semaphore,
    /// Where questions go that may be asked again.
    pool: Arc<Pool>,
    metrics: Arc<Metrics>,
}

impl App {
    /// Serves at most `at_once` requests at the same time and refuses the others.
    pub fn new(chat: Arc<dyn Chat>, relay: Relay, at_once: usize, pool: Arc<Pool>, metrics: Arc<Metrics>) -> Self {
        Self { chat, relay, places: Semaphore::new(at_once), pool, metrics }
    }

    pub fn router(self) -> Router {
        Router::new()
            .route("/health", get(|| async { Json(json!({ "status": "ok" })) }))
            .route("/v1/models", get(models))
            .route("/v1/models/{*id}", get(model))
            .route("/v1/chat/completions", post(completions))
            .fallback(unknown)
            .method_not_allowed_fallback(wrong_method)
            .with_state(Arc::new(self))
    }

    fn card(&self, id: &str) -> Result<Value, ApiError> {
        model_card(id, self.chat.model_name(), self.chat.model_id())
    }

    async fn complete(&self, client: Client, body: Body) -> Result<Response, ApiError> {
        let _place =
            self.places.try_acquire().map_err(|_| busy("too many requests are open here; try again in a second"))?;
        let request = Request::parse(&openai::read_body(body, MAX_BODY).await?)?;
        self.card(&request.model)?;
        let challenge = self.challenge(&request).await?;
        let served = self.relay.serve(challenge).await.map_err(unserved)?;
        if request.store {
            self.pool.put(client, served.proof.challenge.clone().into_bytes());
        }
        Ok(Completion::new(&request, &served).into_response())
    }

    async fn challenge(&self, request: &Request) -> Result<Vec<u8>, ApiError> {
        let ask = Ask {
            messages: request.messages.clone(),
            max_tokens: request.max_tokens,
            temperature: request.temperature,
            nonce: nonce()?,
        };
        let chat = self.chat.clone();
        let drawn = tokio::task::spawn_blocking(move || chat.challenge(&ask)).await.map_err(internal)?;
        drawn.map_err(|error| {
            let refused = ApiError::invalid(Some("messages"), error.to_string());
            match error {
                ChatError::TooLong { .. } | ChatError::TooLarge { .. } => refused.code("context_length_exceeded"),
                ChatError::Model(_) | ChatError::Refused(_) => refused,
            }
        })
    }
}

async fn models(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let card = app.card(app.chat.model_name())?;
    Ok(Json(json!({ "object": "list", "data": [card] })))
}

async fn model(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    app.card(&id).map(Json)
}

async fn completions(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<Response, ApiError> {
    let (start, _open) = (tokio::time::Instant::now(), app.metrics.app_open());
    let result = app.complete(address.ip().into(), body).await;
    let status = result.as_ref().map_or_else(ApiError::status, Response::status);
    app.metrics.app(status, start.elapsed());
    result
}

async fn unknown() -> ApiError {
    nothing_here("nothing is served here; POST /v1/chat/completions and GET /v1/models are")
}

fn unserved(error: RelayError) -> ApiError {
    match error {
        RelayError::NoChain | RelayError::NoMiner | RelayError::NoAnswer { .. } => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", error.to_string()).code("no_miner")
        }
        RelayError::Scores(_) => internal(error),
    }
}

/// Makes each question new, so that no answer can have been prepared.
fn nonce() -> Result<String, ApiError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(internal)?;
    Ok(hex::encode(nonce))
}
