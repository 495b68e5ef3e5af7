//! Prompts and sampling from outside: what works and what is refused.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::common::{chat, generate, sampling, shipped};
use inference::{Finish, InferenceError, InvalidAnswer, Message, Model, Sampling};

fn refused(model: &Model, prompt: &[u32], sampling: &Sampling) -> InferenceError {
    let generated = model.generate(prompt, sampling, &mut |_| ControlFlow::Continue(())).unwrap_err();
    let verified = model.verify(prompt, &[5], sampling).unwrap_err();
    assert_eq!(generated.to_string(), verified.to_string());
    generated
}

#[test]
fn an_answer_streams_ends_and_reads_as_text() {
    let model = shipped();
    let prompt = chat(&model, "Tell me about the sea and the wind.");
    let mut streamed = Vec::new();
    let answer = model
        .generate(&prompt, &sampling(2, 200), &mut |token| {
            streamed.push(token);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(answer.tokens, streamed);
    assert_eq!(answer.logprobs.len(), streamed.len());
    assert_eq!(answer.finish, Finish::Stop);
    assert_eq!(answer.text, model.decode(&answer.tokens).unwrap());
    assert!(!answer.text.is_empty() && !answer.text.contains("<|end|>"));
}

#[test]
fn the_same_seed_gives_the_same_answer_and_another_seed_another() {
    let model = shipped();
    let prompt = chat(&model, "Speak!");
    let answer = generate(&model, &prompt, &sampling(1, 40));
    assert_eq!(answer, generate(&model, &prompt, &sampling(1, 40)));
    assert_ne!(answer.tokens, generate(&model, &prompt, &sampling(2, 40)).tokens);
}

#[test]
fn a_shorter_limit_gives_a_prefix() {
    let model = shipped();
    let prompt = chat(&model, "Speak!");
    let (long, short) = (generate(&model, &prompt, &sampling(1, 12)), generate(&model, &prompt, &sampling(1, 5)));
    assert_eq!((short.tokens.as_slice(), short.finish), (&long.tokens[..5], Finish::Length));
}

#[test]
fn a_reader_that_stops_listening_stops_the_answer() {
    let model = shipped();
    let prompt = chat(&model, "Speak!");
    let answer = model.generate(&prompt, &sampling(1, 100), &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!((answer.tokens.len(), answer.finish), (1, Finish::Length));
}

#[test]
fn an_answer_ends_where_the_context_does() {
    let model = shipped();
    let prompt = vec![50; model.context_length() - 3];
    let sampling = Sampling { temperature: 0.0, ..sampling(1, 100) };
    let answer = generate(&model, &prompt, &sampling);
    assert!(answer.tokens.len() <= 3);
    assert!(model.verify(&prompt, &answer.tokens, &sampling).unwrap().complete);
}

#[test]
fn bad_prompts_and_settings_are_refused() {
    let model = shipped();
    let long = vec![5; model.context_length()];
    let unknown = model.vocab_size() as u32;
    let with = |temperature, max_tokens| Sampling { temperature, max_tokens, noise: [0; 32] };
    assert!(matches!(refused(&model, &[], &with(1.0, 9)), InferenceError::EmptyPrompt));
    assert!(matches!(refused(&model, &long, &with(1.0, 9)), InferenceError::PromptTooLong { .. }));
    assert!(matches!(refused(&model, &[5, unknown], &with(1.0, 9)), InferenceError::UnknownToken { .. }));
    assert!(matches!(refused(&model, &[5], &with(1.0, 0)), InferenceError::NoTokensAllowed));
    for temperature in [f32::NAN, -0.5, f32::INFINITY] {
        let error = refused(&model, &[5], &with(temperature, 9));
        assert!(matches!(error, InferenceError::InvalidTemperature(_)), "{error}");
    }
    assert!(matches!(model.decode(&[unknown]), Err(InferenceError::UnknownToken { .. })));
    assert!(matches!(model.encode_chat(&[]), Err(InferenceError::ChatFormat(_))));
}

#[test]
fn answers_that_no_run_could_give_are_the_answers_fault() {
    let model = shipped();
    let prompt = chat(&model, "Speak!");
    let end = *generate(&model, &prompt, &sampling(2, 300)).tokens.last().unwrap();
    let fault = |answer: &[u32]| match model.verify(&prompt, answer, &sampling(2, 8)) {
        Err(InferenceError::InvalidAnswer(fault)) => fault,
        other => panic!("{answer:?} gave {other:?}"),
    };
    assert_eq!(fault(&[]), InvalidAnswer::Empty);
    assert_eq!(fault(&[5; 9]), InvalidAnswer::TooLong { tokens: 9, limit: 8 });
    assert_eq!(fault(&[5, end, 5]), InvalidAnswer::AfterEnd { position: 2 });
    let vocab_size = model.vocab_size();
    assert_eq!(fault(&[5, u32::MAX]), InvalidAnswer::UnknownToken { token: u32::MAX, vocab_size });
}

#[test]
fn any_text_survives_the_tokenizer() {
    let model = shipped();
    for text in ["plain", "  spaces\n\n and\ttabs ", "naïve café — 東京 🎭", "\u{0}\u{7f}\u{feff}"] {
        assert_eq!(model.decode(&model.encode(text).unwrap()).unwrap(), text);
    }
}

#[test]
fn one_model_serves_several_threads_at_once() {
    let model = Arc::new(shipped());
    let alone = generate(&model, &chat(&model, "Speak!"), &sampling(1, 24));
    let together = (0..3).map(|_| {
        let model = Arc::clone(&model);
        std::thread::spawn(move || generate(&model, &chat(&model, "Speak!"), &sampling(1, 24)))
    });
    for thread in together.collect::<Vec<_>>() {
        assert_eq!(thread.join().unwrap(), alone);
    }
}

#[test]
fn a_conversation_of_several_turns_is_one_prompt() {
    let model = shipped();
    let turn = |role: &str, content: &str| Message { role: role.into(), content: content.into() };
    let messages = [turn("system", "Be brief."), turn("user", "Who?"), turn("assistant", "I."), turn("user", "Why?")];
    let (all, last) = (model.encode_chat(&messages).unwrap(), model.encode_chat(&messages[3..]).unwrap());
    assert!(all.len() > last.len() && all.ends_with(&last));
}
