//! Thousands of rounds against miners that come, go, hang, flood and lie, and a node that is stopped and started again,
//! with forks: memory, sockets, tasks and disk stay as they are, and weights go on. `make soak-validator` plays 10,000.

use chain_client::view::{self, View};
use chain_client::Chain;
use echo::{pair, Echo, Server};
use fixtures::{metagraph, neuron};
use primitives::{AccountId, Axon, BlockNumber, Metagraph, NetUid};
use protocol::Client;
use scripted_node::metadata::Record;
use scripted_node::{Fate, Node, ServerHandle, COMMIT, REVEAL};
use sp_core::Pair;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use validator::ask::Asker;
use validator::beacon;
use validator::board::Board;
use validator::history::Limits;
use validator::metrics::Metrics;
use validator::pool::Pool;
use validator::publish::journal::Journal;
use validator::publish::promises::Promises;
use validator::publish::Publisher;
use validator::round::Rounds;
use validator::scores::Scores;
use validator::status::{serve, Reporter};
use validator_api::{Access, Outcome, Status, Submission, STATUS_PATH};

/// Ten epochs, twelve absences and six forks: fewer would say little about commits and reveals.
const BLOCKS: u64 = 48;
const MINERS: u8 = 12;
const SUBNET: NetUid = NetUid(1);
/// At least so many rounds between two blocks, each of which changes a third of the seats.
const FLAP: u64 = 20;
/// Blocks between two of the node's absences, which last for as many rounds as a block.
const AWAY_EVERY: u64 = 4;
/// Blocks between two forks.
const FORK_EVERY: u64 = 7;
/// Blocks behind the best one are final.
const FINALITY: BlockNumber = 2;
/// An epoch is this and one more block long.
const TEMPO: u16 = 4;
/// [`FLAP`] rounds, of two deadlines each at most, and coming back to a node, take far less on any machine.
const STUCK: Duration = Duration::from_secs(120);
const KEPT: Limits = Limits { rounds: 50, bytes: 1 << 20 };
/// The validator, the miners and the node, which are one process, may be larger by so much in the last quarter of the blocks
/// than in the second, when everything that is kept has been allocated once.
const GROWTH: Size = Size { bytes: 4 << 20, files: 40, tasks: 15 };
/// Most that may be open at any time.
const MAX_OPEN: usize = 600;
/// Most that the file may take: the rounds, their averages, and what redb sets aside.
const MAX_FILE: u64 = 16 << 20;

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

/// A seat, as the chain shows it, and who works behind it.
struct Seat {
    hotkey: AccountId,
    axon: Option<Axon>,
    _miner: Server,
}

impl Seat {
    /// Its habit, its address and, now and then, its holder and whether it serves at all depend on the time.
    async fn new(seat: u8, time: u64) -> Self {
        let place = (time * 7 + u64::from(seat) * 5) as usize;
        let holder = if (time / 3 + u64::from(seat)).is_multiple_of(4) { seat + 100 } else { seat };
        let holder = pair(&holder.to_string());
        let hotkey = holder.public().into();
        let miner = match HABITS[place % HABITS.len()] {
            Habit::Honest => Server::signed(holder, |body| body).await,
            Habit::Flood => Server::signed(holder, |_| vec![b'1'; 2_000_000]).await,
            Habit::Garbage => Server::signed(holder, |_| vec![b'x'; 15_000]).await,
            Habit::Hang => Server::silent().await,
            Habit::HangUp => Server::rude().await,
            Habit::Gone => Server::gone().await,
        };
        let axon = (!place.is_multiple_of(11)).then(|| Axon::new(miner.address, protocol::VERSION));
        Self { hotkey, axon, _miner: miner }
    }
}

/// Every third seat changes; the last seat is the validator's.
async fn flap(seats: &mut [Seat], time: u64) -> Metagraph {
    let mut snapshot = metagraph(MINERS);
    snapshot.subnet.hyperparams.tempo = TEMPO;
    for (n, seat) in (0..MINERS).zip(seats) {
        if (time + u64::from(n)).is_multiple_of(3) {
            *seat = Seat::new(n, time).await;
        }
        let neuron = &mut snapshot.neurons[usize::from(n)];
        (neuron.hotkey, neuron.axon) = (seat.hotkey.clone(), seat.axon);
    }
    snapshot.neurons.push(primitives::NeuronInfo { hotkey: own(), ..neuron(MINERS) });
    snapshot
}

fn own() -> AccountId {
    pair("Validator").public().into()
}

/// What a process holds.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// Of memory in use, as the kernel counts them.
    bytes: usize,
    files: usize,
    tasks: usize,
}

impl Size {
    fn now() -> Self {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        let bytes = pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096;
        let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
        Self { bytes, files, tasks: Handle::current().metrics().num_alive_tasks() }
    }

    fn max(self, other: Self) -> Self {
        let (bytes, files) = (self.bytes.max(other.bytes), self.files.max(other.files));
        Self { bytes, files, tasks: self.tasks.max(other.tasks) }
    }

    fn exceeds(self, other: Self, by: Self) -> bool {
        self.bytes > other.bytes + by.bytes
            || self.files > other.files + by.files
            || self.tasks > other.tasks + by.tasks
    }
}

/// A node on a port of its own.
struct Site {
    node: Node,
    address: SocketAddr,
    server: Option<ServerHandle>,
}

impl Site {
    async fn new() -> Self {
        let node = Node::default();
        node.change(|state| (state.fate, state.events) = (Fate::Pooled, vec![Record::succeeded(0)]));
        let (address, server) = node.serve_anywhere().await;
        Self { node, address, server: Some(server) }
    }

    async fn stop(&mut self) {
        let server = self.server.take().unwrap();
        server.stop().unwrap();
        server.stopped().await;
    }

    async fn start(&mut self) {
        self.server = Some(self.node.serve(self.address).await.1);
    }

    /// Returns the number of the new best block.
    fn next_block(&self, snapshot: Metagraph, forks: bool) -> BlockNumber {
        self.node.change(|state| {
            state.metagraph = Some(snapshot);
            match forks {
                true => state.fork(state.best(), vec![vec![], vec![]]),
                false => state.mine(),
            }
            state.finalized = state.best().saturating_sub(FINALITY);
            state.best()
        })
    }
}

struct Validator {
    scores: Arc<Scores>,
    pool: Arc<Pool>,
    status: Access,
    board: Arc<Board>,
    view: View,
    _folder: tempfile::TempDir,
}

impl Validator {
    async fn start(node: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scores = Arc::new(Scores::open(folder.path(), SUBNET, 0.1).unwrap().keeping(KEPT));
        let chain = Chain::new(&format!("ws://{node}"));
        let view = view::follow(chain.clone(), SUBNET);
        let (pool, board) = (Arc::new(Pool::default()), Arc::new(Board::default()));
        let metrics = Arc::new(Metrics::new(&daemon::metrics::registry("validator").unwrap()).unwrap());
        let reporter = Reporter {
            board: board.clone(),
            scores: scores.clone(),
            view: view.clone(),
            own: own(),
            netuid: SUBNET,
            subnet: "echo".into(),
            version: 1,
        };
        let status = serve(Arc::new(reporter), CancellationToken::new()).await.unwrap();
        let publisher = Publisher {
            chain: chain.clone(),
            pair: pair("Validator"),
            own: own(),
            netuid: SUBNET,
            version: 1,
            scores: scores.clone(),
            promises: Promises::new(scores.clone(), SUBNET).unwrap(),
            journal: Journal::new(scores.clone(), SUBNET).unwrap(),
            metrics: metrics.clone(),
            board: board.clone(),
        };
        let rounds = Rounds {
            asker: Arc::new(Asker::new(Client::new(pair("Validator")), SUBNET)),
            subnet: Arc::new(Echo { deadline: Duration::from_millis(50), max_answer_bytes: 20_000, ..Echo::default() }),
            scores: scores.clone(),
            beacons: beacon::follow(chain, view.clone(), board.clone()),
            view: view.clone(),
            pool: pool.clone(),
            netuid: SUBNET,
            own: own(),
            at_once: 8,
            most: Some(10),
            metrics,
            board: board.clone(),
        };
        tokio::spawn(publisher.run(view.clone()));
        tokio::spawn(rounds.run(Duration::from_millis(1)));
        Self { scores, pool, status, board, view, _folder: folder }
    }

    fn played(&self) -> u64 {
        self.scores.tally().unwrap().newest
    }

    /// Until as many rounds more were played, and `block` is known.
    async fn play(&self, rounds: u64, block: BlockNumber) -> Status {
        let until = self.played() + rounds;
        let known = || self.view.borrow().as_ref().map_or(0, |metagraph| metagraph.block);
        let played = async {
            while self.played() < until || known() < block {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        if tokio::time::timeout(STUCK, played).await.is_err() {
            panic!("stuck at round {} of {until}: {:#?}", self.played(), self.board.notes());
        }
        self.status().await
    }

    async fn status(&self) -> Status {
        let url = format!("http://{}{STATUS_PATH}", self.status.address);
        reqwest::Client::new().get(url).bearer_auth(&self.status.token).send().await.unwrap().json().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_sockets_tasks_and_disk_stay_flat_whatever_miners_and_the_node_do() {
    let rounds = std::env::var("SOAK_ROUNDS").map_or(0, |count| count.parse().unwrap());
    let mut site = Site::new().await;
    let mut seats = Vec::new();
    for n in 0..MINERS {
        seats.push(Seat::new(n, 0).await);
    }
    let validator = Validator::start(site.address).await;
    let (started, mut time, mut rewarded, mut sizes) = (Instant::now(), 0, 0, Vec::new());
    while validator.played() < rounds || time < BLOCKS {
        let snapshot = flap(&mut seats, time).await;
        let is_away = time % AWAY_EVERY == AWAY_EVERY - 1;
        if is_away {
            site.stop().await;
            validator.play(FLAP, 0).await;
        }
        let block = site.next_block(snapshot, time % FORK_EVERY == FORK_EVERY - 1);
        if is_away {
            site.start().await;
        }
        let app = std::net::IpAddr::from([192, 0, 2, (time % 4) as u8]);
        validator.pool.put(app.into(), time.to_string().into_bytes());
        let status = validator.play(FLAP, block).await;
        rewarded += status.last_round.unwrap().judged.iter().filter(|judged| judged.score > 0.0).count();
        sizes.push(Size::now());
        time += 1;
    }
    let kept = validator.scores.kept().unwrap();
    let quarter =
        |n: usize| sizes.chunks(sizes.len().div_ceil(4)).nth(n).unwrap().iter().copied().reduce(Size::max).unwrap();
    let (early, late) = (quarter(1), quarter(3));
    let [commits, reveals] = [COMMIT, REVEAL].map(|name| site.node.state().blocks_with(name).len() as u64);
    println!(
        "{} rounds, {time} blocks and {} absences of the node in {:.0?}: {early:?} in the second quarter, {late:?} in the last, {} KiB on disk for {} rounds of {} \
         KiB, {commits} commits and {reveals} reveals",
        validator.played(),
        time / AWAY_EVERY,
        started.elapsed(),
        kept.file_bytes / 1024,
        kept.rounds,
        kept.bytes / 1024,
    );
    assert!(rewarded > 0, "nobody was ever right");
    assert!(!late.exceeds(early, GROWTH), "grew from {early:?} to {late:?}");
    assert!(sizes.iter().all(|size| size.files <= MAX_OPEN), "{sizes:?}");
    assert!(kept.rounds <= KEPT.rounds && kept.bytes <= KEPT.bytes && kept.file_bytes <= MAX_FILE, "{kept:?}");
    let epochs = u64::from(site.node.state().best()) / (u64::from(TEMPO) + 1);
    // The newest commit has no reveal yet. Blocks do not wait for the validator, and an epoch is over soon, so that an absence
    // of the node may cost one; most do not.
    let missed = 1 + time / AWAY_EVERY / 4;
    assert!(commits.min(reveals) + missed >= epochs, "{commits} commits and {reveals} reveals in {epochs} epochs");
    let ends = validator.board.notes().submissions;
    assert!(ends.iter().any(|sent| sent.outcome == Outcome::Finalized), "{ends:#?}");
    let is_explained = |sent: &Submission| sent.outcome != Outcome::Lost || sent.reason.is_some();
    assert!(ends.iter().all(is_explained), "{ends:#?}");
}
