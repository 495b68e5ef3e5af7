//! `POST /v1/embeddings`: the mean of the model's final hidden states over a text.

use super::{invalid, refused, Shared, MAX_BODY};
use crate::common::Prompt;
use crate::embedding_request::EmbeddingRequest;
use crate::error::ApiError;
use crate::read_body;
use axum::body::Body;
use axum::extract::State;
use axum::Json;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde_json::{json, Value};

/// Texts in one request.
const MAX_INPUTS: usize = 1_024;
/// Of these, how many the engine has at a time: a large request leaves room for others.
const AT_ONCE: usize = 8;

pub async fn embed(State(server): State<Shared>, body: Body) -> Result<Json<Value>, ApiError> {
    let _place = server.place()?;
    let request = EmbeddingRequest::parse(&read_body(body, MAX_BODY).await?)?;
    server.card(&request.model)?;
    let input = request.input.clone();
    let texts = server.blocking(move |server| {
        let tokens = |prompt| match prompt {
            Prompt::Text(text) => server.model().encode(&text).map_err(invalid),
            Prompt::Tokens(tokens) => Ok(tokens),
        };
        input.prompts("input")?.into_iter().map(tokens).collect::<Result<Vec<_>, _>>()
    });
    let texts = texts.await?;
    if texts.is_empty() || texts.len() > MAX_INPUTS {
        let message = format!("input takes 1 to {MAX_INPUTS} texts and has {}", texts.len());
        return Err(ApiError::invalid(Some("input"), message));
    }
    let tokens: usize = texts.iter().map(Vec::len).sum();
    server.metrics.prompt_tokens.inc_by(tokens as u64);
    let means = texts.into_iter().map(|tokens| {
        let server = server.clone();
        async move { server.engine.embed(tokens).map_err(refused)?.embedding().await.map_err(invalid) }
    });
    let means: Vec<_> = means.collect();
    let means: Vec<Vec<f32>> = stream::iter(means).buffered(AT_ONCE).try_collect().await?;
    let entry = |(index, mean): (usize, Vec<f32>)| -> Result<Value, ApiError> {
        Ok(json!({ "object": "embedding", "index": index, "embedding": request.encode(mean)? }))
    };
    let data = means.into_iter().enumerate().map(entry).collect::<Result<Value, _>>()?;
    let usage = json!({ "prompt_tokens": tokens, "total_tokens": tokens });
    Ok(Json(json!({ "object": "list", "data": data, "model": request.model, "usage": usage })))
}
