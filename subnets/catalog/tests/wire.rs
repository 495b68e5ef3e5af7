//! A person's question and a validator's challenge look alike to a miner.

use serde_json::Value;
use std::collections::BTreeSet;
use subnet::Seed;
use subnet_catalog::chat::{Ask, Message, NONCE_BYTES};
use subnet_catalog::Settings;

/// The names of all fields, those of the messages too.
fn fields(json: &[u8]) -> BTreeSet<String> {
    let value: Value = serde_json::from_slice(json).unwrap();
    let messages = value["messages"].as_array().unwrap().iter();
    let objects = messages.chain([&value]).flat_map(|value| value.as_object().unwrap().keys());
    objects.cloned().collect()
}

/// How long it is.
fn nonce(json: &[u8]) -> usize {
    let value: Value = serde_json::from_slice(json).unwrap();
    value["nonce"].as_str().unwrap().len()
}

#[test]
fn a_question_has_the_form_of_a_challenge() {
    let grader = subnet_catalog::grader("text", &Settings { model: "../../models/tiny".into(), ..Settings::default() });
    let grader = grader.unwrap();
    let messages = vec![Message { role: "user".into(), content: "Who goes there?".into() }];
    let ask = Ask { messages, max_tokens: None, temperature: 1.0, nonce: "00".repeat(NONCE_BYTES) };
    let question = grader.chat.unwrap().challenge(&ask).unwrap();
    let challenge = grader.subnet.challenge(Seed([1; 32])).unwrap().challenge;
    assert_eq!(fields(&question), fields(&challenge));
    assert_eq!(nonce(&question), nonce(&challenge));
}
