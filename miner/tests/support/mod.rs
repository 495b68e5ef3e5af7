//! A miner's server on a port of its own, without a chain, and callers that are registered.
#![allow(dead_code)]

use fixtures::metagraph;
use miner::admission::{Registered, Rules};
use miner::config::Config;
use miner::metrics::{observe, Metrics};
use miner::miner::limits;
use miner::queue::Queue;
use miner::server::{router, Service};
use primitives::{Axon, NetUid, TOKEN};
use protocol::{solve_path, CallError, Client, Gate, Limits, Signed};
use sp_core::{sr25519, Pair};
use std::sync::Arc;
use std::time::Duration;
use subnet::AnySolver;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const NETUID: NetUid = NetUid(1);
/// For calls that are expected to succeed, on a machine that may be busy.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Validators that are registered.
const CALLERS: u8 = 6;
/// The only one of them with stake.
pub const RICH: u8 = 5;

pub struct Server {
    pub axon: Axon,
    pub queue: Queue,
    pub registry: daemon::metrics::Registry,
    pub stop: CancellationToken,
    pub running: JoinHandle<()>,
}

pub fn caller(n: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[100 + n; 32])
}

pub fn miner() -> sr25519::Pair {
    sr25519::Pair::from_seed(&[42; 32])
}

/// `at_once` requests are answered and `most` wait.
pub async fn serve(solver: Arc<dyn AnySolver>, at_once: usize, most: usize, grace: Duration) -> Server {
    let mut seats = metagraph(CALLERS);
    for n in 0..CALLERS {
        let seat = &mut seats.neurons[usize::from(n)];
        (seat.hotkey, seat.stake) = (caller(n).public().into(), if n == RICH { 1_000 * TOKEN } else { 0 });
    }
    let (_, view) = tokio::sync::watch::channel(Some(Arc::new(seats)));
    let config = Config { at_once, queue: most, rate: 1_000_000, ..Config::default() };
    let limits = Limits { max_clock_skew: Duration::ZERO, ..limits(&config, &solver.spec()) };
    let callers = Arc::new(Registered::new(NETUID, view, Rules::default()));
    let gate = Gate::new(miner(), callers.clone(), limits);
    let registry = daemon::metrics::registry("miner").unwrap();
    let (queue, metrics) = (Queue::new(at_once, most), Metrics::new(&registry).unwrap());
    observe(&registry, queue.clone(), solver.clone()).unwrap();
    let hotkey = miner().public().into();
    let service = Service { solver, hotkey, netuid: NETUID, queue: queue.clone(), callers, metrics };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
    let (stop, closing) = (CancellationToken::new(), queue.clone());
    let stopping = stop.clone();
    let stopped = async move {
        stopping.cancelled_owned().await;
        closing.close();
    };
    let running = tokio::spawn(protocol::serve_with_grace(listener, router(service, gate), stopped, grace));
    Server { axon, queue, registry, stop, running }
}

pub async fn ask(client: &Client, axon: &Axon, challenge: Vec<u8>, deadline: Duration) -> Result<Signed, CallError> {
    client.call(&miner().public().into(), axon, &solve_path(NETUID), challenge, deadline, 1 << 20).await
}
