//! What several tests need.

pub mod miners;

pub use fixtures::{account, metagraph};
use primitives::NetUid;
use sp_core::H256;
use subnet::{Judgement, Record, RecordedAnswer, Score};
use validator_api::{Beacon, Round};

pub fn beacon() -> Beacon {
    Beacon { block: 1, block_hash: H256::repeat_byte(1) }
}

/// A round of subnet 1 in which `account(n)` on uid n gave the n-th of `answers`, and each was right.
pub fn round(answers: &[&str]) -> Round {
    let (netuid, entropy) = (NetUid(1), H256::repeat_byte(2));
    let seed = Round::seed(entropy, netuid, beacon());
    let answer = |(n, text): (u8, &&str)| RecordedAnswer {
        miner: account(n),
        answer: Some((*text).into()),
        took: 5,
        judgement: Judgement::new(Score::ONE, "right"),
    };
    let answers: Vec<_> = (0..).zip(answers).map(answer).collect();
    let uids = (0..answers.len() as u16).collect();
    let record = Record { subnet: "echo".into(), version: 1, seed, past: None, answers };
    Round { number: 0, netuid, beacon: beacon(), at: 1, took: 10, entropy, uids, left_out: vec![], record }
}
