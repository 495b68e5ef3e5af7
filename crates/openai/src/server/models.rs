//! `GET /v1/models`.

use super::{Server, Shared};
use crate::error::ApiError;
use crate::object::model_card;
use axum::extract::{Path, State};
use axum::Json;
use serde_json::{json, Value};

impl Server {
    pub(super) fn card(&self, id: &str) -> Result<Value, ApiError> {
        let mut card = model_card(id, self.model().name(), self.model().id())?;
        card["max_model_len"] = json!(self.model().context_length());
        Ok(card)
    }
}

pub async fn list(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    let card = server.card(server.model().name())?;
    Ok(Json(json!({ "object": "list", "data": [card] })))
}

pub async fn one(State(server): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    server.card(&id).map(Json)
}
