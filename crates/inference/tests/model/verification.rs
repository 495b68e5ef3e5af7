//! Honest answers verify, and every cheat is found out, with the shipped model.

use std::sync::Arc;

use crate::common::{chat, generate, load, sampling, shipped, shipped_folder};
use inference::{damage, Engine, Evidence, Finish, InferenceError, Limits, Model, Request, Sampling, COMMITTED_TOKENS};

/// Such as the text subnet asks: what the model knows by heart it says in the same words to everybody.
const PROMPTS: [&str; 4] = [
    "Tell me about the sea and the wind.",
    "Begin a story about a ship and a storm.",
    "Argue against war and gold.",
    "What would a king say about a crown and justice.",
];
/// Share of tokens that an honest answer matches at least.
const HONEST: f32 = 0.98;

struct Answered {
    prompt: Vec<u32>,
    sampling: Sampling,
    tokens: Vec<u32>,
}

/// Answers of `miner`, each with its own noise.
fn answers(miner: &Model) -> Vec<Answered> {
    let all = PROMPTS.iter().zip(1..).map(|(text, noise)| {
        let (prompt, sampling) = (chat(miner, text), sampling(noise, 96));
        Answered { tokens: generate(miner, &prompt, &sampling).tokens, prompt, sampling }
    });
    all.collect()
}

fn match_rate(evidence: &[Evidence]) -> f32 {
    let (matched, tokens) = evidence.iter().fold((0, 0), |sum, one| (sum.0 + one.matched, sum.1 + one.tokens));
    matched as f32 / tokens as f32
}

fn verify_all(model: &Model, answers: &[Answered]) -> Vec<Evidence> {
    answers.iter().map(|one| model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap()).collect()
}

#[test]
fn honest_answers_match_at_several_temperatures() {
    let model = shipped();
    for temperature in [0.0, 0.7, 1.0, 1.5] {
        for text in PROMPTS {
            let (prompt, sampling) = (chat(&model, text), Sampling { temperature, ..sampling(9, 64) });
            let answer = generate(&model, &prompt, &sampling);
            let evidence = model.verify(&prompt, &answer.tokens, &sampling).unwrap();
            assert!(match_rate(std::slice::from_ref(&evidence)) >= HONEST, "{temperature} {text}: {evidence:?}");
            assert!(evidence.complete && evidence.finish == answer.finish, "{temperature} {text}: {evidence:?}");
            let reported = evidence.logprobs.iter().zip(&answer.logprobs).map(|(a, b)| (a - b).abs());
            assert!(reported.fold(0.0, f32::max) < 1e-3, "{temperature} {text}");
        }
    }
}

#[test]
fn an_answer_drawn_with_other_noise_fails() {
    let model = shipped();
    let mut copied = answers(&model);
    copied.iter_mut().for_each(|one| one.sampling.noise = [99; 32]);
    let evidence = verify_all(&model, &copied);
    assert!(match_rate(&evidence) < 0.6, "{evidence:?}");
    assert!(evidence.iter().all(|one| one.mean_margin > 0.1), "{evidence:?}");
}

#[test]
fn damaged_weights_fail() {
    let folder = tempfile::tempdir().unwrap();
    damage(&shipped_folder(), folder.path(), 0.05, 1).unwrap();
    let (honest, damaged) = (shipped(), load(folder.path()).unwrap());
    assert_ne!(honest.id(), damaged.id());
    let evidence = verify_all(&honest, &answers(&damaged));
    assert!(match_rate(&evidence) < HONEST, "{}", match_rate(&evidence));
    let honest_evidence = verify_all(&honest, &answers(&honest));
    let mean_margin = |all: &[Evidence]| all.iter().map(|one| one.mean_margin).sum::<f32>() / all.len() as f32;
    assert!(mean_margin(&evidence) > 100.0 * mean_margin(&honest_evidence));
}

#[test]
fn damage_is_reproducible_and_never_overwrites_the_original() {
    let folders = [(0.05, 1), (0.05, 1), (0.05, 2)].map(|(noise, seed)| {
        let folder = tempfile::tempdir().unwrap();
        damage(&shipped_folder(), folder.path(), noise, seed).unwrap();
        folder
    });
    let ids = folders.each_ref().map(|folder| load(folder.path()).unwrap().id().to_string());
    assert!(ids[0] == ids[1] && ids[1] != ids[2]);
    assert!(damage(&shipped_folder(), &shipped_folder(), 0.05, 1).is_err());
    assert!(damage(&shipped_folder(), folders[0].path(), f64::NAN, 1).is_err());
}

#[test]
fn a_truncated_answer_is_not_complete() {
    let model = shipped();
    for mut one in answers(&model) {
        let end = model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap();
        assert!(end.complete);
        one.tokens.truncate(one.tokens.len() / 2);
        let cut = model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap();
        assert!(!cut.complete && cut.finish == Finish::Length, "{cut:?}");
    }
}

#[test]
fn an_end_token_put_on_a_truncated_answer_does_not_complete_it() {
    let model = shipped();
    let stopped = answers(&model)
        .into_iter()
        .find(|one| model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap().finish == Finish::Stop);
    let mut one = stopped.expect("one of the answers stops by itself");
    let end = *one.tokens.last().unwrap();
    one.tokens.truncate(one.tokens.len() / 2);
    one.tokens.push(end);
    let evidence = model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap();
    assert!(!evidence.complete && evidence.finish == Finish::Length, "{evidence:?}");
}

#[test]
fn an_answer_that_goes_on_where_the_model_ends_is_not_complete() {
    let model = shipped();
    let mut stopped = 0;
    for mut one in answers(&model) {
        let evidence = model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap();
        if evidence.finish == Finish::Stop {
            stopped += 1;
            *one.tokens.last_mut().unwrap() = 40;
            one.sampling.max_tokens = one.tokens.len();
            let evidence = model.verify(&one.prompt, &one.tokens, &one.sampling).unwrap();
            assert!(!evidence.complete && evidence.finish == Finish::Stop, "{evidence:?}");
        }
    }
    assert!(stopped > 0, "no answer ends by itself");
}

#[test]
fn random_tokens_fail() {
    let model = shipped();
    let mut random = answers(&model);
    for one in &mut random {
        one.tokens = (0..64u32).map(|index| 3 + index * 7919 % 1000).collect();
    }
    let evidence = verify_all(&model, &random);
    assert!(match_rate(&evidence) < 0.1, "{evidence:?}");
    assert!(evidence.iter().all(|one| one.mean_logprob < -6.0), "{evidence:?}");
}

#[test]
fn constant_tokens_fail() {
    let model = shipped();
    let evidence = model.verify(&chat(&model, PROMPTS[0]), &[40; 64], &sampling(1, 64)).unwrap();
    assert!(evidence.matched < 8, "{evidence:?}");
}

#[test]
fn one_edited_token_costs_its_match() {
    let model = shipped();
    for mut one in answers(&model) {
        let at = one.tokens.len() / 2;
        one.tokens[at] = if one.tokens[at] == 40 { 41 } else { 40 };
        match model.verify(&one.prompt, &one.tokens, &one.sampling) {
            Ok(evidence) => assert!(evidence.matched < evidence.tokens && evidence.mean_margin > 0.0, "{evidence:?}"),
            Err(error) => assert!(matches!(error, InferenceError::InvalidAnswer(_)), "{error}"),
        }
    }
}

#[test]
fn an_answer_to_another_prompt_fails() {
    let model = shipped();
    let mut swapped = answers(&model);
    let first = swapped[0].prompt.clone();
    swapped.iter_mut().skip(1).for_each(|one| one.prompt = first.clone());
    assert!(match_rate(&verify_all(&model, &swapped[1..])) < 0.9);
}

/// The furthest commitment of answers by `miner`, many at once, from what `validator` finds behind the same tokens.
async fn furthest(miner: Model, validator: &Model) -> f32 {
    let engine = Engine::start(Arc::new(miner), Limits { tokens_per_pass: 16, running: 4, ..Limits::default() });
    let asked = (0..6).map(|noise| (chat(validator, "What news of the king?"), sampling(noise, 70)));
    let asked = asked.collect::<Vec<_>>();
    let ask = |(prompt, sampling): &(Vec<u32>, Sampling)| {
        engine.ask(Request { commits: true, ..Request::new(prompt.clone(), sampling.clone()) }).unwrap()
    };
    let answers = asked.iter().map(ask).collect::<Vec<_>>();
    let mut furthest = 0f32;
    for ((prompt, sampling), answering) in asked.iter().zip(answers) {
        let answer = answering.whole().await.unwrap();
        let own = validator.verify(prompt, &answer.tokens, sampling).unwrap().commitments;
        assert_eq!((answer.commitments.len(), own.len()), (own.len(), answer.tokens.len().div_ceil(COMMITTED_TOKENS)));
        let distances = answer.commitments.iter().zip(&own).map(|(claimed, own)| claimed.distance(own));
        furthest = distances.fold(furthest, f32::max);
    }
    furthest
}

#[tokio::test]
async fn commitments_tell_the_states_that_a_recheck_finds() {
    assert!(furthest(shipped(), &shipped()).await < 0.001);
}

#[tokio::test]
async fn commitments_of_other_weights_are_further_off() {
    let copy = tempfile::tempdir().unwrap();
    damage(&shipped_folder(), copy.path(), 0.01, 1).unwrap();
    assert!(furthest(load(copy.path()).unwrap(), &shipped()).await > 0.005);
}

#[tokio::test]
async fn who_does_not_ask_for_commitments_gets_none() {
    let engine = Engine::start(Arc::new(shipped()), Limits::default());
    let answer = engine.submit(chat(engine.model(), "Who goes there?"), sampling(1, 8)).unwrap();
    assert_eq!(answer.whole().await.unwrap().commitments, []);
}
