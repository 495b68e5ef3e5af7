//! The whole way without a chain: an honest miner behind its gate, a copier that asks it, a grader that scores both.

use axum::body::Bytes;
use axum::routing::post;
use axum::{Extension, Router};
use primitives::{AccountId, Axon, NetUid};
use protocol::{solve_path, Admission, Gate, Limits, Refusal, Sender};
use sp_core::{sr25519, Pair};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
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

/// A program that is killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The example of a subnet in another language, and where it listens.
fn example() -> (Running, String) {
    let mut command = Command::new("python3");
    command.args(["../remote/example.py", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = Running(command.spawn().expect("python3 is installed"));
    let mut url = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (running, url.trim().to_owned())
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

/// What the grader of `name` thinks of an original, and of its copy by the subnet's own copier.
async fn original_and_copy(name: &str, settings: Settings) -> [Score; 2] {
    let [dave, eve] = ["//Dave", "//Eve"].map(|name| sr25519::Pair::from_string(name, None).unwrap());
    let [dave_id, eve_id] = [&dave, &eve].map(|pair| AccountId::from(pair.public()));
    let honest = subnet_catalog::solver(name, &settings).unwrap();
    let axon = serve(honest.clone(), dave).await;
    let copy_from = Some(CopyFrom { netuid: NETUID, hotkey: dave_id.clone(), axon, pair: eve });
    let copier = subnet_catalog::solver(name, &Settings { copy_from, ..settings.clone() }).unwrap();
    assert_eq!(copier.spec(), honest.spec());
    let grader = subnet_catalog::grader(name, &settings).unwrap().subnet;

    let round = grader.challenge(Seed([1; 32])).unwrap();
    let original = honest.solve(&dave_id, &round.challenge).await.unwrap();
    let copy = copier.solve(&eve_id, &round.challenge).await.unwrap();
    let answers = [(dave_id, original), (eve_id, copy)].map(|(miner, answer)| received(miner, answer));
    let judged = grader.score(&round, &answers).unwrap();
    [judged[0].score, judged[1].score]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_original_is_paid_and_its_copy_is_not_whatever_the_subnet() {
    let model = tempfile::tempdir().unwrap();
    subnet_embed::random::write(model.path(), Seed([1; 32]), Default::default()).unwrap();
    let (_running, program) = example();
    for name in subnet_catalog::names() {
        let settings = match &*name {
            "embed" => Settings { model: model.path().into(), ..Settings::default() },
            "remote" => Settings { program: Some(program.clone()), ..Settings::default() },
            _ => Settings { model: "../../models/tiny".into(), ..Settings::default() },
        };
        let [original, copy] = original_and_copy(&name, settings).await;
        assert!(original > Score::ZERO && copy == Score::ZERO, "{name}: {original:?}, {copy:?}");
    }
}
