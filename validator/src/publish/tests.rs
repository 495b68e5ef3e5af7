//! Weights on a chain whose blocks the test makes and undoes.

use super::*;
use crate::board::Board;
use crate::metrics::Metrics;
use crate::scores::Mark;
use crate::testing::miners::pair;
use crate::testing::{account, metagraph};
use scripted_node::metadata::{module_error, Record};
use scripted_node::{Fate, Node, ServerHandle, State, COMMIT, REVEAL};
use sp_core::Pair;
use std::net::SocketAddr;
use subnet::{Finding, Score};
use tempfile::TempDir;
use validator_api::{Outcome, Submission};

const SUBNET: NetUid = NetUid(1);

/// A validator with seat 0, whose only miner is the one on seat 1, and its node.
struct Rig {
    node: Node,
    address: SocketAddr,
    server: Option<ServerHandle>,
    publisher: Publisher,
    memory: Memory,
    folder: TempDir,
}

impl Rig {
    /// The subnet's epochs are `tempo` + 1 blocks apart.
    async fn new(fate: Fate, tempo: u16) -> Self {
        let mut snapshot = metagraph(2);
        snapshot.neurons[0].hotkey = pair("Validator").public().into();
        snapshot.subnet.hyperparams.tempo = tempo;
        let node = Node::default();
        node.change(|state| {
            (state.fate, state.events, state.metagraph) = (fate, vec![Record::succeeded(0)], Some(snapshot.clone()));
            state.mine();
        });
        let (address, server) = node.serve_anywhere().await;
        let folder = tempfile::tempdir().unwrap();
        let publisher = open(&folder, address);
        let mark = Mark { uid: 1, hotkey: account(1), finding: Finding::Worth(Score::ONE) };
        publisher.scores.record(&[mark.clone(), mark], &snapshot).unwrap();
        let memory = publisher.remember();
        Self { node, address, server: Some(server), publisher, memory, folder }
    }

    /// The same validator in a new process.
    fn restarted(self) -> Self {
        let Self { publisher, folder, address, .. } = self;
        drop(publisher);
        let publisher = open(&folder, address);
        let memory = publisher.remember();
        Self { publisher, memory, folder, ..self }
    }

    async fn look(&mut self) {
        let metagraph = self.publisher.chain.metagraph(SUBNET).await.unwrap();
        self.publisher.step(&mut self.memory, &metagraph).await.unwrap();
    }

    async fn after(&mut self, change: impl FnOnce(&mut State)) {
        self.node.change(change);
        self.look().await;
    }

    /// Newest first.
    fn submissions(&self) -> Vec<Submission> {
        self.publisher.board.notes().submissions.into()
    }

    /// Outcome and block of the newest submission.
    fn newest(&self) -> (Outcome, Option<BlockNumber>) {
        let newest = self.submissions().remove(0);
        (newest.outcome, newest.block)
    }

    fn commits(&self) -> Vec<BlockNumber> {
        self.node.state().blocks_with(COMMIT)
    }

    fn unsettled(&self) -> usize {
        self.publisher.journal.all().unwrap().len()
    }
}

fn open(folder: &TempDir, address: SocketAddr) -> Publisher {
    let pair = pair("Validator");
    let scores = Arc::new(Scores::open(folder.path(), SUBNET, 1.0).unwrap());
    Publisher {
        chain: Chain::new(&format!("ws://{address}")),
        own: pair.public().into(),
        pair,
        netuid: SUBNET,
        version: 1,
        promises: Promises::new(scores.clone(), SUBNET).unwrap(),
        journal: Journal::new(scores.clone(), SUBNET).unwrap(),
        scores,
        metrics: Arc::new(Metrics::new(&daemon::metrics::registry("validator").unwrap()).unwrap()),
        board: Arc::new(Board::default()),
    }
}

#[tokio::test]
async fn weights_are_followed_from_the_pool_to_finality() {
    let mut rig = Rig::new(Fate::Pooled, 99).await;
    rig.look().await;
    assert_eq!(rig.newest(), (Outcome::Sent, None));
    assert!(rig.submissions()[0].reason.as_ref().unwrap().contains("in no block yet"));
    assert!(rig.publisher.board.notes().held.unwrap().0.contains("up to block 31 one may take it"));
    rig.after(|state| state.mine()).await;
    assert_eq!(rig.newest(), (Outcome::Included, Some(2)));
    rig.after(|state| state.finalized = 2).await;
    assert_eq!((rig.newest(), rig.unsettled()), ((Outcome::Finalized, Some(2)), 0));
    assert_eq!(rig.submissions().len(), 1);
}

#[tokio::test]
async fn a_fork_that_undoes_the_weights_is_noticed_and_they_are_given_again_once() {
    let mut rig = Rig::new(Fate::Pooled, 99).await;
    rig.look().await;
    rig.after(|state| state.mine()).await;
    rig.after(|state| state.fork(2, vec![vec![], vec![]])).await;
    assert_eq!(rig.newest(), (Outcome::Dropped, None));
    assert!(rig.submissions()[0].reason.as_ref().unwrap().contains("a fork undid it"));
    rig.after(|state| state.mine()).await;
    assert_eq!(rig.newest(), (Outcome::Included, Some(4)));
    rig.after(|state| state.finalized = 4).await;
    assert_eq!((rig.newest(), rig.commits()), ((Outcome::Finalized, Some(4)), vec![4]));
    assert_eq!(rig.submissions().len(), 1);
}

#[tokio::test]
async fn weights_that_no_block_takes_are_explained_and_given_anew_when_none_can_take_them_any_more() {
    let mut rig = Rig::new(Fate::Forgotten, 99).await;
    rig.look().await;
    let mut blocks = 0;
    while rig.newest().0 == Outcome::Sent {
        rig.after(|state| state.mine()).await;
        blocks += 1;
    }
    assert_eq!((rig.newest(), blocks), ((Outcome::Lost, None), 31));
    assert!(rig.submissions()[0].reason.as_ref().unwrap().contains("no block up to 31"));
    assert!(rig.publisher.board.notes().errors[0].message.contains("lost"));
    rig.node.change(|state| state.fate = Fate::Pooled);
    for _ in 0..=BACK_OFF + 1 {
        rig.after(|state| state.mine()).await;
    }
    let outcomes: Vec<_> = rig.submissions().iter().map(|sent| sent.outcome).collect();
    assert_eq!((outcomes, rig.commits().len()), (vec![Outcome::Included, Outcome::Lost], 1));
}

#[tokio::test]
async fn a_node_that_comes_back_without_its_pool_is_given_the_same_weights() {
    let mut rig = Rig::new(Fate::Forgotten, 99).await;
    rig.look().await;
    let metagraph = rig.publisher.chain.metagraph(SUBNET).await.unwrap();
    let server = rig.server.take().unwrap();
    server.stop().unwrap();
    server.stopped().await;
    rig.publisher.step(&mut rig.memory, &metagraph).await.unwrap();
    assert!(rig.publisher.board.notes().held.unwrap().0.contains("in no block yet"));
    assert_eq!((rig.newest().0, rig.unsettled()), (Outcome::Sent, 1));
    rig.node.change(|state| state.fate = Fate::Pooled);
    let _server = rig.node.serve(rig.address).await;
    while rig.publisher.chain.best_block().await.is_err() {
        tokio::task::yield_now().await;
    }
    rig.look().await;
    rig.after(|state| state.mine()).await;
    assert_eq!((rig.newest(), rig.submissions().len()), ((Outcome::Included, Some(2)), 1));
}

#[tokio::test]
async fn what_was_in_a_block_when_the_validator_ended_is_settled_after_its_restart() {
    let mut rig = Rig::new(Fate::Pooled, 99).await;
    rig.look().await;
    rig.after(|state| state.mine()).await;
    let before = rig.submissions();
    let mut rig = rig.restarted();
    assert_eq!((rig.newest(), rig.submissions()[0].at), ((Outcome::Sent, None), before[0].at));
    rig.look().await;
    assert_eq!(rig.newest(), (Outcome::Included, Some(2)));
    rig.after(|state| state.finalized = 2).await;
    assert_eq!((rig.newest(), rig.unsettled(), rig.commits()), ((Outcome::Finalized, Some(2)), 0, vec![2]));
}

#[tokio::test]
async fn what_a_fork_undid_while_the_validator_was_away_is_given_again_after_its_restart() {
    let mut rig = Rig::new(Fate::Pooled, 99).await;
    rig.look().await;
    rig.after(|state| state.mine()).await;
    rig.node.change(|state| state.fork(2, vec![vec![], vec![]]));
    let mut rig = rig.restarted();
    rig.look().await;
    rig.after(|state| state.mine()).await;
    assert_eq!((rig.newest(), rig.commits(), rig.submissions().len()), ((Outcome::Included, Some(4)), vec![4], 1));
}

#[tokio::test]
async fn what_can_be_in_no_block_any_more_after_a_restart_is_explained() {
    let mut rig = Rig::new(Fate::Forgotten, 99).await;
    rig.look().await;
    rig.node.change(|state| (0..60).for_each(|_| state.mine()));
    let mut rig = rig.restarted();
    rig.look().await;
    assert_eq!((rig.newest(), rig.unsettled()), ((Outcome::Lost, None), 0));
}

#[tokio::test]
async fn weights_that_the_chain_refuses_are_explained_and_tried_again_later() {
    let mut rig = Rig::new(Fate::Included, 99).await;
    rig.node.change(|state| state.events = vec![Record::failed(0, module_error())]);
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.newest().0, Outcome::Rejected);
    assert!(rig.submissions()[0].reason.as_ref().unwrap().contains("Only the owner"));
    assert!(rig.publisher.board.notes().errors[0].message.contains("rejected"));
}

#[tokio::test]
async fn weights_are_committed_and_revealed_once_an_epoch_by_a_validator_that_restarts_at_each_block() {
    let mut rig = Rig::new(Fate::Pooled, 9).await;
    for _ in 0..60 {
        rig.after(|state| {
            state.mine();
            state.finalized = state.best() - 2;
        })
        .await;
        rig = rig.restarted();
    }
    let params = Hyperparams { tempo: 9, ..Default::default() };
    let epochs = |name| -> Vec<u64> {
        let blocks = rig.node.state().blocks_with(name);
        blocks.into_iter().map(|block| params.epoch_index(SUBNET, block)).collect()
    };
    assert_eq!(epochs(COMMIT), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(epochs(REVEAL), [1, 2, 3, 4, 5, 6]);
    assert!(rig.unsettled() <= 2, "{}", rig.unsettled());
}

#[tokio::test]
async fn a_chain_that_finalises_nothing_fills_neither_memory_nor_disk() {
    let mut rig = Rig::new(Fate::Included, 1).await;
    for _ in 0..100 {
        rig.after(|state| state.mine()).await;
    }
    assert!(rig.commits().len() > 20);
    assert!(rig.unsettled() <= 16 && rig.memory.underway.len() <= 16, "{}", rig.unsettled());
}

#[test]
fn a_row_is_kept_until_its_window_is_surely_over() {
    const LATEST: BlockNumber = 32;
    for (tempo, commit_reveal_interval) in [(9, 1), (360, 1), (360, 100), (1, 7)] {
        let params = Hyperparams { tempo, commit_reveal_interval, ..Default::default() };
        for block in 0..1_000 {
            let (_, last) = params.reveal_window(NetUid(1), block + LATEST).unwrap();
            assert!(kept_until(block, &params) > last + 200);
        }
    }
    assert_eq!(kept_until(BlockNumber::MAX, &Hyperparams::default()), BlockNumber::MAX);
}
