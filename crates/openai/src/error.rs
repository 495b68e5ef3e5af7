//! Errors in the shape that OpenAI's clients expect.

use axum::http::{header::RETRY_AFTER, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Json;
use serde_json::{json, Value};

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
