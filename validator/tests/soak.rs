//! Thousands of rounds against miners that come, go, hang, flood and lie, and a node that comes and goes: memory, sockets
//! and disk stay as they are. `make soak-validator` plays 10,000.

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::Router;
use fixtures::metagraph;
use primitives::{AccountId, Axon, Metagraph, NetUid};
use protocol::{Admission, Client, Gate, Limits as GateLimits, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sp_core::{sr25519, Pair, H256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use subnet::{GradeError, Judgement, Received, Score, Seed, Spec, Subnet};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use validator::ask::Asker;
use validator::board::Board;
use validator::history::Limits;
use validator::metrics::Metrics;
use validator::pool::Pool;
use validator::round::Rounds;
use validator::scores::Scores;
use validator::status::{serve, Reporter};
use validator_api::{Access, Beacon, Status, STATUS_PATH};

const ROUNDS: u64 = 400;
const MINERS: u8 = 12;
/// Rounds between two changes of a third of the seats.
const FLAP: u64 = 20;
/// What the node is away for each time: many periods of a round, which is a millisecond.
const AWAY: Duration = Duration::from_millis(20);
/// [`FLAP`] rounds, of two deadlines each at most, take far less on any machine.
const STUCK: Duration = Duration::from_secs(120);
/// Rounds after which everything that is kept has been allocated once, as a share of all.
const WARM_UP: u64 = 4;
const KEPT: Limits = Limits { rounds: 50, bytes: 1 << 20 };
/// Most that this process, validator and miners, may grow after the warm-up.
const MAX_GROWTH: usize = 16 << 20;
/// Most that may be open at any time, of the validator and the miners together.
const MAX_OPEN: usize = 600;
/// Most that the file may take: the rounds, their averages, and what redb sets aside.
const MAX_FILE: u64 = 16 << 20;

/// Asks for a number back; whoever is silent for a moment is too late.
struct Echo;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Number(u64);

impl Subnet for Echo {
    type Challenge = Number;
    type Answer = Number;
    type Key = ();

    fn spec(&self) -> Spec {
        let deadline = Duration::from_millis(50);
        Spec { name: "echo".into(), version: 1, deadline, max_challenge_bytes: 1_000, max_answer_bytes: 20_000 }
    }

    fn challenge(&self, seed: Seed) -> Result<(Number, ()), GradeError> {
        Ok((Number(seed.draw().below(1 << 50) as u64), ()))
    }

    fn score(&self, challenge: &Number, _: &(), answers: &[Received<Number>]) -> Result<Vec<Judgement>, GradeError> {
        let right = |answer: &Number| answer.0 == challenge.0;
        let judge = |good: bool| if good { Judgement::new(Score::ONE, "right") } else { Judgement::zero("wrong") };
        Ok(answers.iter().map(|received| judge(received.answer.as_ref().is_some_and(right))).collect())
    }
}

/// What a miner does.
#[derive(Clone, Copy)]
enum Habit {
    Honest,
    /// Sends a hundred times as much as it may.
    Flood,
    /// Sends much that is no answer, which is kept.
    Garbage,
    /// Accepts and says nothing.
    Hang,
    HangUp,
    /// Announces a port on which nobody listens.
    Gone,
}

/// One after another, so that a round is rarely delayed by a silent miner.
const HABITS: [Habit; 24] = {
    use Habit::*;
    [
        Honest, Flood, Gone, Honest, Garbage, HangUp, Honest, Gone, Honest, Flood, Honest, Hang, Honest, HangUp,
        Honest, Garbage, Gone, Honest, Honest, Flood, Honest, HangUp, Honest, Garbage,
    ]
};

struct Everybody;

impl Admission for Everybody {
    fn admit(&self, _: &AccountId) -> Result<(), Refusal> {
        Ok(())
    }
}

fn pair(n: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[n + 1; 32])
}

/// A miner that serves until it is dropped.
struct Miner {
    address: SocketAddr,
    serving: Option<JoinHandle<()>>,
}

impl Miner {
    async fn start(n: u8, habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = match habit {
            Habit::Gone => None,
            Habit::HangUp => Some(tokio::spawn(async move { while listener.accept().await.is_ok() {} })),
            Habit::Hang => Some(tokio::spawn(hold(listener))),
            _ => Some(tokio::spawn(protocol::serve(listener, router(n, habit), std::future::pending()))),
        };
        Self { address, serving }
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn hold(listener: TcpListener) {
    let mut held = Vec::new();
    while let Ok((stream, _)) = listener.accept().await {
        held.push(stream);
    }
}

fn router(n: u8, habit: Habit) -> Router {
    let solve = |State(habit): State<Habit>, body: Bytes| async move {
        match habit {
            Habit::Flood => vec![b'1'; 2_000_000],
            Habit::Garbage => vec![b'x'; 15_000],
            _ => body.to_vec(),
        }
    };
    let router = Router::new().route("/v1/solve/{netuid}", post(solve)).with_state(habit);
    let limits = GateLimits { max_clock_skew: Duration::ZERO, ..GateLimits::default() };
    Gate::new(pair(n), Arc::new(Everybody), limits).wrap(router)
}

/// A seat, as the chain shows it, and who works behind it.
struct Seat {
    hotkey: AccountId,
    axon: Option<Axon>,
    _miner: Miner,
}

impl Seat {
    /// Its habit, its address and, now and then, its holder and whether it serves at all depend on the time.
    async fn new(seat: u8, time: u64) -> Self {
        let place = (time * 7 + u64::from(seat) * 5) as usize;
        let holder = if (time / 3 + u64::from(seat)).is_multiple_of(4) { seat + 100 } else { seat };
        let miner = Miner::start(holder, HABITS[place % HABITS.len()]).await;
        let axon = (!place.is_multiple_of(11)).then(|| Axon::new(miner.address, protocol::VERSION));
        Self { hotkey: pair(holder).public().into(), axon, _miner: miner }
    }
}

/// Every third seat changes.
async fn flap(seats: &mut [Seat], time: u64) -> Metagraph {
    let mut snapshot = metagraph(MINERS);
    for (n, seat) in (0..MINERS).zip(seats) {
        if (time + u64::from(n)).is_multiple_of(3) {
            *seat = Seat::new(n, time).await;
        }
        let neuron = &mut snapshot.neurons[usize::from(n)];
        (neuron.hotkey, neuron.axon) = (seat.hotkey.clone(), seat.axon);
    }
    snapshot
}

/// Bytes of memory in use, as the kernel counts them.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

struct Validator {
    scores: Arc<Scores>,
    pool: Arc<Pool>,
    chain: watch::Sender<Option<Arc<Metagraph>>>,
    blocks: watch::Sender<Option<Beacon>>,
    status: Access,
    board: Arc<Board>,
    _folder: tempfile::TempDir,
}

async fn validator() -> Validator {
    let folder = tempfile::tempdir().unwrap();
    let (netuid, own) = (NetUid(1), AccountId::from(pair(250).public()));
    let scores = Arc::new(Scores::open(folder.path(), netuid, 0.1).unwrap().keeping(KEPT));
    let ((chain, view), (blocks, beacons)) = (watch::channel(None), watch::channel(None));
    let (pool, board) = (Arc::new(Pool::default()), Arc::new(Board::default()));
    let subnet = "echo".to_owned();
    let reporter = Reporter {
        board: board.clone(),
        scores: scores.clone(),
        view: view.clone(),
        own: own.clone(),
        netuid,
        subnet,
        version: 1,
    };
    let status = serve(Arc::new(reporter), CancellationToken::new()).await.unwrap();
    let rounds = Rounds {
        asker: Arc::new(Asker::new(Client::new(pair(250)), netuid)),
        subnet: Arc::new(Echo),
        scores: scores.clone(),
        view,
        beacons,
        pool: pool.clone(),
        netuid,
        own,
        at_once: 8,
        most: Some(10),
        metrics: Arc::new(Metrics::new(&daemon::metrics::registry("validator").unwrap()).unwrap()),
        board: board.clone(),
    };
    tokio::spawn(rounds.run(Duration::from_millis(1)));
    Validator { scores, pool, chain, blocks, status, board, _folder: folder }
}

impl Validator {
    fn played(&self) -> u64 {
        self.scores.tally().unwrap().newest
    }

    async fn play_until(&self, round: u64) {
        let played = async {
            while self.played() < round {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        if tokio::time::timeout(STUCK, played).await.is_err() {
            panic!("round {} is followed by none within {STUCK:?}: {:#?}", self.played(), self.board.notes());
        }
    }

    async fn status(&self) -> Status {
        let url = format!("http://{}{STATUS_PATH}", self.status.address);
        reqwest::Client::new().get(url).bearer_auth(&self.status.token).send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_sockets_and_disk_stay_flat_whatever_miners_and_the_node_do() {
    let rounds = std::env::var("SOAK_ROUNDS").map_or(ROUNDS, |count| count.parse().unwrap());
    let validator = validator().await;
    let (started, mut warm, mut most_open, mut rewarded) = (Instant::now(), 0, 0, 0);
    let mut seats = Vec::new();
    for n in 0..MINERS {
        seats.push(Seat::new(n, 0).await);
    }
    for time in 0..rounds / FLAP {
        let snapshot = flap(&mut seats, time).await;
        // The node is away for a moment, and comes back with a new block.
        validator.chain.send_replace(None);
        assert_eq!(validator.status().await.block, None);
        tokio::time::sleep(AWAY).await;
        validator.chain.send_replace(Some(Arc::new(snapshot)));
        let block_hash = H256::from_low_u64_be(time);
        validator.blocks.send_replace(Some(Beacon { block: time as u32, block_hash }));
        let app = std::net::IpAddr::from([192, 0, 2, (time % 4) as u8]);
        validator.pool.put(app.into(), time.to_string().into_bytes());
        validator.play_until((time + 1) * FLAP).await;
        let status = validator.status().await;
        rewarded += status.last_round.unwrap().judged.iter().filter(|judged| judged.score > 0.0).count();
        most_open = most_open.max(open_files());
        if time == rounds / FLAP / WARM_UP {
            warm = resident();
        }
    }
    let (end, kept) = (resident(), validator.scores.kept().unwrap());
    println!(
        "{rounds} rounds in {:.0?}: {} KiB after a quarter, {} KiB in the end, {most_open} files open at most, {} KiB \
         on disk for {} rounds of {} KiB",
        started.elapsed(),
        warm / 1024,
        end / 1024,
        kept.file_bytes / 1024,
        kept.rounds,
        kept.bytes / 1024,
    );
    assert!(rewarded > 0, "nobody was ever right");
    assert!(end <= warm + MAX_GROWTH, "grew from {warm} to {end} bytes");
    assert!(most_open <= MAX_OPEN, "{most_open} files were open");
    assert!(kept.rounds <= KEPT.rounds && kept.bytes <= KEPT.bytes && kept.file_bytes <= MAX_FILE, "{kept:?}");
}
