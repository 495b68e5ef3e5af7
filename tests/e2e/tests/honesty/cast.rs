//! Who works for which seat.

use crate::paced::Paced;
use chain_client::Call;
use e2e::{account, eventually, hotkey_of, model, pair, Network, Running, SUBNET};
use futures::future::join_all;
use inference::{damage, DeviceChoice, Limits, Model};
use miner::config::Config;
use miner::miner::{Miner, Serving};
use primitives::{AccountId, TOKEN};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use subnet::AnySolver;
use subnet_text::adversary::{Cheat, Cheater};
use subnet_text::ModelSolver;
use tokio_util::sync::CancellationToken;

pub const JUDGES: [&str; 2] = ["//Bob", "//Charlie"];
pub const COPIER: &str = "//Dave";
/// Tokens behind each validator.
pub const STAKE: u64 = 1_000;
/// Runs `plexus-miner`, as fast as it can.
pub const QUICK: &str = "//Eve";
/// Owns the seats of all other miners.
const OWNER: &str = "//Ferdie";

/// Tokens per second of the other honest miners that stay as they are: so few that a busy machine gives them, too.
const PACES: [u32; 3] = [100, 70, 50];
/// Of the one that changes, and after how many epochs it does.
const FAST: u32 = 200;
const SLOW: u32 = 60;
pub const CHANGE: usize = 5;
/// How far the weights of the cheap model are off.
const OFF: f64 = 0.05;

const CHEATS: [(&str, Cheat); 4] = [
    ("weights 5 % off under the true id", Cheat::OtherWeights),
    ("half of an answer, padded", Cheat::Padded),
    ("another miner's answers", Cheat::Copied),
    ("one token over and over, at once", Cheat::Constant),
];

/// The miners, at work until this is dropped.
pub struct Cast {
    quick: AccountId,
    paced: Vec<AccountId>,
    changing: (AccountId, Arc<AtomicU32>),
    cheats: Vec<AccountId>,
    _process: Running,
    _served: Vec<Serving>,
}

impl Cast {
    /// Takes the seats, and returns when the chain knows where each is served.
    pub async fn start(network: &Network) -> Self {
        let (names, solvers, speed) = solvers();
        let register = |hotkey: &String| Call::Register { netuid: SUBNET, hotkey: account(hotkey), max_burn: TOKEN };
        join_all(names.iter().map(|hotkey| network.submit(OWNER, register(hotkey)))).await;
        let _process = network.miner(QUICK);
        let _served = join_all(names.iter().zip(solvers).map(|(hotkey, solver)| serve(network, hotkey, solver))).await;
        eventually("an axon of each miner", || async {
            let seats = network.metagraph().await.neurons;
            (seats.iter().filter(|seat| seat.axon.is_some()).count() > names.len()).then_some(())
        })
        .await;
        let mut hotkeys = names.iter().map(|hotkey| account(hotkey));
        let paced = hotkeys.by_ref().take(PACES.len()).collect();
        let changing = (hotkeys.next().expect("a seat for each"), speed);
        Self { quick: account(&hotkey_of(QUICK)), paced, changing, cheats: hotkeys.collect(), _process, _served }
    }

    /// Honest miners that stay as they are, with their tokens per second: without end where nothing holds them back.
    pub fn steady(&self) -> impl Iterator<Item = (f64, &AccountId)> {
        let paces = PACES.into_iter().map(f64::from);
        [(f64::INFINITY, &self.quick)].into_iter().chain(paces.zip(&self.paced))
    }

    pub fn cheats(&self) -> impl Iterator<Item = (&'static str, &AccountId)> {
        CHEATS.into_iter().map(|(name, _)| name).zip(&self.cheats)
    }

    /// What the table says of the one that changes.
    pub fn changing(&self) -> (String, &AccountId) {
        (format!("{FAST} and {SLOW}, by turns of {CHANGE} epochs"), &self.changing.0)
    }

    /// Makes the changing miner what it is in this epoch.
    pub fn turn(&self, epoch: usize) {
        let speed = if (epoch / CHANGE).is_multiple_of(2) { FAST } else { SLOW };
        self.changing.1.store(speed, Ordering::Relaxed);
    }
}

/// The hotkeys of all miners of this process with what answers for them, and the speed of the one that changes.
fn solvers() -> (Vec<String>, Vec<Arc<dyn AnySolver>>, Arc<AtomicU32>) {
    let (honest, cheap) = (load(&model()), damaged());
    let engine = Arc::new(ModelSolver::new(honest.clone(), Limits::default()));
    let changing = Arc::new(AtomicU32::new(FAST));
    let speeds = PACES.into_iter().map(|pace| Arc::new(AtomicU32::new(pace))).chain([changing.clone()]);
    let paced = speeds.map(|speed| Arc::new(Paced { model: engine.clone(), speed }) as Arc<dyn AnySolver>);
    let victim = account(&hotkey_of(QUICK));
    let cheats = CHEATS.map(|(_, cheat)| {
        let writes = if cheat == Cheat::OtherWeights { &cheap } else { &honest };
        Arc::new(Cheater::new(cheat, writes.clone(), honest.clone(), victim.clone())) as Arc<dyn AnySolver>
    });
    let solvers: Vec<_> = paced.chain(cheats).collect();
    ((0..solvers.len()).map(|seat| format!("{OWNER}//{seat}")).collect(), solvers, changing)
}

fn load(folder: &Path) -> Arc<Model> {
    Arc::new(Model::load(folder, DeviceChoice::Cpu).expect("the model can be loaded"))
}

fn damaged() -> Arc<Model> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    damage(&model(), folder.path(), OFF, 1).expect("the copy can be written");
    load(folder.path())
}

/// Serves as `plexus-miner` does, in this process.
async fn serve(network: &Network, hotkey: &str, solver: Arc<dyn AnySolver>) -> Serving {
    let listen = ([127, 0, 0, 1], 0).into();
    let config = Config { node: network.url(), netuid: SUBNET, listen, ..Config::default() };
    let miner = Miner::bind(config, pair(hotkey), None).await.expect("a free port");
    miner.start_with(solver, CancellationToken::new()).await.expect("the miner serves")
}
