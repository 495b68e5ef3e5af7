//! Miners of every kind on real sockets.

use crate::ask::Miner;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::Router;
use primitives::{AccountId, Axon};
use protocol::{Admission, Gate, Limits, Refusal};
use sp_core::{sr25519, Pair};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

struct Everybody;

impl Admission for Everybody {
    fn admit(&self, _: &AccountId) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What a miner does with a challenge's bytes.
pub type Habit = fn(Vec<u8>) -> Vec<u8>;

pub fn pair(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(&format!("//{name}"), None).unwrap()
}

pub fn miner(uid: u16, name: &str, address: SocketAddr) -> Miner {
    Miner { uid, hotkey: pair(name).public().into(), axon: Axon::new(address, protocol::VERSION) }
}

pub async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Signs whatever its habit makes of a challenge, as a miner should.
pub async fn signed(uid: u16, name: &str, habit: Habit) -> Miner {
    let solve = |State(habit): State<Habit>, body: Bytes| async move { habit(body.to_vec()) };
    let router = Router::new().route("/v1/solve/{netuid}", post(solve)).with_state(habit);
    let limits = Limits { max_clock_skew: Duration::ZERO, ..Limits::default() };
    let router = Gate::new(pair(name), Arc::new(Everybody), limits).wrap(router);
    let (listener, address) = bind().await;
    tokio::spawn(protocol::serve(listener, router, std::future::pending()));
    miner(uid, name, address)
}

/// Accepts and says nothing, for ever.
pub async fn silent(uid: u16, name: &str) -> Miner {
    let (listener, address) = bind().await;
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    miner(uid, name, address)
}

/// Hangs up on everybody.
pub async fn rude(uid: u16, name: &str) -> Miner {
    let (listener, address) = bind().await;
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    miner(uid, name, address)
}
