//! Keeps web pages away from a server on this machine: a browser lets any page send requests to it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use openai::{read_body, ApiError};
use std::net::IpAddr;

/// Refuses what comes from a page. `open` is whether the server asks for no key, so that a page could send all it needs.
pub async fn guard(State(open): State<bool>, request: Request, next: Next) -> Response {
    match check(open, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            drain(request.into_body()).await;
            error.into_response()
        }
    }
}

/// A connection that is closed while its sender still writes is reset before the sender can read why.
async fn drain(body: Body) {
    let _ = read_body(body, 0).await;
}

fn check(open: bool, method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if open && !headers.get_all(HOST).iter().all(|host| names_this_machine(host.to_str().ok())) {
        return Err(forbidden("this server is for this machine: call it localhost or by a loopback address"));
    }
    if open && !headers.get_all(ORIGIN).iter().all(|origin| comes_from_this_machine(origin.to_str().ok())) {
        return Err(forbidden("this server is for this machine and answers no page of another one"));
    }
    // Of other types, a browser sends a page's requests without asking the server first.
    if *method == Method::POST && !is_json(headers) {
        let message = "send the body as JSON, with the header content-type: application/json";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request_error", message));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn names_this_machine(host: Option<&str>) -> bool {
    host.and_then(|host| host.parse::<Authority>().ok()).is_some_and(|host| is_loopback(host.host()))
}

fn comes_from_this_machine(origin: Option<&str>) -> bool {
    origin.and_then(|origin| origin.parse::<Uri>().ok()).is_some_and(|origin| origin.host().is_some_and(is_loopback))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn forbidden(reason: &str) -> ApiError {
    let message = format!("{reason}; or start the server with --api-key-file and send a key");
    ApiError::new(StatusCode::FORBIDDEN, "invalid_request_error", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    const JSON: (HeaderName, &str) = (CONTENT_TYPE, "application/json; charset=utf-8");

    fn status(open: bool, headers: &[(HeaderName, &str)]) -> Option<u16> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        check(open, &Method::POST, &headers.collect()).err().map(|error| error.status().as_u16())
    }

    #[test]
    fn only_who_names_this_machine_is_served_without_a_key() {
        for host in ["localhost:8000", "LOCALHOST", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000"] {
            assert_eq!(status(true, &[JSON, (HOST, host)]), None, "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8000", "192.168.0.1:8000", "", "user@", "0.0.0.0"] {
            assert_eq!(status(true, &[JSON, (HOST, host)]), Some(403), "{host}");
            assert_eq!(status(false, &[JSON, (HOST, host)]), None, "{host}");
        }
    }

    #[test]
    fn pages_of_other_machines_are_refused_without_a_key() {
        let host = (HOST, "127.0.0.1:8000");
        for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173"] {
            assert_eq!(status(true, &[JSON, host.clone(), (ORIGIN, origin)]), None, "{origin}");
        }
        for origin in ["https://evil.example", "null", "file://", "http://localhost.evil.example"] {
            assert_eq!(status(true, &[JSON, host.clone(), (ORIGIN, origin)]), Some(403), "{origin}");
            assert_eq!(status(false, &[JSON, host.clone(), (ORIGIN, origin)]), None, "{origin}");
        }
    }

    #[test]
    fn a_body_that_a_page_could_send_unasked_is_refused() {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            assert_eq!(status(true, &[(CONTENT_TYPE, kind)]), Some(415), "{kind}");
        }
        assert_eq!(status(false, &[]), Some(415));
        assert!(check(true, &Method::GET, &HeaderMap::new()).is_ok());
    }
}
