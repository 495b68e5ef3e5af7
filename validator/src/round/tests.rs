//! A round against miners of every kind, over real sockets.

use super::{play, Rounds};
use crate::ask::{Asker, Miner};
use crate::board::Board;
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::scores::{Mark, Scores, Standing};
use crate::testing::miners::{miner, pair, rude, signed, silent, Habit, Server};
use crate::testing::{account, beacon, metagraph};
use echo::{Echo, Grader};
use primitives::{Metagraph, NetUid};
use protocol::Client;
use sp_core::Pair;
use std::sync::Arc;
use std::time::Duration;
use subnet::{AnySubnet, Finding, Judgement, Score, Seed, Subnet};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use validator_api::{Beacon, Round};

/// What Echo thinks of each miner's answer.
async fn scores(miners: &[Miner], at_once: usize) -> Vec<f32> {
    let asker = Asker::new(Client::new(pair("Validator")), NetUid(1));
    let subnet: Arc<dyn AnySubnet> = Arc::new(Echo::default());
    let drawn = subnet.challenge(Seed([7; 32])).unwrap();
    let received = play::ask(&asker, &subnet, &drawn, miners, at_once).await;
    assert!(received.iter().zip(miners).all(|(received, miner)| received.miner == miner.hotkey));
    let judged = play::judge(&subnet, drawn, received).await.unwrap();
    judged.into_iter().map(|answer| answer.judgement.score.get()).collect()
}

/// Rounds that are being played, quickly, by a validator that holds no seat.
struct Playing {
    scores: Arc<Scores>,
    chain: watch::Sender<Option<Arc<Metagraph>>>,
    beacons: watch::Sender<Option<Beacon>>,
    pool: Arc<Pool>,
    board: Arc<Board>,
    task: JoinHandle<()>,
    _folder: TempDir,
}

impl Playing {
    fn new(subnet: impl Subnet, most: Option<usize>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scores = Arc::new(Scores::open(folder.path(), NetUid(1), 1.0).unwrap());
        let ((chain, view), (blocks, beacons)) = (watch::channel(None), watch::channel(None));
        let (pool, board) = (Arc::new(Pool::default()), Arc::new(Board::default()));
        let rounds = Rounds {
            asker: Arc::new(Asker::new(Client::new(pair("Validator")), NetUid(1))),
            subnet: Arc::new(subnet),
            scores: scores.clone(),
            view,
            beacons,
            pool: pool.clone(),
            netuid: NetUid(1),
            own: pair("Validator").public().into(),
            at_once: 4,
            most,
            metrics: Arc::new(Metrics::new(&daemon::metrics::registry("validator").unwrap()).unwrap()),
            board: board.clone(),
        };
        let task = tokio::spawn(rounds.run(Duration::from_millis(20)));
        Self { scores, chain, beacons: blocks, pool, board, task, _folder: folder }
    }

    /// From now on these miners sit on the subnet, and a block is known.
    fn seat(&self, miners: &[Miner]) {
        let mut snapshot = metagraph(miners.len() as u8);
        for (seat, miner) in snapshot.neurons.iter_mut().zip(miners) {
            (seat.hotkey, seat.axon) = (miner.hotkey.clone(), Some(miner.axon));
        }
        self.chain.send_replace(Some(Arc::new(snapshot)));
        self.beacons.send_replace(Some(beacon()));
    }

    fn standings(&self) -> Vec<Standing> {
        self.scores.standings().unwrap()
    }

    async fn until<T>(&self, look: impl Fn(&Self) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn newest_round(&self) -> Round {
        self.until(|playing| playing.scores.newest_round().unwrap()).await
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn only_a_right_answer_in_time_scores() {
    let other_challenge: Habit = |_| b"12345".to_vec();
    let garbage: Habit = |_| vec![0xff, 0x00, b'{'];
    let flood: Habit = |_| vec![b'1'; 1_000_000];
    let gone = Server::gone().await.address;
    let somebody_else = signed(6, "Somebody", |body| body).await.axon.socket_addr();
    let miners = [
        signed(0, "Honest", |body| body).await,
        silent(1, "Silent").await,
        signed(2, "Garbage", garbage).await,
        rude(3, "Rude").await,
        signed(4, "Confused", other_challenge).await,
        signed(5, "Flood", flood).await,
        miner(6, "Impostor", somebody_else),
        miner(7, "Gone", gone),
        signed(8, "Other", |body| body).await,
    ];
    assert_eq!(scores(&miners, 16).await, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[tokio::test]
async fn a_silent_miner_delays_the_others_but_takes_nothing_from_them() {
    let miners = [silent(0, "Silent").await, signed(1, "Honest", |body| body).await];
    assert_eq!(scores(&miners, 1).await, [0.0, 1.0]);
}

#[tokio::test]
async fn rounds_wait_for_the_first_snapshot_and_block_and_go_on_when_the_node_is_gone() {
    let mut playing = Playing::new(Echo::default(), None);
    let honest = signed(0, "Honest", |body| body).await;
    assert!(playing.standings().is_empty());
    playing.seat(&[honest]);
    (playing.chain, playing.beacons) = (watch::channel(None).0, watch::channel(None).0);
    let first = playing.until(|playing| playing.standings().pop().filter(|standing| standing.rounds >= 3)).await;
    assert_eq!(first.score, 1.0);
}

#[tokio::test]
async fn a_round_is_kept_with_all_that_its_judgements_follow_from() {
    let playing = Playing::new(Echo::default(), None);
    playing.seat(&[signed(0, "Honest", |body| body).await, signed(1, "Confused", |_| b"12345".to_vec()).await]);
    let round = playing.newest_round().await;
    assert!(round.is_drawn_from_its_block());
    assert_eq!((round.uids.as_slice(), round.beacon), ([0, 1].as_slice(), beacon()));
    let judged: Vec<_> = round.record.answers.iter().map(|answer| answer.judgement.clone()).collect();
    assert_eq!(judged, [Judgement::new(Score::ONE, "right"), Judgement::zero("wrong")]);
    assert_eq!(round.record.replay(&Echo::default()).unwrap(), judged);
}

#[tokio::test]
async fn a_round_that_the_grader_cannot_judge_counts_for_nobody() {
    let playing = Playing::new(Echo { grader: Grader::Broken, ..Echo::default() }, None);
    let mut snapshot = metagraph(1);
    snapshot.neurons[0].hotkey = pair("Honest").public().into();
    let mark = Mark { uid: 0, hotkey: pair("Honest").public().into(), finding: Finding::Worth(Score::ONE) };
    playing.scores.record(&[mark], &snapshot).unwrap();
    playing.seat(&[signed(0, "Honest", |body| body).await]);
    let trouble = playing.until(|playing| playing.board.notes().errors.pop_front()).await;
    assert!(trouble.message.contains("graphics card"), "{trouble:?}");
    assert_eq!(playing.scores.newest_round().unwrap(), None);
    assert_eq!(playing.standings().iter().map(|one| (one.score, one.rounds)).collect::<Vec<_>>(), [(1.0, 1)]);
}

#[tokio::test]
async fn questions_of_apps_are_asked_again_once() {
    let playing = Playing::new(Echo::default(), None);
    for (client, question) in [([192, 0, 2, 1], "4711"), ([192, 0, 2, 2], "this is no challenge")] {
        playing.pool.put(std::net::IpAddr::from(client).into(), question.into());
    }
    playing.seat(&[signed(0, "Honest", |body| body).await]);
    playing.until(|playing| playing.pool.is_empty().then_some(())).await;
    let played = playing.scores.tally().unwrap().newest;
    playing.until(|playing| (playing.scores.tally().unwrap().newest > played + 1).then_some(())).await;
    let newest = playing.newest_round().await.number;
    let rounds = (1..=newest).filter_map(|number| playing.scores.round(number).unwrap());
    let repeating: Vec<_> = rounds.filter(|round| round.record.past.is_some()).collect();
    let [round] = repeating.as_slice() else { panic!("{} rounds repeat a question", repeating.len()) };
    assert_eq!(round.record.past.as_deref(), Some("4711"));
    assert_eq!(round.record.answers[0].answer.as_deref(), Some("4711"));
    assert_eq!(round.record.replay(&Echo::default()).unwrap()[0].score, Score::ONE);
}

#[tokio::test]
async fn where_a_round_cannot_judge_everybody_all_have_their_turn() {
    let playing = Playing::new(Echo::default(), Some(2));
    let mut miners = Vec::new();
    for uid in 0..5 {
        miners.push(signed(uid, &format!("Miner{uid}"), |body| body).await);
    }
    playing.seat(&miners);
    playing.until(|playing| (playing.standings().len() == 5).then_some(())).await;
    let newest = playing.newest_round().await;
    assert!(newest.uids.len() == 2 && newest.number >= 3);
}

#[tokio::test]
async fn whoever_makes_the_grader_fail_keeps_nobody_else_from_being_judged() {
    let playing = Playing::new(Echo { grader: Grader::Brittle(4711), ..Echo::default() }, Some(1));
    let breaker = signed(1, "Breaker", |_| b"4711".to_vec()).await;
    let honest = [signed(0, "Honest", |body| body).await, signed(2, "Other", |body| body).await];
    playing.seat(&[honest[0].clone(), breaker, honest[1].clone()]);
    let often = |playing: &Playing| {
        let standings = playing.standings();
        (standings.len() == 2 && standings.iter().all(|one| one.rounds >= 4)).then_some(standings)
    };
    let standings = playing.until(often).await;
    assert_eq!(standings.iter().map(|one| (one.uid, one.score)).collect::<Vec<_>>(), [(0, 1.0), (2, 1.0)]);
    assert!(playing.board.notes().errors.iter().any(|trouble| trouble.message.contains("stumbled")));
}

#[tokio::test]
async fn a_miner_that_stops_serving_falls_to_zero() {
    let playing = Playing::new(Echo::default(), None);
    let miners = [signed(0, "Honest", |body| body).await, signed(1, "Leaves", |body| body).await];
    playing.seat(&miners);
    playing.until(|playing| (playing.standings().len() == 2).then_some(())).await;
    playing.chain.send_modify(|snapshot| {
        let mut left = Metagraph::clone(snapshot.as_ref().unwrap());
        left.neurons[1].axon = None;
        *snapshot = Some(Arc::new(left));
    });
    let leaver = |playing: &Playing| playing.standings().pop().filter(|standing| standing.score == 0.0);
    assert_eq!(playing.until(leaver).await.uid, 1);
    assert_eq!(playing.standings()[0].score, 1.0);
}

#[test]
fn a_seat_without_an_answer_is_marked_zero() {
    let seat = |n: u8| super::Seat { uid: n.into(), hotkey: account(n), axon: None };
    let marks = super::marks(&[seat(1)], &[]);
    assert_eq!((marks[0].uid, marks[0].finding), (1, Finding::Absent));
}

#[test]
fn a_pause_lasts_any_time_and_what_is_left_of_the_period_on_average() {
    for (took, rest) in [(0, 12.0), (4, 8.0), (60, 1.5)] {
        let pause = || super::pause(Duration::from_secs(12), Duration::from_secs(took)).as_secs_f64();
        let pauses: Vec<f64> = (0..4_000).map(|_| pause() / rest).collect();
        assert!(pauses.iter().all(|pause| (0.0..=2.0).contains(pause)));
        assert!(pauses.iter().any(|pause| *pause < 0.05) && pauses.iter().any(|pause| *pause > 1.95));
        let mean = pauses.iter().sum::<f64>() / pauses.len() as f64;
        assert!((mean - 1.0).abs() < 0.06, "{mean}");
    }
}
