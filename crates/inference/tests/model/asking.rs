//! What an engine does for a request beyond the plain answer.

use std::sync::Arc;

use inference::{
    Engine, Event, Finish, Grammar, InferenceError, Limits, Request, Sampling, Shaping, SubmitError, TokenChoice,
};
use serde_json::{json, Value};

use crate::common::{chat, generate, sampling, shipped};

fn engine() -> Engine {
    Engine::start(Arc::new(shipped()), Limits::default())
}

fn request(engine: &Engine, noise: u8, max_tokens: usize) -> Request {
    Request::new(chat(engine.model(), "Tell me about the sea and the wind."), sampling(noise, max_tokens))
}

/// The pieces of the text, the tokens, and why they end.
async fn pieces(engine: &Engine, request: Request) -> (Vec<String>, Vec<TokenChoice>, Finish) {
    let mut answering = engine.ask(request).unwrap();
    let (mut texts, mut choices) = (Vec::new(), Vec::new());
    loop {
        match answering.next().await.expect("an answer ends with an event") {
            Event::Token { choice, text } => {
                texts.push(text);
                choices.push(choice);
            }
            Event::Done(finish) => return (texts, choices, finish),
            other => panic!("{other:?}"),
        }
    }
}

async fn text(engine: &Engine, request: Request) -> (String, Finish) {
    let (texts, _, finish) = pieces(engine, request).await;
    (texts.concat(), finish)
}

#[tokio::test]
async fn the_pieces_of_a_text_are_the_text_of_its_tokens() {
    let engine = engine();
    for noise in 0..8 {
        let hot = Sampling { temperature: 3.0, ..sampling(noise, 60) };
        let expected = generate(engine.model(), &chat(engine.model(), "Tell me about the sea and the wind."), &hot);
        let (texts, choices, finish) = pieces(&engine, Request { sampling: hot, ..request(&engine, noise, 60) }).await;
        assert_eq!((texts.concat(), finish), (expected.text, expected.finish));
        assert_eq!(choices.into_iter().map(|choice| choice.token).collect::<Vec<_>>(), expected.tokens);
    }
}

#[tokio::test]
async fn a_stop_string_ends_the_answer_before_itself() {
    let engine = engine();
    let (whole, _) = text(&engine, request(&engine, 2, 60)).await;
    let stop = whole[10..15].to_string();
    let cut = Request { stop: vec![stop.clone()], ..request(&engine, 2, 60) };
    let expected = whole.split(&stop).next().unwrap();
    assert_eq!(text(&engine, cut.clone()).await, (expected.to_string(), Finish::Stop));
    assert_eq!(engine.ask(cut).unwrap().whole().await.unwrap().text, expected);
}

#[tokio::test]
async fn alternatives_are_told_and_the_prompt_too() {
    let engine = engine();
    let prompt = engine.model().encode("Speak, good sir: what news?").unwrap();
    let asked = Request { prompt, top_logprobs: 3, prompt_logprobs: true, ..request(&engine, 1, 4) };
    let mut answering = engine.ask(asked.clone()).unwrap();
    let Some(Event::Prompt(prompt)) = answering.next().await else { panic!("the prompt comes first") };
    let told: Vec<u32> = prompt.iter().map(|choice| choice.token).collect();
    assert_eq!(told, asked.prompt[1..]);
    // The logprobs of a text are the same, whether it is read as a prompt or as an answer.
    let (start, rest) = asked.prompt.split_at(4);
    let judged = engine.model().verify(start, &rest[..5], &sampling(0, 5)).unwrap();
    for (read, judged) in prompt[3..].iter().zip(judged.logprobs) {
        assert!((read.logprob - judged).abs() < 1e-3);
    }
    let Some(Event::Token { choice, .. }) = answering.next().await else { panic!("then the answer") };
    assert_eq!(choice.top.len(), 3);
    assert!(choice.top.is_sorted_by(|a, b| a.1 >= b.1) && choice.top[0].1 >= choice.logprob);
}

#[tokio::test]
async fn a_prompt_may_be_read_without_an_answer() {
    let engine = engine();
    let mut reading = Request { prompt_logprobs: true, ..request(&engine, 1, 0) };
    let mut answering = engine.ask(reading.clone()).unwrap();
    assert!(matches!(answering.next().await, Some(Event::Prompt(told)) if told.len() + 1 == reading.prompt.len()));
    assert!(matches!(answering.next().await, Some(Event::Done(Finish::Length))));
    reading.prompt_logprobs = false;
    assert!(matches!(engine.ask(reading), Err(SubmitError::Invalid(InferenceError::NoTokensAllowed))));
}

#[tokio::test]
async fn an_embedding_is_the_same_alone_and_among_others() {
    let limits = Limits { tokens_per_pass: 7, ..Limits::default() };
    let (whole, parts) = (engine(), Engine::start(Arc::new(shipped()), limits));
    let tokens = whole.model().encode("Speak of the king and of his crown, good sir, and of the queen.").unwrap();
    let expected = whole.embed(tokens.clone()).unwrap().embedding().await.unwrap();
    let busy = parts.ask(request(&parts, 1, 40)).unwrap();
    let found = parts.embed(tokens).unwrap().embedding().await.unwrap();
    assert_eq!(expected.len(), 256);
    assert!(expected.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-3));
    busy.whole().await.unwrap();
}

#[tokio::test]
async fn shaping_changes_what_is_drawn() {
    let engine = engine();
    let shaped = |shaping| Request { shaping, ..request(&engine, 5, 30) };
    let greedy = Sampling { temperature: 0.0, ..sampling(5, 30) };
    let likeliest = text(&engine, Request { sampling: greedy, ..request(&engine, 5, 30) }).await;
    assert_eq!(text(&engine, shaped(Shaping { top_k: 1, ..Shaping::default() })).await, likeliest);
    assert_eq!(text(&engine, shaped(Shaping { top_p: 0.0, ..Shaping::default() })).await, likeliest);
    assert_eq!(text(&engine, shaped(Shaping { min_p: 1.0, ..Shaping::default() })).await, likeliest);
    let biased = shaped(Shaping { logit_bias: vec![(40, 100.0)], ..Shaping::default() });
    let (_, choices, _) = pieces(&engine, biased).await;
    assert!(choices.iter().all(|choice| choice.token == 40));
    let refused = shaped(Shaping { top_p: 2.0, ..Shaping::default() });
    assert!(matches!(engine.ask(refused), Err(SubmitError::Invalid(InferenceError::OutOfRange { name: "top_p", .. }))));
}

fn held(engine: &Engine, grammar: Grammar, noise: u8) -> Request {
    Request { grammar: Some(grammar), ..request(engine, noise, 200) }
}

#[tokio::test]
async fn answers_are_held_to_choices_and_patterns() {
    let engine = engine();
    let mut chosen = std::collections::HashSet::new();
    for noise in 0..12 {
        let choice = Grammar::Choice(vec!["yes".into(), "no \"quoted\"\n".into()]);
        let (answer, finish) = text(&engine, held(&engine, choice, noise)).await;
        assert!(["yes", "no \"quoted\"\n"].contains(&answer.as_str()), "{answer:?}");
        assert_eq!(finish, Finish::Stop);
        chosen.insert(answer);
        let (answer, _) = text(&engine, held(&engine, Grammar::Regex("[a-c]{3}-[0-9]{2}".into()), noise)).await;
        let (letters, digits) = answer.split_once('-').unwrap();
        assert!(letters.len() == 3 && letters.chars().all(|c| ('a'..='c').contains(&c)), "{answer}");
        assert!(digits.parse::<u8>().is_ok() && digits.len() == 2, "{answer}");
    }
    assert_eq!(chosen.len(), 2);
}

#[tokio::test]
async fn an_answer_is_held_to_a_schema() {
    let engine = engine();
    let schema = json!({
        "type": "object",
        "properties": { "z": { "type": "integer", "minimum": 0, "maximum": 99 }, "a": { "enum": ["north", "south"] } },
        "required": ["z", "a"],
        "additionalProperties": false,
    });
    for noise in 0..6 {
        let (answer, finish) = text(&engine, held(&engine, Grammar::JsonSchema(schema.clone()), noise)).await;
        let value: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert!(answer.starts_with("{\"z\":") && value["z"].as_u64().unwrap() < 100, "{answer}");
        assert!(["north", "south"].contains(&value["a"].as_str().unwrap()), "{answer}");
        assert_eq!(finish, Finish::Stop);
    }
    let any = Request {
        shaping: Shaping { logit_bias: vec![(4, 9.0)], ..Shaping::default() },
        ..held(&engine, Grammar::JsonObject, 1)
    };
    assert!(text(&engine, any).await.0.starts_with('{'));
}

#[tokio::test]
async fn calls_of_tools_are_held_to_their_schemas() {
    let engine = engine();
    let format = engine.model().call_format();
    let tool = |name: &str, parameters: Value| json!({ "type": "function", "function": { "name": name, "parameters": parameters } });
    let number = json!({ "$defs": { "Digit": { "type": "integer", "minimum": 0, "maximum": 9 } }, "type": "object",
        "properties": { "a": { "$ref": "#/$defs/Digit" } }, "required": ["a"], "additionalProperties": false });
    let tools = [tool("add", number), tool("now", Value::Null)];
    for (noise, parallel) in (0..8).map(|noise| (noise, noise % 2 == 0)) {
        let (answer, finish) = text(&engine, held(&engine, format.grammar(&tools, parallel), noise)).await;
        let mut reader = inference::ToolCalls::new(format, vec!["add".into(), "now".into()]);
        assert_eq!(reader.push(&answer), "");
        let (rest, calls) = reader.finish();
        assert!(finish == Finish::Length || (rest.is_empty() && !calls.is_empty()), "{answer}");
        assert!(parallel || calls.len() == 1, "{answer}");
        for call in calls {
            let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
            assert!(call.name == "now" || arguments["a"].as_u64().unwrap() < 10, "{answer}");
        }
    }
}

#[tokio::test]
async fn a_form_without_meaning_is_refused() {
    let engine = engine();
    for grammar in [
        Grammar::JsonSchema(json!({ "type": "nothing" })),
        Grammar::Regex("(".into()),
        Grammar::Lark("start: missing".into()),
        Grammar::Choice(vec![]),
    ] {
        let refused = engine.ask(held(&engine, grammar.clone(), 0));
        assert!(matches!(refused, Err(SubmitError::Invalid(InferenceError::Grammar(_)))), "{grammar:?}");
    }
}
