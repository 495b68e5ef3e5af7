//! Against an engine that runs: `make interop` starts one and names it in `PLEXUS_ENGINE_URL`, and the folder of its model in
//! `PLEXUS_ENGINE_MODEL`.

use crate::support::{challenge, dave, load};
use futures::stream::{self, StreamExt};
use std::time::Instant;
use subnet::Solver;
use subnet_text::{verify, BackendSolver, TextAnswer, TextChallenge};

const ANSWERS: u8 = 40;
const AT_ONCE: usize = 4;

/// Answers to the subnet's own challenges; prints tokens per second.
async fn answers(solver: &BackendSolver, temperature: f32) -> Vec<(TextChallenge, TextAnswer)> {
    let started = Instant::now();
    let challenges = (0..ANSWERS).map(|seed| TextChallenge { temperature, ..challenge(seed) });
    let solve = |challenge: TextChallenge| async move {
        let answer = solver.solve(&dave(), challenge.clone()).await.unwrap();
        (challenge, answer)
    };
    let answers: Vec<_> = stream::iter(challenges).map(solve).buffered(AT_ONCE).collect().await;
    let tokens = answers.iter().map(|(_, answer)| answer.tokens.len()).sum::<usize>();
    let speed = tokens as f32 / started.elapsed().as_secs_f32();
    println!("temperature {temperature}: {tokens} tokens, {speed:.0} tokens/s with {AT_ONCE} at once");
    answers
}

#[tokio::test]
#[ignore = "needs an engine that serves a model: make interop"]
async fn answers_of_a_real_engine_verify() {
    let url = std::env::var("PLEXUS_ENGINE_URL").expect("make interop names the engine");
    let model = load(std::env::var_os("PLEXUS_ENGINE_MODEL").expect("make interop names its model").as_ref());
    let solver = BackendSolver::new(model.clone(), &[url]).unwrap();
    for temperature in [0.0, 0.7, 1.0] {
        let (mut genuine, mut own) = (0, 0);
        for (challenge, given) in answers(&solver, temperature).await {
            let verdict = verify(&model, &dave(), &challenge, &given);
            genuine += usize::from(verdict.is_genuine());
            let expected = crate::support::answer(model.clone(), &dave(), &challenge).await;
            own += usize::from(expected.tokens == given.tokens);
            if !verdict.is_genuine() {
                println!("{verdict:?}");
            }
        }
        println!("temperature {temperature}: {genuine} of {ANSWERS} verify, {own} are the model's own token for token");
        assert!(genuine * 20 >= usize::from(ANSWERS) * 19, "{genuine} of {ANSWERS} verify at {temperature}");
    }
}
