//! The status over HTTP, for this machine alone, and on it for those who may read the data folder.

use super::Reporter;
use anyhow::Context;
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use validator_api::{Access, ADDRESS_FILE, STATUS_PATH};

/// Serves on a free port of the loopback address until `stop`, and writes the address and a new token into the data
/// folder.
pub async fn serve(reporter: Arc<Reporter>, stop: CancellationToken) -> anyhow::Result<Access> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the status is free")?;
    let access = Access { address: listener.local_addr()?, token: token()? };
    let file = reporter.scores.store().folder().join(ADDRESS_FILE);
    write(&file, &access).with_context(|| format!("{} cannot be written", file.display()))?;
    tokio::spawn(protocol::serve(listener, router(reporter, &access), stop.cancelled_owned()));
    Ok(access)
}

fn token() -> anyhow::Result<String> {
    let mut token = [0; 32];
    getrandom::fill(&mut token).context("the operating system has no randomness")?;
    Ok(hex::encode(token))
}

/// Whoever may read the file, its owner alone, sees the old address or the new one.
fn write(file: &std::path::Path, access: &Access) -> std::io::Result<()> {
    let new = file.with_extension("new");
    // One that was left behind keeps the rights that it has.
    let _ = std::fs::remove_file(&new);
    let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    opened.write_all(access.to_string().as_bytes())?;
    std::fs::rename(new, file)
}

fn router(reporter: Arc<Reporter>, access: &Access) -> Router {
    Router::new()
        .route(STATUS_PATH, get(status))
        .route("/rounds/{number}", get(round))
        .layer(from_fn_with_state(Arc::<str>::from(access.bearer()), with_token))
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

/// Every program of this machine reaches the port; rounds hold what apps have asked.
async fn with_token(State(bearer): State<Arc<str>>, request: Request, next: Next) -> Response {
    if request.headers().get(AUTHORIZATION).is_some_and(|sent| sent.as_bytes() == bearer.as_bytes()) {
        return next.run(request).await;
    }
    let error = format!(
        "send the token that stands beside the address in {ADDRESS_FILE} in the validator's data folder \
         (authorization: Bearer TOKEN), as `plexus validator status` does"
    );
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": error }))).into_response()
}

/// A web page can send requests here by the address, and not read what comes back. Under a name of its own that leads
/// here it could; those requests name it.
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
    use std::os::unix::fs::PermissionsExt;
    use tokio::sync::watch;
    use validator_api::{round_path, Round, Status};

    fn reporter(folder: &std::path::Path) -> Arc<Reporter> {
        let scores = Arc::new(Scores::open(folder, NetUid(1), 0.5).unwrap());
        let (_, view) = watch::channel(None);
        let (board, own, subnet) = (Arc::default(), account(0), "echo".to_owned());
        Arc::new(Reporter { board, scores, view, own, netuid: NetUid(1), subnet, version: 1 })
    }

    #[tokio::test]
    async fn whoever_can_read_the_folder_finds_the_status_and_the_rounds() {
        let folder = tempfile::tempdir().unwrap();
        let reporter = reporter(folder.path());
        let kept = reporter.scores.record_round(&[], &metagraph(3), round(&["one"])).unwrap();
        let stop = CancellationToken::new();
        serve(reporter, stop.clone()).await.unwrap();
        let access = Access::parse(&std::fs::read_to_string(folder.path().join(ADDRESS_FILE)).unwrap()).unwrap();
        let (http, address) = (reqwest::Client::new(), access.address);
        let ask = |path: &str| http.get(format!("http://{address}{path}")).header(AUTHORIZATION, access.bearer());
        let get = |path: String| ask(&path).send();
        let status: Status = get(STATUS_PATH.into()).await.unwrap().json().await.unwrap();
        assert_eq!((status.hotkey, status.kept.rounds), (account(0), 1));
        let found: Round = get(round_path(1)).await.unwrap().json().await.unwrap();
        assert_eq!(found, kept);
        let missing = get(round_path(7)).await.unwrap();
        assert_eq!(missing.status(), 404);
        let missing: Value = missing.json().await.unwrap();
        assert!(missing["error"].as_str().unwrap().contains("those from 1 on"), "{missing}");
        let page = ask(STATUS_PATH).header(HOST, "evil.example");
        assert_eq!(page.send().await.unwrap().status(), 403);
        stop.cancel();
    }

    #[tokio::test]
    async fn whoever_cannot_read_the_folder_is_told_nothing_but_that() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(ADDRESS_FILE);
        std::fs::write(file.with_extension("new"), "left behind, for all to read").unwrap();
        let stop = CancellationToken::new();
        let access = serve(reporter(folder.path()), stop.clone()).await.unwrap();
        for file in [file, folder.path().join("scores.redb")] {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        for path in [STATUS_PATH.to_owned(), round_path(1), "/elsewhere".into()] {
            let ask = || reqwest::Client::new().get(format!("http://{}{path}", access.address));
            assert_eq!(ask().bearer_auth("0".repeat(64)).send().await.unwrap().status(), 401, "{path}");
            let refused = ask().send().await.unwrap();
            assert_eq!(refused.status(), 401, "{path}");
            let refused: Value = refused.json().await.unwrap();
            assert!(refused["error"].as_str().unwrap().contains(ADDRESS_FILE), "{refused}");
        }
        stop.cancel();
    }
}
