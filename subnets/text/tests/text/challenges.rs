//! What a validator asks: sizes, lengths, and what becomes of an app's challenge.

use crate::support::{answer, challenge, dave, eve, model};
use inference::Message;
use std::collections::BTreeSet;
use subnet::{AnySubnet, Seed, Subnet};
use subnet_text::{verify, TextChallenge, TextSubnet, MAX_TOKENS};

fn drawn(count: u64) -> Vec<TextChallenge> {
    let subnet = TextSubnet::new(model());
    (0..count).map(|n| Subnet::challenge(&subnet, Seed::of(&[&n.to_le_bytes()])).unwrap().0).collect()
}

fn asked(messages: Vec<Message>, max_tokens: u32, temperature: f32) -> TextChallenge {
    TextChallenge { messages, max_tokens, temperature, nonce: "an app's".into() }
}

fn again(past: &TextChallenge, seed: u8) -> Option<TextChallenge> {
    Some(Subnet::again(&TextSubnet::new(model()), past.clone(), Seed([seed; 32]))?.0)
}

fn user(content: &str) -> Vec<Message> {
    vec![Message { role: "user".into(), content: content.into() }]
}

#[test]
fn challenges_fit_into_the_model_and_the_spec_and_carry_noise() {
    let limit = AnySubnet::spec(&TextSubnet::new(model())).max_challenge_bytes;
    for challenge in drawn(300) {
        let prompt = model().encode_chat(&challenge.messages).unwrap().len();
        assert!(prompt + challenge.max_tokens as usize <= model().context_length(), "{challenge:?}");
        assert!(serde_json::to_vec(&challenge).unwrap().len() <= limit);
        assert!(challenge.temperature >= 0.7 && challenge.validate().is_ok());
    }
}

#[test]
fn lengths_and_temperatures_vary_and_an_apps_defaults_are_among_them() {
    let kinds: Vec<_> = drawn(300).into_iter().map(|one| (one.max_tokens, one.temperature.to_bits())).collect();
    assert!(kinds.iter().collect::<BTreeSet<_>>().len() > 100);
    for default in [(256, 1.0_f32.to_bits()), (256, 0.7_f32.to_bits())] {
        assert!((20..=60).contains(&kinds.iter().filter(|kind| **kind == default).count()));
    }
}

#[test]
fn an_apps_challenge_is_asked_again_under_another_nonce() {
    let past = asked(user("Tell me about the sea."), 100, 1.0);
    let [one, other] = [1, 2].map(|seed| again(&past, seed).unwrap());
    assert_eq!(TextChallenge { nonce: past.nonce.clone(), ..one.clone() }, past);
    assert_eq!(again(&past, 1), Some(one.clone()));
    assert_ne!(one.nonce, other.nonce);
}

#[test]
fn what_is_longer_than_any_challenge_is_not_asked_again() {
    assert!(again(&asked(user(&"a ".repeat(2_100)), 100, 1.0), 1).is_none());
    let longest = drawn(300).iter().map(|one| one.messages.iter().map(|each| each.content.len()).sum()).max();
    assert!(longest.is_some_and(|longest: usize| longest <= 4_096));
}

#[test]
fn what_is_asked_again_carries_noise_and_can_be_given_in_time() {
    let once_more = again(&asked(user("Speak."), MAX_TOKENS, 0.0), 1).unwrap();
    assert_eq!((once_more.max_tokens, once_more.temperature), (256, 0.7));
    assert_eq!(again(&asked(user("Speak."), 1, 2.0), 1).unwrap().max_tokens, 48);
}

#[test]
fn what_the_model_cannot_read_is_not_asked_again() {
    assert_eq!(again(&asked(vec![], 100, 1.0), 1), None);
    assert_eq!(again(&asked(user(&"whale ".repeat(2_000)), 100, 1.0), 1), None);
}

/// What the model knows by heart it says alike to everybody: of such an answer a copy would pass.
#[tokio::test]
async fn answers_are_long_and_anothers_does_not_pass() {
    let (mut tokens, mut copies) = (0, 0);
    for seed in 0..40 {
        let challenge = challenge(seed);
        let answer = answer(model(), &eve(), &challenge).await;
        let passes = verify(&model(), &dave(), &challenge, &answer).is_genuine();
        println!(
            "{:>4} of {:>3} tokens, copy passes: {passes}; {:?}",
            answer.tokens.len(),
            challenge.max_tokens,
            challenge.messages.last()
        );
        (tokens, copies) = (tokens + answer.tokens.len(), copies + u32::from(passes));
    }
    assert!(tokens / 40 >= 40, "{tokens} tokens");
    assert!(copies <= 1, "{copies} copies pass");
}
