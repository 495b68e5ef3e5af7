//! Programs that are dead, slow, flooding, lying or busy.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::stream;
use serde_json::{json, Value};
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;
use subnet::{AccountId, AnySolver, AnySubnet, Received, Seed, SolveError};
use subnet_remote::{Patience, Program, ProgramError, RemoteSolver, RemoteSubnet};
use tokio::net::TcpListener;

fn spec() -> Value {
    json!({
        "contract": 1, "name": "fake", "version": 1, "deadline_ms": 300, "max_challenge_bytes": 100,
        "max_answer_bytes": 100,
    })
}

fn patience() -> Patience {
    let short = Duration::from_millis(300);
    Patience { spec: short, challenge: short, score: short }
}

fn dave() -> AccountId {
    [4; 32].into()
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A program that draws `challenge` and answers `then` to what comes after.
async fn program(challenge: Value, then: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Program {
    let answer = post(move || async move { then() });
    let router = Router::new()
        .route("/v1/spec", get(|| async { Json(spec()) }))
        .route("/v1/challenge", post(|| async { Json(challenge) }))
        .route("/v1/score", answer.clone())
        .route("/v1/solve", answer);
    Program::connect_with(&serve(router).await, patience()).unwrap()
}

fn hanging() -> Response {
    Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>()).into_response()
}

/// As many bytes as anybody cares to read.
fn flooding() -> Response {
    Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(vec![b' '; 1024]))).into_response()
}

/// Why a right round cannot be scored, and why a challenge is not answered.
async fn failures(then: impl Fn() -> Response + Clone + Send + Sync + 'static) -> (String, SolveError) {
    let program = program(json!({ "challenge": {}, "key": 1 }), then).await;
    let subnet = RemoteSubnet::new(program.clone());
    let round = subnet.challenge(Seed([1; 32])).unwrap();
    let answers = [Received { miner: dave(), answer: Some(b"1".to_vec()), took: Duration::ZERO }];
    let unscored = subnet.score(&round, &answers).unwrap_err().to_string();
    (unscored, RemoteSolver::new(program).solve(&dave(), b"{}").await.unwrap_err())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_program_is_named_with_its_address() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = Program::connect(&format!("http://{address}")).unwrap_err().to_string();
    assert!(error.contains(&address.to_string()) && error.contains("--program"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_program_is_given_up() {
    let (unscored, unanswered) = failures(hanging).await;
    assert!(unscored.contains("no answer in time"), "{unscored}");
    assert!(matches!(unanswered, SolveError::Failed(_)), "{unanswered}");
    let router = Router::new().route("/v1/spec", get(pending::<Response>));
    let error = Program::connect_with(&serve(router).await, patience()).unwrap_err().to_string();
    assert!(error.contains("no answer in time"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_read_only_as_far_as_an_answer_may_go() {
    let (unscored, unanswered) = failures(flooding).await;
    assert!(unscored.contains("more than") && unscored.contains("bytes"), "{unscored}");
    assert!(matches!(unanswered, SolveError::Failed(_)), "{unanswered}");
    let router = Router::new().route("/v1/spec", get(|| async { flooding() }));
    let error = Program::connect_with(&serve(router).await, patience()).unwrap_err();
    assert!(matches!(error, ProgramError::Broken { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lying_scorer_makes_the_round_count_for_nobody() {
    for (reply, fault) in [
        (json!({ "judgements": [] }), "0 judgements of 1 answers"),
        (json!({ "judgements": [{ "score": 1 }, { "score": 1 }] }), "2 judgements of 1 answers"),
        (json!({ "judgements": [{ "score": 7 }] }), "not within 0 and 1"),
        (json!({ "judgements": [{ "score": "1" }] }), "breaks the contract"),
        (json!("fine"), "breaks the contract"),
    ] {
        let (unscored, _) = failures(move || Json(reply.clone()).into_response()).await;
        assert!(unscored.contains(fault), "{unscored}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_or_an_answer_beyond_the_spec_is_not_passed_on() {
    let large = json!("x".repeat(100));
    let drawn = program(json!({ "challenge": large }), hanging).await;
    let error = RemoteSubnet::new(drawn).challenge(Seed([1; 32])).err().unwrap().to_string();
    assert!(error.contains("102 bytes and its spec allows 100"), "{error}");
    let solved = program(json!({ "challenge": 1 }), move || Json(json!({ "answer": large })).into_response()).await;
    let error = RemoteSolver::new(solved).solve(&dave(), b"{}").await.unwrap_err();
    assert!(matches!(error, SolveError::Failed(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_program_asks_for_patience_and_its_troubles_stay_at_home() {
    let (_, busy) = failures(|| (StatusCode::SERVICE_UNAVAILABLE, "loading").into_response()).await;
    assert!(matches!(busy, SolveError::TooMany(_)), "{busy}");
    let trouble = || (StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"no space on /home/me"}"#).into_response();
    let (unscored, failed) = failures(trouble).await;
    assert!(unscored.contains("status 500") && unscored.contains("no space on /home/me"), "{unscored}");
    assert!(!failed.to_string().contains("/home/me"), "{failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_of_another_contract_is_refused() {
    let mut other = spec();
    other["contract"] = json!(2);
    let router = Router::new().route("/v1/spec", get(|| async { Json(other) }));
    let error = Program::connect_with(&serve(router).await, patience()).unwrap_err().to_string();
    assert!(error.contains("version 2 of the contract") && error.contains("docs/any-language.md"), "{error}");
}
