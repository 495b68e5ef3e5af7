//! The whole way without a chain: an honest miner behind its gate, a copier that asks it, a grader that scores both.

use axum::body::Bytes;
use axum::routing::post;
use axum::{Extension, Router};
use primitives::{AccountId, Axon, NetUid};
use protocol::{solve_path, Admission, Gate, Limits, Refusal, Sender};
use sp_core::{sr25519, Pair};
use std::sync::Arc;
use std::time::Duration;
use subnet::{AnySolver, Received, Score, Seed};
use subnet_catalog::{CopyFrom, Settings};
use tokio::net::TcpListener;

const NETUID: NetUid = NetUid(1);

struct Everybody;

impl Admission for Everybody {
    fn admit(&self, _: &AccountId) -> Result<(), Refusal> {
        Ok(())
    }
}

fn settings(copy_from: Option<CopyFrom>) -> Settings {
    let model = "../../models/tiny".into();
    Settings { model, copy_from, ..Settings::default() }
}

/// Serves `solver` as the miner `pair`.
async fn serve(solver: Arc<dyn AnySolver>, pair: sr25519::Pair) -> Axon {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
    let hotkey = AccountId::from(pair.public());
    let solve = move |_: Extension<Sender>, challenge: Bytes| async move {
        solver.solve(&hotkey, &challenge).await.map_err(Refusal::from)
    };
    let router = Router::new().route(&solve_path(NETUID), post(solve));
    let limits = Limits { max_clock_skew: Duration::ZERO, ..Limits::default() };
    let router = Gate::new(pair, Arc::new(Everybody), limits).wrap(router);
    tokio::spawn(protocol::serve(listener, router, std::future::pending()));
    axon
}

fn received(miner: AccountId, answer: Vec<u8>) -> Received<Vec<u8>> {
    Received { miner, answer: Some(answer), took: Duration::from_millis(100) }
}

#[tokio::test]
async fn the_original_is_paid_and_its_copy_is_not() {
    let [dave, eve] = ["//Dave", "//Eve"].map(|name| sr25519::Pair::from_string(name, None).unwrap());
    let [dave_id, eve_id] = [&dave, &eve].map(|pair| AccountId::from(pair.public()));
    let honest = subnet_catalog::solver("text", &settings(None)).unwrap();
    let axon = serve(honest.clone(), dave).await;
    let copy_from = CopyFrom { netuid: NETUID, hotkey: dave_id.clone(), axon, pair: eve };
    let copier = subnet_catalog::solver("text", &settings(Some(copy_from))).unwrap();
    let grader = subnet_catalog::grader("text", &settings(None)).unwrap().subnet;

    let round = grader.challenge(Seed([1; 32])).unwrap();
    let original = honest.solve(&dave_id, &round.challenge).await.unwrap();
    let copy = copier.solve(&eve_id, &round.challenge).await.unwrap();
    assert_ne!(original, copy);
    let answers = [(dave_id, original), (eve_id, copy)].map(|(miner, answer)| received(miner, answer));
    let judged = grader.score(&round, &answers).unwrap();
    assert!(judged[0].score > Score::ZERO, "{judged:?}");
    assert_eq!(judged[1].score, Score::ZERO);
}
