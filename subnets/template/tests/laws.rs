//! What the subnet promises: the laws of every subnet, that better work earns more, and that cheats earn nothing.

use std::time::Duration;
use subnet::{conformance, AccountId, Judgement, Received, Score, Seed, Solver, Subnet};
use subnet_template::{Answer, Challenge, TemplateSolver, TemplateSubnet};

fn challenge() -> Challenge {
    TemplateSubnet.challenge(Seed([7; 32])).unwrap().0
}

fn miner(n: u8) -> AccountId {
    [n; 32].into()
}

async fn honest(miner: &AccountId) -> Answer {
    TemplateSolver.solve(miner, challenge()).await.unwrap()
}

fn judged(miner: AccountId, answer: Answer) -> Judgement {
    let received = Received { miner, answer: Some(answer), took: Duration::from_millis(5) };
    TemplateSubnet.score(&challenge(), &(), &[received]).unwrap().remove(0)
}

/// Doubles from the highest bit on, and adds 1 where a bit is set: right, and what everybody can do.
fn double_and_add(target: u64) -> Answer {
    let mut chain = vec![1];
    for place in (0..target.ilog2()).rev() {
        let prefix = target >> place;
        chain.push(prefix & !1);
        chain.extend((prefix & 1 == 1).then_some(prefix));
    }
    Answer { chain }
}

#[tokio::test]
async fn the_subnet_obeys_the_laws() {
    assert_eq!(conformance::check(&TemplateSubnet, &TemplateSolver).await, Ok(()));
}

#[tokio::test]
async fn a_shorter_chain_earns_more() {
    let dave = miner(1);
    let plain = judged(dave.clone(), double_and_add(challenge().target(&dave)));
    let better = judged(dave.clone(), honest(&dave).await);
    assert!(plain.score > Score::ZERO && better.score > plain.score, "{plain:?} {better:?}");
}

#[tokio::test]
async fn a_copied_chain_earns_nothing() {
    let copied = judged(miner(2), honest(&miner(1)).await);
    assert_eq!(copied.score, Score::ZERO);
    assert!(copied.reason.contains("this miner's number"), "{}", copied.reason);
}

#[tokio::test]
async fn a_chain_with_a_gap_earns_nothing() {
    let dave = miner(1);
    let gap = judged(dave.clone(), Answer { chain: vec![1, challenge().target(&dave)] });
    assert_eq!(gap.score, Score::ZERO);
}
