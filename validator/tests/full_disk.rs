//! A disk that is full for a while, with the real file and the kernel's own refusal.

use fixtures::{account, metagraph};
use primitives::NetUid;
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};
use sp_core::H256;
use std::process::Command;
use subnet::{Finding, Judgement, Record, RecordedAnswer, Score};
use validator::history::Limits;
use validator::scores::{Mark, Scores};
use validator_api::{Beacon, Round};

/// The kernel counts what a process may write, so the validator's part is played by a process of its own, which is not
/// ended by the signal that goes with the refusal.
#[test]
fn while_the_disk_is_full_rounds_count_for_nothing_and_afterwards_they_count_again() {
    let script = "trap '' XFSZ; exec \"$0\" --exact --ignored --nocapture a_process_whose_disk_is_full_for_a_while";
    let program = std::env::current_exe().unwrap();
    let output = Command::new("bash").args(["-c", script]).arg(program).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn round() -> Round {
    let (netuid, beacon, entropy) = (NetUid(1), Beacon { block: 1, block_hash: H256::zero() }, H256::zero());
    let (answer, judgement) = (Some("x".repeat(100_000)), Judgement::new(Score::ONE, "right"));
    let answers = vec![RecordedAnswer { miner: account(1), answer, took: 1, judgement }];
    let seed = Round::seed(entropy, netuid, beacon);
    let record = Record { subnet: "echo".into(), version: 1, seed, past: None, answers };
    Round { number: 0, netuid, beacon, at: 1, took: 1, entropy, uids: vec![1], left_out: vec![], record }
}

/// Bytes that a file of this process may have; none: as many as the system allows.
fn limit(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum }).unwrap();
}

#[test]
#[ignore = "its disk is full: the other test starts it in a process of its own"]
fn a_process_whose_disk_is_full_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { rounds: 1_000, bytes: u64::MAX };
    let scores = Scores::open(folder.path(), NetUid(1), 0.5).unwrap().keeping(limits);
    let mark = Mark { uid: 1, hotkey: account(1), finding: Finding::Worth(Score::ONE) };
    let play = || scores.record_round(std::slice::from_ref(&mark), &metagraph(2), round());
    let mut counted = 0;
    play().unwrap();
    counted += 1;
    limit(Some(scores.kept().unwrap().file_bytes + (1 << 20)));
    let error = loop {
        match play() {
            Ok(_) => counted += 1,
            Err(error) => break error,
        }
        assert!(counted < 1_000, "the disk is never full");
    };
    assert!(error.to_string().contains("check the space"), "{error}");
    // It is still full, but for what the failed round had taken.
    counted += u64::from(play().is_ok());
    limit(None);
    play().unwrap();
    counted += 1;
    let standing = scores.standings().unwrap().pop().unwrap();
    assert_eq!((standing.rounds, scores.tally().unwrap().newest), (counted, counted));
}
