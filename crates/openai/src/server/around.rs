//! What happens to every request, whatever it asks for.

use super::{random, Shared};
use crate::error::ApiError;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROCESSING: HeaderName = HeaderName::from_static("openai-processing-ms");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit-requests");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining-requests");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset-requests");

/// Checks who asks, counts, and says in the head how much is left.
pub async fn request(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |path| path.as_str().to_owned());
    let id = request.headers().get(REQUEST_ID).filter(|id| (1..=128).contains(&id.len())).cloned();
    let id = id.or_else(|| HeaderValue::from_str(&format!("req_{}", random::<16>().ok()?)).ok());
    let is_allowed = path == "/health" || is_known(request.headers(), &server.options.keys);
    let mut response = if is_allowed { next.run(request).await } else { unauthorised().into_response() };
    server.metrics.request(&path, response.status());
    let headers = response.headers_mut();
    headers.extend(id.map(|id| (REQUEST_ID, id)));
    headers.insert(PROCESSING, number(start.elapsed().as_millis() as usize));
    let remaining = server.engine.free_places().min(server.places.free());
    headers.insert(LIMIT, number(server.engine.places()));
    headers.insert(REMAINING, number(remaining));
    headers.insert(RESET, HeaderValue::from_static(if remaining == 0 { "1s" } else { "0s" }));
    response
}

fn number(value: usize) -> HeaderValue {
    HeaderValue::from(value)
}

fn is_known(headers: &HeaderMap, keys: &[String]) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    keys.is_empty() || given.is_some_and(|given| keys.iter().fold(false, |known, key| known | is_same(given, key)))
}

/// Takes the same time wherever the two differ, so that a key cannot be guessed letter by letter.
fn is_same(given: &str, key: &str) -> bool {
    let differences = given.bytes().zip(key.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b));
    given.len() == key.len() && differences == 0
}

fn unauthorised() -> ApiError {
    let message = "the API key is missing or wrong: send one of this server's keys as Authorization: Bearer KEY";
    ApiError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message).code("invalid_api_key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_keys_are_known() {
        let keys = ["secret".to_owned(), "other".to_owned()];
        let known = |value: &'static str| {
            is_known(&HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]), &keys)
        };
        assert!(known("Bearer secret") && known("Bearer other"));
        assert!(!known("Bearer secre") && !known("Bearer secrets") && !known("secret") && !known("Bearer "));
        assert!(!is_known(&HeaderMap::new(), &keys) && is_known(&HeaderMap::new(), &[]));
    }
}
