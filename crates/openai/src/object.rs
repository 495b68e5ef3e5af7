//! The objects that apps read.

use crate::error::ApiError;
use axum::http::StatusCode;
use serde_json::{json, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// What all objects of one answer have in common.
#[derive(Clone, Debug)]
pub struct Head {
    pub id: String,
    /// Unix time in seconds.
    pub created: u64,
    pub model: String,
    /// Whether every chunk of a stream names the usage, which is null in all but the last.
    pub include_usage: bool,
}

impl Head {
    pub fn new(id: String, model: &str, include_usage: bool) -> Self {
        let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { id, created, model: model.into(), include_usage }
    }

    /// The object of this kind with these choices, and the fields of `extra`.
    pub fn object(&self, kind: &str, choices: Value, extra: Value) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": null,
            "choices": choices,
        });
        if let (Some(object), Value::Object(extra)) = (object.as_object_mut(), extra) {
            object.extend(extra);
        }
        object
    }

    /// A part of a stream with one choice.
    pub fn chunk(&self, kind: &str, choice: Value, mut extra: Value) -> Value {
        if self.include_usage {
            extra["usage"] = Value::Null;
        }
        self.object(kind, json!([choice]), extra)
    }

    /// The last part of a stream where the usage was asked for.
    pub fn usage_chunk(&self, kind: &str, usage: Value) -> Value {
        self.object(kind, json!([]), json!({ "usage": usage }))
    }
}

/// What `/v1/models` says about the model of this name and hash, which goes by either; `id` is the one that was asked for.
pub fn model_card(id: &str, name: &str, hash: &str) -> Result<Value, ApiError> {
    if id != name && id != hash {
        let message = format!("the model {id:?} is not served here; {name:?} is");
        return Err(ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", message).code("model_not_found"));
    }
    Ok(json!({ "id": name, "object": "model", "created": 0, "owned_by": "plexus", "hash": hash }))
}

/// Tokens read and written.
pub fn usage(prompt: usize, completion: usize) -> Value {
    json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
}
