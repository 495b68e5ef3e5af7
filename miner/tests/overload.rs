//! More than a miner can do, and the end of its work, on real sockets.

mod support;

use protocol::{CallError, Client, Code};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use subnet::{AccountId, AnySolver, EngineReport, Report, SolveError, Spec};
use support::{ask, caller, serve, PATIENCE, RICH};
use tokio::sync::Semaphore;

const AT_ONCE: usize = 4;
const WAITING: usize = 8;
/// Ten times what can be answered and wait.
const FLOOD: usize = 10 * (AT_ONCE + WAITING);

/// Takes `time` for each answer, and as long as `gate` holds no permit.
struct Slow {
    time: Duration,
    gate: Semaphore,
    begun: AtomicUsize,
}

impl Slow {
    fn new(time: Duration, permits: usize) -> Arc<Self> {
        Arc::new(Self { time, gate: Semaphore::new(permits), begun: AtomicUsize::new(0) })
    }
}

#[async_trait::async_trait]
impl AnySolver for Slow {
    fn spec(&self) -> Spec {
        let deadline = PATIENCE;
        Spec { name: "slow".into(), version: 1, deadline, max_challenge_bytes: 100, max_answer_bytes: 100 }
    }

    fn report(&self) -> Report {
        let engine = EngineReport { url: "http://gpu:8000".into(), up: true, answering: 1 };
        Report { tokens: 7, engines: vec![engine], ..Report::default() }
    }

    async fn solve(&self, _: &AccountId, challenge: &[u8]) -> Result<Vec<u8>, SolveError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.gate.acquire().await.unwrap().forget();
        tokio::time::sleep(self.time).await;
        Ok(challenge.to_vec())
    }
}

type Outcome = (Result<(), Option<u64>>, Duration);

/// How a request went (a refusal with its retry time), and how long it took.
async fn timed(client: Client, axon: primitives::Axon) -> Outcome {
    let started = Instant::now();
    let outcome = match ask(&client, &axon, b"hello".to_vec(), PATIENCE).await {
        Ok(_) => Ok(()),
        Err(CallError::Refused { code: Code::TooMany, retry_after, .. }) => Err(retry_after),
        Err(other) => panic!("{other}"),
    };
    (outcome, started.elapsed())
}

/// Everything is measured in the time of a request to the idle miner, so that a busy machine changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn ten_times_too_much_is_refused_at_once_and_the_rest_is_answered_in_bounded_time() {
    let server = serve(Slow::new(Duration::from_millis(200), usize::MAX >> 4), AT_ONCE, WAITING, PATIENCE).await;
    let clients: Vec<_> = (0..6).map(|n| Client::new(caller(n))).collect();
    let (_, idle) = timed(clients[0].clone(), server.axon).await;
    let flood = (0..FLOOD).map(|n| tokio::spawn(timed(clients[n % clients.len()].clone(), server.axon)));
    let flood = futures::future::join_all(flood.collect::<Vec<_>>()).await;
    let outcomes: Vec<Outcome> = flood.into_iter().map(Result::unwrap).collect();
    let (answered, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|(outcome, _)| outcome.is_ok());
    assert!(answered.len() >= AT_ONCE + WAITING, "{} answered", answered.len());
    assert!(refused.len() >= FLOOD / 2, "{} refused", refused.len());
    assert!(refused.iter().all(|(outcome, _)| matches!(outcome, Err(Some(1..=60)))), "{refused:?}");
    let rounds = (WAITING / AT_ONCE + 1) as u32;
    let slowest = answered.iter().map(|(_, time)| *time).max().unwrap();
    assert!(slowest <= idle * rounds * 3, "{slowest:?} where an idle miner takes {idle:?} and {rounds} rounds wait");
    let mean = |all: &[Outcome]| all.iter().map(|(_, time)| *time).sum::<Duration>() / all.len() as u32;
    assert!(mean(&refused) < mean(&answered), "{:?} and {:?}", mean(&refused), mean(&answered));
    println!(
        "idle {idle:?}; {} answered, slowest {slowest:?}; {} refused after {:?} on average",
        answered.len(),
        refused.len(),
        mean(&refused)
    );
}

#[tokio::test]
async fn the_one_with_most_stake_gets_in_while_two_without_any_flood() {
    let slow = Slow::new(Duration::ZERO, 0);
    let server = serve(slow.clone(), AT_ONCE, WAITING, PATIENCE).await;
    let (clients, refused) = ([0, 1].map(|n| Client::new(caller(n))), Arc::new(AtomicUsize::new(0)));
    let flood: Vec<_> = (0..FLOOD)
        .map(|n| (clients[n % 2].clone(), refused.clone(), server.axon))
        .map(|(client, refused, axon)| {
            tokio::spawn(async move {
                let (outcome, _) = timed(client, axon).await;
                refused.fetch_add(usize::from(outcome.is_err()), Ordering::Relaxed);
            })
        })
        .collect();
    let fitting = FLOOD - (AT_ONCE + WAITING);
    while refused.load(Ordering::Relaxed) < fitting {
        tokio::task::yield_now().await;
    }
    let rich = tokio::spawn(timed(Client::new(caller(RICH)), server.axon));
    while refused.load(Ordering::Relaxed) == fitting && !rich.is_finished() {
        tokio::task::yield_now().await;
    }
    slow.gate.add_permits(FLOOD);
    assert!(rich.await.unwrap().0.is_ok());
    assert!(futures::future::join_all(flood).await.iter().all(Result::is_ok));
    assert_eq!(refused.load(Ordering::Relaxed), fitting + 1);
}

#[tokio::test]
async fn a_miner_that_is_stopped_finishes_what_it_has_begun_and_refuses_the_rest() {
    let slow = Slow::new(Duration::ZERO, 0);
    let server = serve(slow.clone(), 1, 8, PATIENCE).await;
    let begun = tokio::spawn(timed(Client::new(caller(0)), server.axon));
    while slow.begun.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    let waits = tokio::spawn(timed(Client::new(caller(1)), server.axon));
    while server.queue.load() != (1, 1) {
        tokio::task::yield_now().await;
    }
    server.stop.cancel();
    assert!(waits.await.unwrap().0.is_err());
    assert!(!begun.is_finished());
    slow.gate.add_permits(10);
    assert!(begun.await.unwrap().0.is_ok());
    tokio::time::timeout(PATIENCE, server.running).await.expect("the server ends").unwrap();
    let later = ask(&Client::new(caller(2)), &server.axon, b"hello".to_vec(), PATIENCE).await;
    assert!(matches!(later, Err(CallError::Unreachable(_))), "{later:?}");
}

#[tokio::test]
async fn a_miner_that_is_stopped_waits_no_longer_than_its_grace() {
    let slow = Slow::new(Duration::ZERO, 0);
    let server = serve(slow.clone(), 1, 8, Duration::from_millis(50)).await;
    let _hangs = tokio::spawn(timed(Client::new(caller(0)), server.axon));
    while slow.begun.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    server.stop.cancel();
    tokio::time::timeout(PATIENCE, server.running).await.expect("the server ends").unwrap();
}

#[tokio::test]
async fn every_metric_of_the_dashboard_is_exported() {
    let server = serve(Slow::new(Duration::ZERO, 10), 1, 1, PATIENCE).await;
    assert!(timed(Client::new(caller(0)), server.axon).await.0.is_ok());
    let exported: Vec<_> = server.registry.gather().iter().map(|family| family.name().to_owned()).collect();
    fixtures::assert_dashboard_shows("../ops/grafana/miner.json", "plexus_miner_", &exported);
}
