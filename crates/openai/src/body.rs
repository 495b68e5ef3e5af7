//! Reading a body within bounds.

use crate::error::ApiError;
use axum::body::Body;
use axum::http::StatusCode;
use futures::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// For the whole body.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the rest of a refused body is read and thrown away: a connection that is closed while its sender still
/// writes is reset before the sender can read why.
const DRAIN: Duration = Duration::from_secs(5);

/// The whole body, if it has at most `max` bytes and comes in time.
pub async fn read(body: Body, max: usize) -> Result<Vec<u8>, ApiError> {
    let mut frames = body.into_data_stream();
    let mut bytes = Vec::new();
    let whole = timeout(PATIENCE, async {
        while let Some(frame) = frames.next().await {
            let frame = frame.map_err(|error| ApiError::invalid(None, format!("the body ended early: {error}")))?;
            if bytes.len() + frame.len() > max {
                return Err(too_large(max));
            }
            bytes.extend_from_slice(&frame);
        }
        Ok(())
    });
    match whole.await.unwrap_or_else(|_| Err(too_slow())) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            let rest = async { while let Some(Ok(_)) = frames.next().await {} };
            let _ = timeout(DRAIN, rest).await;
            Err(error)
        }
    }
}

fn too_large(max: usize) -> ApiError {
    let message = format!("the body is larger than {max} bytes; send fewer or shorter messages");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", message)
}

fn too_slow() -> ApiError {
    let message = format!("the body did not come within {PATIENCE:?}; send it again");
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "invalid_request_error", message)
}
