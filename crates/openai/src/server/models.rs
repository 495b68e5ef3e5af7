//! `GET /v1/models`.

use super::{Server, Shared};
use crate::error::ApiError;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::Json;
use serde_json::{json, Value};

impl Server {
    /// A model goes by its name or by the hash that identifies it.
    pub(super) fn card(&self, id: &str) -> Result<Value, ApiError> {
        let (name, hash) = (self.model().name(), self.model().id());
        if id != name && id != hash {
            let message = format!("the model {id:?} is not served here; {name:?} is");
            return Err(ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", message).code("model_not_found"));
        }
        let context = self.model().context_length();
        Ok(json!({
            "id": name, "object": "model", "created": 0, "owned_by": "plexus", "hash": hash, "max_model_len": context,
        }))
    }
}

pub async fn list(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    let card = server.card(server.model().name())?;
    Ok(Json(json!({ "object": "list", "data": [card] })))
}

pub async fn one(State(server): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    server.card(&id).map(Json)
}
