use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::Router;
use primitives::AccountId;
use protocol::{Admission, Gate, Limits, Refusal};
use sp_core::{sr25519, Pair};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a miner does with a challenge's bytes.
pub type Habit = fn(Vec<u8>) -> Vec<u8>;

struct Everybody;

impl Admission for Everybody {
    fn admit(&self, _: &AccountId) -> Result<(), Refusal> {
        Ok(())
    }
}

pub fn pair(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(&format!("//{name}"), None).unwrap()
}

/// A free port.
pub async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Where a miner can be reached, until this is dropped.
pub struct Server {
    pub address: SocketAddr,
    serving: Option<JoinHandle<()>>,
}

impl Server {
    /// Signs whatever its habit makes of a challenge, as a miner should.
    pub async fn signed(pair: sr25519::Pair, habit: Habit) -> Self {
        let solve = |State(habit): State<Habit>, body: Bytes| async move { habit(body.to_vec()) };
        let router = Router::new().route("/v1/solve/{netuid}", post(solve)).with_state(habit);
        // Rounds of tests follow each other as fast as they can, and no test may wait for two seconds of skew to pass.
        let limits =
            Limits { max_clock_skew: Duration::ZERO, max_per_sender_per_second: u32::MAX, ..Limits::default() };
        let router = Gate::new(pair, Arc::new(Everybody), limits).wrap(router);
        Self::new(|listener| protocol::serve(listener, router, std::future::pending())).await
    }

    /// Accepts and says nothing.
    pub async fn silent() -> Self {
        Self::new(|listener| async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        })
        .await
    }

    /// Hangs up on everybody.
    pub async fn rude() -> Self {
        Self::new(|listener| async move { while listener.accept().await.is_ok() {} }).await
    }

    /// An address where nobody listens.
    pub async fn gone() -> Self {
        Self { address: bind().await.1, serving: None }
    }

    /// Serves as long as the runtime does.
    pub fn for_good(mut self) -> SocketAddr {
        self.serving = None;
        self.address
    }

    async fn new<F: Future<Output = ()> + Send + 'static>(serve: impl FnOnce(TcpListener) -> F) -> Self {
        let (listener, address) = bind().await;
        Self { address, serving: Some(tokio::spawn(serve(listener))) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}
