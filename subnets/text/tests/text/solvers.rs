use crate::support::{challenge, dave, eve, model};
use inference::{Limits, Message};
use std::time::Duration;
use subnet::{conformance, AccountId, SolveError, Solver, Upstream};
use subnet_text::{verify, CopySolver, ModelSolver, TextAnswer, TextChallenge, TextSubnet};

const PATIENCE: Duration = Duration::from_secs(60);

fn solver(running: usize, waiting: usize) -> ModelSolver {
    ModelSolver::new(model(), Limits { running, waiting, ..Limits::default() })
}

#[tokio::test]
async fn the_subnet_conforms() {
    assert_eq!(conformance::check(&TextSubnet::new(model()), &solver(1, 0)).await, Ok(()));
}

#[tokio::test]
async fn challenges_that_nobody_could_answer_are_refused() {
    let refused = |challenge: TextChallenge| async move {
        matches!(solver(1, 0).solve(&dave(), challenge).await, Err(SolveError::BadChallenge(_)))
    };
    let long = Message { role: "user".into(), content: "word ".repeat(10_000) };
    assert!(refused(TextChallenge { max_tokens: 0, ..challenge(0) }).await);
    assert!(refused(TextChallenge { max_tokens: u32::MAX, ..challenge(0) }).await);
    assert!(refused(TextChallenge { temperature: f32::INFINITY, ..challenge(0) }).await);
    assert!(refused(TextChallenge { messages: vec![], ..challenge(0) }).await);
    assert!(refused(TextChallenge { messages: vec![long], ..challenge(0) }).await);
}

#[tokio::test]
async fn more_than_the_queue_holds_is_refused() {
    let (solver, [alice, bob]) = (solver(1, 1), [1, 2].map(|n| AccountId::from([n; 32])));
    let dave = dave();
    let ask = |hotkey| solver.solve(hotkey, challenge(0));
    let (first, second, third) = tokio::join!(ask(&alice), ask(&bob), ask(&dave));
    assert!(first.is_ok() && second.is_ok());
    let answered: usize = [&first, &second].iter().map(|answer| answer.as_ref().unwrap().tokens.len()).sum();
    assert_eq!(Solver::report(&solver).tokens, answered as u64);
    assert!(matches!(third, Err(SolveError::TooMany(_))), "{third:?}");
}

#[tokio::test]
async fn whoever_stops_waiting_gives_the_turn_back() {
    let (solver, dave) = (solver(1, 0), dave());
    for _ in 0..5 {
        let mut long = Box::pin(solver.solve(&dave, TextChallenge { max_tokens: 400, ..challenge(0) }));
        assert!(poll_once(&mut long).await.is_none());
        drop(long);
    }
    tokio::time::timeout(PATIENCE, solver.solve(&dave, challenge(0))).await.unwrap().unwrap();
}

async fn poll_once<F: std::future::Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}

/// Dave, who is honest.
struct Dave(ModelSolver);

#[async_trait::async_trait]
impl Upstream for Dave {
    async fn ask(&self, challenge: Vec<u8>) -> Result<Vec<u8>, SolveError> {
        subnet::AnySolver::solve(&self.0, &dave(), &challenge).await
    }
}

#[tokio::test]
async fn a_copied_and_disguised_answer_is_consistent_but_does_not_verify() {
    let challenge = challenge(0);
    let original = solver(1, 0).solve(&dave(), challenge.clone()).await.unwrap();
    let copy = CopySolver::new(Dave(solver(1, 0)), model()).solve(&eve(), challenge.clone()).await.unwrap();
    let changed = original.tokens.iter().zip(&copy.tokens).filter(|(a, b)| a != b).count();
    assert_eq!((changed, original.tokens.len()), (1, copy.tokens.len()));
    assert_eq!(model().decode(&copy.tokens).unwrap(), copy.text);
    assert!(verify(&model(), &dave(), &challenge, &original).is_genuine());
    assert!(!verify(&model(), &eve(), &challenge, &copy).is_genuine());
}

/// Answers with whatever it is told to.
struct Parrot(&'static [u8]);

#[async_trait::async_trait]
impl Upstream for Parrot {
    async fn ask(&self, _: Vec<u8>) -> Result<Vec<u8>, SolveError> {
        Ok(self.0.to_vec())
    }
}

#[tokio::test]
async fn a_copier_survives_whatever_it_copies() {
    let empty: TextAnswer = serde_json::from_slice(EMPTY).unwrap();
    let ask = |answer| async move { CopySolver::new(Parrot(answer), model()).solve(&eve(), challenge(0)).await };
    assert_eq!(ask(EMPTY).await.unwrap(), empty);
    assert!(matches!(ask(b"\xff").await, Err(SolveError::Failed(_))));
    assert!(matches!(ask(UNKNOWN_TOKENS).await, Err(SolveError::Failed(_))));
}

const EMPTY: &[u8] = br#"{"model":"","tokens":[],"logprobs":[],"text":"","finish":"stop"}"#;
const UNKNOWN_TOKENS: &[u8] =
    br#"{"model":"","tokens":[4294967295,4294967295],"logprobs":[0,0],"text":"","finish":"stop"}"#;
