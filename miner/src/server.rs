//! What a miner serves: `POST /v1/solve/{netuid}` behind the gate and `GET /health` for whoever watches it.

use crate::admission::Registered;
use crate::metrics::Metrics;
use crate::queue::Queue;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use primitives::{AccountId, NetUid};
use protocol::{Code, Gate, Refusal, Sender};
use serde_json::{json, Value};
use std::sync::Arc;
use subnet::AnySolver;
use tokio::time::Instant;
use tracing::{debug, warn};

pub struct Service {
    pub solver: Arc<dyn AnySolver>,
    /// Who answers: sampling depends on it.
    pub hotkey: AccountId,
    pub netuid: NetUid,
    /// Whose turn it is.
    pub queue: Queue,
    /// How much the one who asks counts.
    pub callers: Arc<Registered>,
    pub metrics: Metrics,
}

pub fn router(service: Service, gate: Gate) -> Router {
    let (metrics, solver) = (service.metrics.clone(), service.solver.clone());
    let solve = Router::new().route("/v1/solve/{netuid}", post(solve)).fallback(unknown).with_state(Arc::new(service));
    Router::new()
        .route("/health", get(health).with_state(solver))
        .merge(gate.wrap(solve).layer(from_fn_with_state(metrics, count)))
}

async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    metrics.answered(&response);
    response
}

/// A challenge in, an answer out, both the subnet's JSON. The gate has checked who asks and signs what comes out.
async fn solve(
    State(service): State<Arc<Service>>,
    Extension(Sender(sender)): Extension<Sender>,
    Path(netuid): Path<String>,
    challenge: Bytes,
) -> Result<Vec<u8>, Refusal> {
    if netuid != service.netuid.to_string() {
        let message = format!("This miner serves subnet {}, not {netuid}; read the metagraph again.", service.netuid);
        return Err(Refusal::new(Code::Malformed, message));
    }
    let asked = Instant::now();
    let turn = service.queue.turn(&sender, service.callers.weight(&sender)).await?;
    let start = Instant::now();
    service.metrics.waited(start - asked);
    let solved = service.solver.solve(&service.hotkey, &challenge).await;
    service.metrics.solved(solved.is_ok(), start.elapsed());
    drop(turn);
    match solved {
        Ok(answer) => {
            debug!(%sender, bytes = answer.len(), elapsed = ?start.elapsed(), "answered");
            Ok(answer)
        }
        Err(error) => {
            warn!(%sender, "not answered: {error}");
            Err(error.into())
        }
    }
}

/// Whether challenges can be answered, for whoever restarts or routes around what cannot.
async fn health(State(solver): State<Arc<dyn AnySolver>>) -> (StatusCode, Json<Value>) {
    match solver.report().stopped {
        None => (StatusCode::OK, Json(json!({ "status": "ok" }))),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "stopped", "reason": reason }))),
    }
}

async fn unknown() -> Refusal {
    Refusal::new(Code::Malformed, "Nothing is served here; challenges go to POST /v1/solve/{netuid}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Rules;
    use crate::testing::{metagraph, pair};
    use primitives::Axon;
    use protocol::{CallError, Client, Limits};
    use sp_core::{sr25519, Pair};
    use std::time::Duration;
    use subnet::{Report, SolveError, Spec};
    use tokio::sync::watch;

    /// Repeats the challenge, unless it is told to fail.
    #[derive(Default)]
    struct Parrot {
        stopped: Option<String>,
    }

    #[async_trait::async_trait]
    impl AnySolver for Parrot {
        fn spec(&self) -> Spec {
            let deadline = Duration::from_secs(1);
            Spec { name: "parrot".into(), version: 1, deadline, max_challenge_bytes: 100, max_answer_bytes: 100 }
        }

        fn report(&self) -> Report {
            Report { stopped: self.stopped.clone(), ..Report::default() }
        }

        async fn solve(&self, _: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, SolveError> {
            match challenge {
                b"fail" => Err(SolveError::Failed("The model stopped.".into())),
                _ => Ok(challenge.to_vec()),
            }
        }
    }

    fn validator() -> sr25519::Pair {
        sr25519::Pair::from_seed(&[7; 32])
    }

    /// A miner on subnet 1, where `validator()` has a seat.
    async fn serve() -> Axon {
        serve_parrot(Parrot::default()).await
    }

    async fn serve_parrot(parrot: Parrot) -> Axon {
        let mut seats = metagraph(2);
        seats.neurons[0].hotkey = validator().public().into();
        let (_, view) = watch::channel(Some(Arc::new(seats)));
        let limits = Limits { max_body: 100, max_clock_skew: Duration::ZERO, ..Limits::default() };
        let callers = Arc::new(Registered::new(NetUid(1), view, Rules::default()));
        let gate = Gate::new(pair(), callers.clone(), limits);
        let metrics = Metrics::new(&daemon::metrics::registry("miner").unwrap()).unwrap();
        let hotkey = pair().public().into();
        let (solver, netuid, queue) = (Arc::new(parrot), NetUid(1), Queue::new(1, 1));
        let service = Service { solver, hotkey, netuid, queue, callers, metrics };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
        tokio::spawn(protocol::serve(listener, router(service, gate), std::future::pending()));
        axon
    }

    async fn ask(as_whom: sr25519::Pair, path: &str, body: &[u8]) -> Result<Vec<u8>, Code> {
        let (axon, me) = (serve().await, pair().public().into());
        let called = Client::new(as_whom).call(&me, &axon, path, body.to_vec(), Duration::from_secs(5), 1_000).await;
        called.map(|signed| signed.body).map_err(|error| match error {
            CallError::Refused { code, .. } => code,
            other => panic!("{other}"),
        })
    }

    #[tokio::test]
    async fn a_registered_validator_gets_an_answer() {
        assert_eq!(ask(validator(), "/v1/solve/1", b"hello").await.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn everybody_else_gets_a_signed_refusal() {
        assert_eq!(ask(sr25519::Pair::from_seed(&[8; 32]), "/v1/solve/1", b"hello").await, Err(Code::NotRegistered));
    }

    #[tokio::test]
    async fn what_cannot_be_solved_is_refused_with_its_reason() {
        assert_eq!(ask(validator(), "/v1/solve/1", b"fail").await, Err(Code::Failed));
        assert_eq!(ask(validator(), "/v1/solve/2", b"hello").await, Err(Code::Malformed));
        assert_eq!(ask(validator(), "/v1/elsewhere", b"hello").await, Err(Code::Malformed));
        assert_eq!(ask(validator(), "/v1/solve/1", &[0; 101]).await, Err(Code::TooLarge));
    }

    #[tokio::test]
    async fn health_needs_no_signature_and_challenges_do() {
        let axon = serve().await;
        let health = reqwest::get(format!("http://{axon}/health")).await.unwrap();
        assert_eq!(health.text().await.unwrap(), r#"{"status":"ok"}"#);
        let unsigned = reqwest::Client::new().post(format!("http://{axon}/v1/solve/1")).send().await.unwrap();
        assert_eq!(unsigned.status().as_u16(), 401);
    }

    #[tokio::test]
    async fn health_says_that_the_model_has_stopped() {
        let axon = serve_parrot(Parrot { stopped: Some("the model is gone".into()) }).await;
        let health = reqwest::get(format!("http://{axon}/health")).await.unwrap();
        assert_eq!(health.status().as_u16(), 503);
        assert_eq!(health.text().await.unwrap(), r#"{"status":"stopped","reason":"the model is gone"}"#);
    }
}
