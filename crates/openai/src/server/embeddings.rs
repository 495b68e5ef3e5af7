//! `POST /v1/embeddings`: the mean of the model's final hidden states over a text.

use super::answer::too_slow;
use super::{invalid, refused, Server, Shared, MAX_BODY};
use crate::common::Prompt;
use crate::embedding_request::EmbeddingRequest;
use crate::error::ApiError;
use crate::read_body;
use axum::body::Body;
use axum::extract::State;
use axum::Json;
use futures::stream::{self, StreamExt, TryStreamExt};
use inference::{Answering, SubmitError};
use serde_json::{json, Value};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Texts in one request.
const MAX_INPUTS: usize = 1_024;
/// Of these, how many the engine has at a time: a large request leaves room for others.
const AT_ONCE: usize = 8;
/// How often a request that has begun looks for a place for its next text.
const PAUSE: Duration = Duration::from_millis(20);

pub async fn embed(State(server): State<Shared>, body: Body) -> Result<Json<Value>, ApiError> {
    let place = server.places.take()?;
    let body = read_body(body, MAX_BODY).await?;
    let read = move |server: &Server| {
        let request = EmbeddingRequest::parse(&body)?;
        server.card(&request.model)?;
        let texts = server.texts(&request)?;
        Ok((request, texts))
    };
    let ((request, texts), _place) = server.prepare(place, read).await?;
    let tokens: usize = texts.iter().map(Vec::len).sum();
    server.metrics.prompt_tokens.inc_by(tokens as u64);
    let means = timeout(server.options.patience, server.means(&request, texts));
    let means = means.await.map_err(|_| too_slow())??;
    let entry = |(index, mean): (usize, Vec<f32>)| -> Result<Value, ApiError> {
        Ok(json!({ "object": "embedding", "index": index, "embedding": request.encode(mean)? }))
    };
    let data = means.into_iter().enumerate().map(entry).collect::<Result<Value, _>>()?;
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    Ok(Json(json!({ "object": "list", "data": data, "model": request.model, "usage": usage })))
}

impl Server {
    /// The texts of a request as tokens.
    fn texts(&self, request: &EmbeddingRequest) -> Result<Vec<Vec<u32>>, ApiError> {
        let prompts = request.input.prompts("input")?;
        if prompts.is_empty() || prompts.len() > MAX_INPUTS {
            let message = format!("input takes 1 to {MAX_INPUTS} texts and has {}", prompts.len());
            return Err(ApiError::invalid(Some("input"), message));
        }
        let tokens = |prompt| match prompt {
            Prompt::Text(text) => self.encode(&text),
            Prompt::Tokens(tokens) => Ok(tokens),
        };
        prompts.into_iter().map(tokens).collect()
    }

    /// The mean of each text. A busy engine refuses the first one; once that is read the others wait for their places.
    async fn means(&self, request: &EmbeddingRequest, texts: Vec<Vec<u32>>) -> Result<Vec<Vec<f32>>, ApiError> {
        let mut texts = texts.into_iter();
        let mut means = Vec::with_capacity(texts.len());
        if let Some(text) = texts.next() {
            let mean = mean(self.engine.embed(text).map_err(refused)?).await?;
            // Before all the others are read in vain.
            request.width(mean.len())?;
            means.push(mean);
        }
        let others: Vec<_> = texts.map(|text| async { mean(self.ask_patiently(text).await?).await }).collect();
        let others: Vec<_> = stream::iter(others).buffered(AT_ONCE).try_collect().await?;
        means.extend(others);
        Ok(means)
    }

    async fn ask_patiently(&self, text: Vec<u32>) -> Result<Answering, ApiError> {
        loop {
            match self.engine.embed(text.clone()) {
                Err(SubmitError::Full { .. }) => sleep(PAUSE).await,
                asked => return asked.map_err(refused),
            }
        }
    }
}

async fn mean(answering: Answering) -> Result<Vec<f32>, ApiError> {
    answering.embedding().await.map_err(invalid)
}
