//! A person's question and a validator's challenge look alike to a miner.

use serde_json::Value;
use std::collections::BTreeSet;
use subnet::Seed;
use subnet_catalog::chat::{Ask, Chat, Message, CHAT_TEMPERATURE, NONCE_BYTES};
use subnet_catalog::{Grader, Settings};

/// The names of all fields in their order, and of those of each message.
fn fields(json: &[u8]) -> BTreeSet<Vec<String>> {
    let value: Value = serde_json::from_slice(json).unwrap();
    assert_eq!(serde_json::to_vec(&value).unwrap(), json, "spaces, or numbers in another form");
    let messages = value["messages"].as_array().unwrap().iter();
    messages.chain([&value]).map(|value| value.as_object().unwrap().keys().cloned().collect()).collect()
}

/// How long it is.
fn nonce(json: &[u8]) -> usize {
    let value: Value = serde_json::from_slice(json).unwrap();
    value["nonce"].as_str().unwrap().len()
}

/// What is asked for, besides the conversation.
fn terms(json: &[u8]) -> [Value; 2] {
    let mut value: Value = serde_json::from_slice(json).unwrap();
    ["max_tokens", "temperature"].map(|name| value[name].take())
}

/// What a client of OpenAI's API asks that names nothing, and `plexus chat`.
fn questions(chat: &dyn Chat) -> [Vec<u8>; 2] {
    [1.0, CHAT_TEMPERATURE].map(|temperature| {
        let messages = vec![Message { role: "user".into(), content: "Who goes there?".into() }];
        let ask = Ask { messages, max_tokens: None, temperature, nonce: "00".repeat(NONCE_BYTES) };
        chat.challenge(&ask).unwrap()
    })
}

fn grader() -> Grader {
    subnet_catalog::grader("text", &Settings { model: "../../models/tiny".into(), ..Settings::default() }).unwrap()
}

#[test]
fn a_question_has_the_form_of_a_challenge() {
    let grader = grader();
    let challenge = grader.subnet.challenge(Seed([1; 32])).unwrap().challenge;
    for question in questions(&*grader.chat.unwrap()) {
        assert_eq!(fields(&question), fields(&challenge));
        assert_eq!(nonce(&question), nonce(&challenge));
    }
}

#[test]
fn one_challenge_in_eight_asks_for_what_each_kind_of_app_asks_for_by_default() {
    let grader = grader();
    let challenges = (0..400u16).map(|n| grader.subnet.challenge(Seed::of(&[&n.to_le_bytes()])).unwrap().challenge);
    let challenges: Vec<_> = challenges.map(|challenge| terms(&challenge)).collect();
    for question in questions(&*grader.chat.unwrap()) {
        let alike = challenges.iter().filter(|challenge| **challenge == terms(&question)).count();
        assert!((25..=75).contains(&alike), "{alike} of 400 are like {:?}", terms(&question));
    }
}
