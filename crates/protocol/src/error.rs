use axum::http::header::RETRY_AFTER;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Why a request was refused, for programs. On the wire in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    Unsigned,
    Malformed,
    WrongReceiver,
    Expired,
    Future,
    NotRegistered,
    /// The receiver does not serve this sender, whatever it sends.
    Forbidden,
    BadSignature,
    Replayed,
    TooMany,
    TooLarge,
    /// The request was in order; the receiver could not do the work.
    Failed,
    /// A code that this version does not know.
    #[serde(other)]
    Other,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Code::Unsigned | Code::BadSignature => StatusCode::UNAUTHORIZED,
            Code::NotRegistered | Code::Forbidden => StatusCode::FORBIDDEN,
            Code::Replayed => StatusCode::CONFLICT,
            Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::WrongReceiver => StatusCode::MISDIRECTED_REQUEST,
            Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Malformed | Code::Expired | Code::Future | Code::Other => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A refused request: a [`Code`] for programs, a sentence for people.
///
/// As an answer it is the JSON `{"error":{"code":…,"message":…}}`, and the header `retry-after` where it says when. The
/// answer carries the [`Code`] as an extension too, for who counts refusals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    /// Seconds after which the same request may be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct ErrorBody {
    error: Refusal,
}

/// Longest text of a remote refusal that is shown, in characters.
const MAX_MESSAGE: usize = 300;

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// Rounded up to whole seconds.
    pub fn retry_after(self, time: Duration) -> Self {
        Self { retry_after: Some(time.as_secs_f64().ceil() as u64), ..self }
    }

    /// Reads a refusal that came over the wire. What a stranger wrote may end in a terminal, so it is cut and cleaned.
    pub(crate) fn read(status: StatusCode, body: &[u8]) -> Self {
        match serde_json::from_slice::<ErrorBody>(body) {
            Ok(ErrorBody { error }) => Self { message: clean(&error.message), ..error },
            Err(_) => Self::new(Code::Other, format!("it answered with status {status} and no reason")),
        }
    }
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_MESSAGE).collect()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (code, retry_after) = (self.code, self.retry_after);
        let mut response = (code.status(), axum::Json(ErrorBody { error: self })).into_response();
        response.extensions_mut().insert(code);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Why a call brought no answer that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("nobody accepts connections there ({0}); check that it runs and that its announced address is right")]
    Unreachable(String),
    #[error("no answer within {0:?}; it may be overloaded, try later or another one")]
    TimedOut(Duration),
    #[error("refused ({code}): {message}")]
    Refused {
        code: Code,
        message: String,
        /// Seconds after which the same request may be taken, if the receiver says.
        retry_after: Option<u64>,
    },
    #[error("the answer is not signed by the one who was asked ({0}); something else listens there, or changed it")]
    BadSignature(String),
    #[error("the answer is larger than the {0} bytes that were allowed")]
    TooLarge(usize),
    #[error("the connection closed before the answer was complete")]
    ClosedEarly,
    #[error("what came back is not HTTP ({0}); something else listens there")]
    Garbled(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_and_write_as_snake_case() {
        assert_eq!(Code::NotRegistered.to_string(), "not_registered");
        assert_eq!(serde_json::from_str::<Code>("\"too_large\"").unwrap(), Code::TooLarge);
    }

    #[test]
    fn a_code_of_a_later_version_is_still_read() {
        assert_eq!(serde_json::from_str::<Code>("\"quota_spent\"").unwrap(), Code::Other);
    }

    #[test]
    fn a_time_to_come_again_is_told_to_programs_in_whole_seconds() {
        let refusal = Refusal::new(Code::TooMany, "Later.").retry_after(Duration::from_millis(2_100));
        assert_eq!(refusal.clone().into_response().headers()[RETRY_AFTER], "3");
        let body = serde_json::to_vec(&ErrorBody { error: refusal.clone() }).unwrap();
        assert_eq!(Refusal::read(StatusCode::TOO_MANY_REQUESTS, &body), refusal);
        assert_eq!(Refusal::new(Code::Failed, "No.").into_response().headers().get(RETRY_AFTER), None);
    }

    #[test]
    fn a_remote_message_is_cut_and_carries_no_control_characters() {
        let hostile = Refusal::new(Code::Failed, format!("\u{1b}[2J{}", "a".repeat(10_000)));
        let body = serde_json::to_vec(&ErrorBody { error: hostile }).unwrap();
        let read = Refusal::read(StatusCode::BAD_REQUEST, &body);
        assert!(read.message.starts_with("[2Jaaa"));
        assert_eq!(read.message.len(), MAX_MESSAGE);
    }
}
