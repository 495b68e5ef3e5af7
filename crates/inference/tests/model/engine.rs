//! Many answers at once are the answers that each gets alone.

use std::sync::Arc;
use std::time::Duration;

use inference::{Engine, Event, Finish, Generation, InferenceError, Limits, Message, Request, Sampling, SubmitError};

use crate::common::{generate, sampling, shipped};

fn engine(limits: Limits) -> Engine {
    Engine::start(Arc::new(shipped()), limits)
}

/// Keeps keys and values of this many tokens, a multiple of those in a block.
fn engine_with_room_for(tokens: usize, limits: Limits) -> Engine {
    let model = Arc::new(shipped());
    let cache_bytes = Some(tokens as u64 * model.size().bytes_per_token);
    let engine = Engine::start(model, Limits { cache_bytes, ..limits });
    assert_eq!(engine.cache_tokens(), tokens);
    engine
}

fn ends(engine: &Engine) -> impl Iterator<Item = u32> + '_ {
    (0..engine.model().vocab_size() as u32).filter(|token| engine.model().is_end(*token))
}

fn prompt(engine: &Engine, number: usize) -> Vec<u32> {
    let content = format!("Tell me about {}", "the king and his crown ".repeat(number % 7 + 1));
    engine.model().encode_chat(&[Message { role: "user".into(), content }]).unwrap()
}

fn alone(engine: &Engine, number: usize, sampling: &Sampling) -> Generation {
    generate(engine.model(), &prompt(engine, number), sampling)
}

fn assert_same(together: &Generation, alone: &Generation, number: usize) {
    assert_eq!(together.tokens, alone.tokens, "answer {number}");
    assert_eq!((&together.text, together.finish), (&alone.text, alone.finish));
    let furthest = together.logprobs.iter().zip(&alone.logprobs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(furthest < 1e-3, "answer {number}: {furthest}");
}

#[tokio::test]
async fn answers_that_share_passes_are_those_that_each_gets_alone() {
    // Prompts longer than a pass, and more requests than run at once.
    let engine = engine(Limits { running: 5, waiting: 40, tokens_per_pass: 16, cache_bytes: None });
    let wanted = (0..24).map(|number| (number, sampling(number as u8, 5 + number * 3))).collect::<Vec<_>>();
    let submit =
        |(number, sampling): &(usize, Sampling)| engine.submit(prompt(&engine, *number), sampling.clone()).unwrap();
    let answers = wanted.iter().map(submit).collect::<Vec<_>>();
    for ((number, sampling), answer) in wanted.iter().zip(answers) {
        assert_same(&answer.whole().await.unwrap(), &alone(&engine, *number, sampling), *number);
    }
}

#[tokio::test]
async fn answers_that_had_to_give_up_their_memory_are_those_that_each_gets_alone() {
    // Five blocks: three answers that grow beyond one need more.
    let engine = engine_with_room_for(160, Limits { running: 8, waiting: 40, tokens_per_pass: 64, cache_bytes: None });
    let wanted = (0..24).map(|number| (number % 2, sampling(number as u8, 100))).collect::<Vec<_>>();
    let submit =
        |(number, sampling): &(usize, Sampling)| engine.submit(prompt(&engine, *number), sampling.clone()).unwrap();
    let answers = wanted.iter().map(submit).collect::<Vec<_>>();
    for ((number, sampling), answer) in wanted.iter().zip(answers) {
        assert_same(&answer.whole().await.unwrap(), &alone(&engine, *number, sampling), *number);
    }
    assert!(engine.load().preemptions > 0);
}

#[tokio::test]
async fn a_prompt_that_begins_like_an_earlier_one_is_read_from_there_on() {
    let engine = engine(Limits::default());
    let long = engine.model().encode(&"The king speaks of winter and of war. ".repeat(12)).unwrap();
    let longer = [long.clone(), engine.model().encode("Who goes there?").unwrap()].concat();
    let mut known = Vec::new();
    for prompt in [&long, &long, &longer, &longer[1..].to_vec()] {
        let mut answer = engine.submit(prompt.clone(), sampling(1, 20)).unwrap();
        assert!(matches!(answer.next().await, Some(Event::Token { .. })));
        known.push(answer.cached_tokens());
        drop(answer);
        let whole = engine.submit(prompt.clone(), sampling(2, 20)).unwrap().whole().await.unwrap();
        let expected = generate(engine.model(), prompt, &sampling(2, 20));
        assert_same(&whole, &expected, prompt.len());
    }
    let blocks = |tokens: usize| tokens / 32 * 32;
    assert_eq!(known, [0, blocks(long.len() - 1), blocks(long.len()), 0]);
}

#[tokio::test]
async fn tokens_come_one_by_one_and_end_with_the_reason() {
    let engine = engine(Limits::default());
    let expected = alone(&engine, 1, &sampling(4, 12));
    let mut answer = engine.submit(prompt(&engine, 1), sampling(4, 12)).unwrap();
    let mut tokens = Vec::new();
    let finish = loop {
        match answer.next().await.expect("an answer ends with an event") {
            Event::Token { choice, .. } => tokens.push(choice.token),
            Event::Done(finish) => break finish,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((tokens, finish), (expected.tokens, expected.finish));
    assert!(answer.next().await.is_none());
}

#[tokio::test]
async fn whoever_leaves_gives_up_the_place_at_once() {
    let engine = engine(Limits { running: 1, waiting: 4, ..Limits::default() });
    let long = Sampling { temperature: 0.0, max_tokens: 400, noise: [0; 32] };
    let mut first = engine.submit(prompt(&engine, 0), long.clone()).unwrap();
    assert!(matches!(first.next().await, Some(Event::Token { .. })));
    let never_read = engine.submit(prompt(&engine, 1), long).unwrap();
    let next = engine.submit(prompt(&engine, 2), sampling(2, 3)).unwrap();
    drop((first, never_read));
    assert_same(&next.whole().await.unwrap(), &alone(&engine, 2, &sampling(2, 3)), 2);
}

#[tokio::test]
async fn what_does_not_fit_waits_for_room_and_what_never_fits_is_refused() {
    let engine = engine_with_room_for(64, Limits::default());
    let short = engine.model().encode("Hello").unwrap();
    let answers = (0..8).map(|noise| engine.submit(short.clone(), sampling(noise, 40)).unwrap()).collect::<Vec<_>>();
    for answer in answers {
        answer.whole().await.unwrap();
    }
    let refused = engine.submit(short, sampling(0, 80)).err().expect("80 tokens never fit");
    assert!(matches!(refused, SubmitError::TooLarge { most: 64, .. }), "{refused}");
}

#[tokio::test]
async fn an_answer_without_a_stated_limit_is_as_long_as_there_is_room() {
    let engine = engine_with_room_for(64, Limits::default());
    let unlimited = |tokens: usize| {
        let mut request = Request::new(vec![5; tokens], sampling(1, usize::MAX));
        request.shaping.logit_bias = ends(&engine).map(|token| (token, -100.0)).collect();
        engine.ask(request)
    };
    for tokens in [10, 63] {
        let answer = unlimited(tokens).unwrap().whole().await.unwrap();
        assert_eq!((answer.tokens.len(), answer.finish), (64 - tokens, Finish::Length));
    }
    assert!(matches!(unlimited(64), Err(SubmitError::TooLarge { tokens: 65, most: 64 })));
}

#[tokio::test]
async fn a_full_queue_and_a_bad_request_are_refused_by_name() {
    let engine = engine(Limits { running: 1, waiting: 2, ..Limits::default() });
    let long = Sampling { temperature: 0.0, max_tokens: 400, noise: [0; 32] };
    let submit = || engine.submit(prompt(&engine, 0), long.clone());
    let kept = [(); 3].map(|()| submit().unwrap());
    assert!(matches!(submit(), Err(SubmitError::Full { places: 3 })));
    drop(kept);
    assert!(submit().is_ok());
    let empty = engine.submit(Vec::new(), long.clone()).err().unwrap();
    assert!(matches!(empty, SubmitError::Invalid(InferenceError::EmptyPrompt)), "{empty}");
}

#[tokio::test]
async fn an_engine_that_is_dropped_finishes_what_it_has_begun_and_takes_no_more() {
    let engine = engine(Limits::default());
    let expected = alone(&engine, 3, &sampling(9, 20));
    let answer = engine.submit(prompt(&engine, 3), sampling(9, 20)).unwrap();
    tokio::task::spawn_blocking(move || drop(engine)).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(60), answer.whole()).await.unwrap().unwrap();
    assert_eq!(answer.tokens, expected.tokens);
    assert!(matches!(answer.finish, Finish::Stop | Finish::Length));
}
