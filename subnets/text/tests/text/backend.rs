//! Answers by other engines, checked as validators check them.

use crate::engines::{Fake, Kind};
use crate::support::{answer, challenge, dave, model};
use inference::Message;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use subnet::{AccountId, SolveError, Solver};
use subnet_text::{verify, BackendSolver, TextChallenge};

fn solver(urls: &[&String]) -> BackendSolver {
    BackendSolver::new(model(), &urls.iter().map(|url| url.to_string()).collect::<Vec<_>>()).unwrap()
}

fn short(seed: u8, temperature: f32) -> TextChallenge {
    let messages = vec![Message { role: "user".into(), content: "Tell me about the sea and old friends.".into() }];
    TextChallenge { messages, max_tokens: 24, temperature, ..challenge(seed) }
}

async fn answers_as_the_model_does(kind: Kind, most: usize) {
    let (url, _fake) = Fake::start(kind, most).await;
    let solver = solver(&[&url]);
    for (seed, temperature) in [(0, 1.0), (1, 0.0), (2, 0.6), (3, 1.5)] {
        let challenge = short(seed, temperature);
        let (expected, given) =
            (answer(model(), &dave(), &challenge).await, solver.solve(&dave(), challenge.clone()).await.unwrap());
        assert_eq!((given.tokens.clone(), given.finish), (expected.tokens, expected.finish), "at {temperature}");
        let verdict = verify(&model(), &dave(), &challenge, &given);
        assert!(verdict.is_genuine(), "at {temperature}: {verdict:?}");
    }
}

#[tokio::test]
async fn the_server_of_llama_cpp_answers_as_the_model_does() {
    answers_as_the_model_does(Kind::LlamaCpp, 1_000).await;
}

#[tokio::test]
async fn vllm_which_tells_twenty_tokens_answers_as_the_model_does() {
    answers_as_the_model_does(Kind::Vllm, 20).await;
}

#[tokio::test]
async fn sglang_answers_as_the_model_does() {
    answers_as_the_model_does(Kind::Sglang, 20).await;
}

#[tokio::test]
async fn an_engine_that_tells_five_tokens_answers_as_the_model_does() {
    answers_as_the_model_does(Kind::Vllm, 5).await;
}

#[tokio::test]
async fn an_engine_that_hides_parts_of_characters_answers_as_the_model_does() {
    answers_as_the_model_does(Kind::LlamaCppHiding, 1_000).await;
}

#[tokio::test]
async fn greedy_answers_take_few_calls() {
    let (url, fake) = Fake::start(Kind::LlamaCpp, 1_000).await;
    let answer = solver(&[&url]).solve(&dave(), short(1, 0.0)).await.unwrap();
    let calls = fake.calls.load(Ordering::Relaxed);
    assert!(calls * 4 <= answer.tokens.len(), "{calls} calls for {} tokens", answer.tokens.len());
}

#[tokio::test]
async fn an_engine_that_fails_midway_is_left_for_another_and_comes_back() {
    let [(first, broken), (second, _)] = [Fake::start(Kind::Vllm, 20).await, Fake::start(Kind::Vllm, 20).await];
    broken.breaks_after.store(2, Ordering::Relaxed);
    let solver = solver(&[&first, &second]);
    let challenge = short(0, 1.0);
    let given = solver.solve(&dave(), challenge.clone()).await.unwrap();
    assert!(broken.broken.load(Ordering::Relaxed), "the first engine was asked first");
    assert!(verify(&model(), &dave(), &challenge, &given).is_genuine());
    assert_eq!(up(&solver), [false, true]);
    broken.breaks_after.store(usize::MAX, Ordering::Relaxed);
    broken.broken.store(false, Ordering::Relaxed);
    let started = Instant::now();
    while up(&solver) != [true, true] {
        assert!(started.elapsed() < Duration::from_secs(60), "the engine does not come back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn up(solver: &BackendSolver) -> Vec<bool> {
    Solver::report(solver).engines.iter().map(|engine| engine.up).collect()
}

#[tokio::test]
async fn the_only_engine_is_tried_again_after_a_mishap() {
    let (url, fake) = Fake::start(Kind::Sglang, 20).await;
    fake.fails_once_after.store(2, Ordering::Relaxed);
    let challenge = short(0, 1.0);
    let given = solver(&[&url]).solve(&dave(), challenge.clone()).await.unwrap();
    assert!(fake.calls.load(Ordering::Relaxed) > 2);
    assert!(verify(&model(), &dave(), &challenge, &given).is_genuine());
}

#[tokio::test]
async fn challenges_are_spread_over_the_engines() {
    let [(first, one), (second, other)] = [Fake::start(Kind::Sglang, 20).await, Fake::start(Kind::Sglang, 20).await];
    let (solver, miners) = (solver(&[&first, &second]), [1, 2, 3, 4].map(|n| AccountId::from([n; 32])));
    let all = miners.iter().map(|miner| solver.solve(miner, short(0, 1.0)));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    assert!(one.calls.load(Ordering::Relaxed) > 0 && other.calls.load(Ordering::Relaxed) > 0);
    let report = Solver::report(&solver);
    assert!(report.tokens > 0 && report.engines.iter().all(|engine| engine.answering == 0), "{report:?}");
}

/// A port on which nothing listens.
const NOBODY: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn where_no_engine_works_callers_are_not_told_where_the_engines_are() {
    let (url, fake) = Fake::start(Kind::Vllm, 20).await;
    fake.broken.store(true, Ordering::Relaxed);
    let Err(SolveError::Failed(sentence)) = solver(&[&url, &NOBODY.into()]).solve(&dave(), short(0, 1.0)).await else {
        panic!("an answer from nowhere");
    };
    assert_eq!(sentence, "The miner's engine failed; ask another miner.");
}

#[tokio::test]
async fn an_engine_that_tells_no_tokens_is_not_used() {
    let (url, _fake) = Fake::start(Kind::OpenAi, 20).await;
    assert!(matches!(solver(&[&url]).solve(&dave(), short(0, 1.0)).await, Err(SolveError::Failed(_))));
}

#[tokio::test]
async fn an_engine_that_refuses_everybody_is_left_for_another() {
    let [(first, closed), (second, _)] = [Fake::start(Kind::Vllm, 20).await, Fake::start(Kind::Vllm, 20).await];
    closed.refuses.store(401, Ordering::Relaxed);
    assert!(solver(&[&first, &second]).solve(&dave(), short(0, 1.0)).await.is_ok());
    assert!(closed.top.load(Ordering::Relaxed) > 0, "the first engine was asked first");
}

#[tokio::test]
async fn a_refused_request_does_not_make_others_ask_for_less() {
    let (url, fake) = Fake::start(Kind::Vllm, 1_000).await;
    let solver = solver(&[&url]);
    fake.refuses.store(400, Ordering::Relaxed);
    assert!(solver.solve(&dave(), short(0, 1.0)).await.is_err());
    fake.refuses.store(0, Ordering::Relaxed);
    assert!(solver.solve(&dave(), short(0, 1.0)).await.is_ok());
    assert_eq!(fake.top.load(Ordering::Relaxed), 100);
}
