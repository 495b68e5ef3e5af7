//! The status over HTTP, for this machine alone.

use super::Reporter;
use anyhow::Context;
use axum::extract::{Path, Request, State};
use axum::http::header::HOST;
use axum::http::StatusCode;
use axum::middleware::{from_fn, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use validator_api::{ADDRESS_FILE, STATUS_PATH};

/// Serves on a free port of the loopback address until `stop`, and writes the address into the data folder.
pub async fn serve(reporter: Arc<Reporter>, stop: CancellationToken) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the status is free")?;
    let address = listener.local_addr()?;
    let file = reporter.scores.store().folder().join(ADDRESS_FILE);
    write(&file, address).with_context(|| format!("{} cannot be written", file.display()))?;
    tokio::spawn(protocol::serve(listener, router(reporter), stop.cancelled_owned()));
    Ok(address)
}

/// Whoever reads the file sees the old address or the new one.
fn write(file: &PathBuf, address: SocketAddr) -> std::io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, address.to_string())?;
    std::fs::rename(new, file)
}

fn router(reporter: Arc<Reporter>) -> Router {
    Router::new()
        .route(STATUS_PATH, get(status))
        .route("/rounds/{number}", get(round))
        .layer(from_fn(of_this_machine))
        .with_state(reporter)
}

async fn status(State(reporter): State<Arc<Reporter>>) -> Response {
    let status = tokio::task::spawn_blocking(move || reporter.status()).await;
    match status {
        Ok(Ok(status)) => Json(status).into_response(),
        Ok(Err(error)) => failed(error.to_string()),
        Err(panic) => failed(panic.to_string()),
    }
}

async fn round(State(reporter): State<Arc<Reporter>>, Path(number): Path<u64>) -> Response {
    let round = tokio::task::spawn_blocking(move || Ok((reporter.round(number)?, reporter.scores.kept()?))).await;
    let round: Result<_, crate::scores::StorageError> = match round {
        Ok(round) => round,
        Err(panic) => return failed(panic.to_string()),
    };
    match round {
        Ok((Some(round), _)) => Json(round).into_response(),
        Ok((None, kept)) => {
            let oldest = kept.oldest.map_or("none yet".into(), |oldest| format!("those from {oldest} on"));
            let message =
                format!("round {number} is not kept here; this validator keeps {} rounds: {oldest}", kept.rounds);
            (StatusCode::NOT_FOUND, Json(json!({ "error": message }))).into_response()
        }
        Err(error) => failed(error.to_string()),
    }
}

fn failed(message: String) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": message }))).into_response()
}

/// A web page could reach this port under a name of its own; it cannot call it by its address.
async fn of_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    match host.and_then(|host| host.parse::<SocketAddr>().ok()) {
        Some(address) if address.ip().is_loopback() => next.run(request).await,
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::Scores;
    use crate::testing::{account, metagraph, round};
    use primitives::NetUid;
    use serde_json::Value;
    use tokio::sync::watch;
    use validator_api::{round_path, Round, Status};

    #[tokio::test]
    async fn whoever_can_read_the_folder_finds_the_status_and_the_rounds() {
        let folder = tempfile::tempdir().unwrap();
        let scores = Arc::new(Scores::open(folder.path(), NetUid(1), 0.5).unwrap());
        let kept = scores.record_round(&[], &metagraph(3), round(&["one"])).unwrap();
        let (_, view) = watch::channel(None);
        let (board, own, subnet) = (Arc::default(), account(0), "echo".to_owned());
        let reporter = Reporter { board, scores, view, own, netuid: NetUid(1), subnet, version: 1 };
        let stop = CancellationToken::new();
        serve(Arc::new(reporter), stop.clone()).await.unwrap();
        let address = std::fs::read_to_string(folder.path().join(ADDRESS_FILE)).unwrap();
        let get = |path: String| reqwest::get(format!("http://{address}{path}"));
        let status: Status = get(STATUS_PATH.into()).await.unwrap().json().await.unwrap();
        assert_eq!((status.hotkey, status.kept.rounds), (account(0), 1));
        let found: Round = get(round_path(1)).await.unwrap().json().await.unwrap();
        assert_eq!(found, kept);
        let missing = get(round_path(7)).await.unwrap();
        assert_eq!(missing.status(), 404);
        let missing: Value = missing.json().await.unwrap();
        assert!(missing["error"].as_str().unwrap().contains("those from 1 on"), "{missing}");
        let page = reqwest::Client::new().get(format!("http://{address}/status")).header(HOST, "evil.example");
        assert_eq!(page.send().await.unwrap().status(), 403);
        stop.cancel();
    }
}
