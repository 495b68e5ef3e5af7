//! A round against miners of every kind, over real sockets.

use super::{play, Rounds};
use crate::ask::{Asker, Miner};
use crate::metrics::Metrics;
use crate::scores::{Mark, Scores, Standing};
use crate::testing::miners::{bind, miner, pair, rude, signed, silent, Habit};
use crate::testing::{account, metagraph};
use primitives::NetUid;
use protocol::Client;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sp_core::Pair;
use std::sync::Arc;
use std::time::Duration;
use subnet::{AnySubnet, GradeError, Judgement, Received, Score, Seed, Spec, Subnet};
use tokio::sync::watch;

/// Asks to be told a number back.
struct Echo;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Number(u64);

impl Subnet for Echo {
    type Challenge = Number;
    type Answer = Number;
    type Key = ();

    fn spec(&self) -> Spec {
        let deadline = Duration::from_secs(2);
        Spec { name: "echo".into(), version: 1, deadline, max_challenge_bytes: 1_000, max_answer_bytes: 1_000 }
    }

    fn challenge(&self, seed: Seed) -> Result<(Number, ()), GradeError> {
        Ok((Number(seed.draw().below(usize::MAX) as u64), ()))
    }

    fn score(&self, challenge: &Number, _: &(), answers: &[Received<Number>]) -> Result<Vec<Judgement>, GradeError> {
        let right = |answer: &Number| answer.0 == challenge.0;
        let judge = |good: bool| if good { Judgement::new(Score::ONE, "right") } else { Judgement::zero("wrong") };
        Ok(answers.iter().map(|received| judge(received.answer.as_ref().is_some_and(right))).collect())
    }
}

async fn scores(miners: &[Miner], at_once: usize) -> Vec<f32> {
    let asker = Asker::new(Client::new(pair("Validator")), NetUid(1));
    let subnet: Arc<dyn AnySubnet> = Arc::new(Echo);
    let marks = play(&asker, &subnet, miners, Seed([7; 32]), at_once).await.unwrap();
    assert!(marks.iter().zip(miners).all(|(mark, miner)| mark.uid == miner.uid && mark.hotkey == miner.hotkey));
    marks.into_iter().map(|mark| mark.score).collect()
}

#[tokio::test]
async fn only_a_right_answer_in_time_scores() {
    let other_challenge: Habit = |_| b"12345".to_vec();
    let garbage: Habit = |_| vec![0xff, 0x00, b'{'];
    let flood: Habit = |_| vec![b'1'; 1_000_000];
    let gone = bind().await.1;
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
async fn a_round_without_miners_marks_nobody() {
    assert!(scores(&[], 4).await.is_empty());
}

#[tokio::test]
async fn rounds_wait_for_the_first_snapshot_and_go_on_when_the_node_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let scores = Arc::new(Scores::open(folder.path(), NetUid(1), 1.0).unwrap());
    let (chain, view) = watch::channel(None);
    let rounds = Rounds {
        asker: Arc::new(Asker::new(Client::new(pair("Validator")), NetUid(1))),
        subnet: Arc::new(Echo),
        scores: scores.clone(),
        view,
        own: pair("Validator").public().into(),
        at_once: 4,
        metrics: Arc::new(Metrics::new(&daemon::metrics::registry("validator").unwrap()).unwrap()),
    };
    tokio::spawn(rounds.run(Duration::from_millis(20)));
    assert!(scores.standings().unwrap().is_empty());
    let honest = signed(0, "Honest", |body| body).await;
    let mut snapshot = metagraph(2);
    (snapshot.neurons[0].hotkey, snapshot.neurons[0].axon) = (honest.hotkey, Some(honest.axon));
    chain.send_replace(Some(Arc::new(snapshot)));
    drop(chain);
    let played = || scores.standings().unwrap().first().map_or(0, |standing| standing.rounds);
    while played() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(scores.standings().unwrap()[0].score, 1.0);
}

#[test]
fn a_miner_that_stops_serving_falls_to_zero() {
    let mut snapshot = metagraph(3);
    snapshot.neurons[2].hotkey = account(9);
    let standing = |n: u8| Standing { uid: n.into(), hotkey: account(n), score: 1.0, rounds: 1 };
    let asked = [Mark { uid: 0, hotkey: account(0), score: 1.0 }];
    let silent = super::silent(&[standing(0), standing(1), standing(2)], &asked, &snapshot);
    assert_eq!(silent.iter().map(|mark| (mark.uid, mark.score)).collect::<Vec<_>>(), [(1, 0.0)]);
}
