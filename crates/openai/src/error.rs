//! Errors in the shape that OpenAI's clients expect.

use axum::http::{header::RETRY_AFTER, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Json;
use serde_json::{json, Value};
use tracing::error;

/// Answered as `{"error": {"message", "type", "param", "code"}}`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
}

impl ApiError {
    /// The caller can do better; `param` names the field at fault.
    pub fn invalid(param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message).param(param)
    }

    /// A field that this network does not implement.
    pub fn unsupported(param: &'static str, message: impl Into<String>) -> Self {
        Self::invalid(Some(param), message).code("unsupported_parameter")
    }

    pub fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, code: None, param: None, message: message.into() }
    }

    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub fn param(self, param: Option<&'static str>) -> Self {
        Self { param, ..self }
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl ApiError {
    /// As it stands in a body or, where it comes late, in a stream.
    pub fn json(&self) -> Value {
        let error = json!({ "message": self.message, "type": self.kind, "param": self.param, "code": self.code });
        json!({ "error": error })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.json())).into_response();
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A path that is not served; `message` says which ones are.
pub fn nothing_here(message: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", message)
}

/// The answer to a method that a path does not take.
pub async fn wrong_method() -> ApiError {
    let message = "this path takes another method; completions are POSTed, models are read with GET";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", message)
}

pub fn busy(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", message).code("rate_limit_exceeded")
}

/// What went wrong inside is for the log, not for the caller.
pub fn internal(cause: impl std::fmt::Display) -> ApiError {
    error!("a request failed: {cause}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "this server has an error; its log says more")
}
