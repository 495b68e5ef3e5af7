//! False positives and negatives at the shipped thresholds; `--nocapture` prints the table.

use crate::support::{answer, challenge, damaged, dave, eve, forged, model};
use inference::{Evidence, Model};
use std::sync::Arc;
use subnet::AccountId;
use subnet_text::{verify, TextAnswer, TextChallenge};

const ANSWERS: u8 = 40;

/// Share of answers by `model` for `hotkey` that pass as Dave's after `treat` was done to them.
async fn pass_rate(
    name: &str,
    maker: Arc<Model>,
    hotkey: &AccountId,
    treat: fn(&TextChallenge, TextAnswer) -> TextAnswer,
) -> f32 {
    let (mut passed, mut evidence) = (0, Vec::new());
    for seed in 0..ANSWERS {
        let challenge = challenge(seed);
        let answer = treat(&challenge, answer(maker.clone(), hotkey, &challenge).await);
        let prompt = model().encode_chat(&challenge.messages).unwrap();
        evidence.push(model().verify(&prompt, &answer.tokens, &challenge.sampling(&dave())).unwrap());
        passed += u8::from(verify(&model(), &dave(), &challenge, &answer).is_genuine());
    }
    println!("{name:<45} {passed:>3} of {ANSWERS} pass; {}", summary(&evidence));
    f32::from(passed) / f32::from(ANSWERS)
}

/// Tokens of all answers, and medians over the answers.
fn summary(evidence: &[Evidence]) -> String {
    let tokens = evidence.iter().map(|one| one.tokens).sum::<usize>();
    let missed = evidence.iter().map(|one| 1.0 - one.matched as f32 / one.tokens as f32);
    let (missed, margin) = (median(missed), median(evidence.iter().map(|one| one.mean_margin)));
    format!("{tokens} tokens, medians: {:.1} % not sampled, margin {margin:.4}", 100.0 * missed)
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values = values.collect::<Vec<_>>();
    values.sort_by(f32::total_cmp);
    values[values.len() / 2]
}

fn as_it_is(_: &TextChallenge, answer: TextAnswer) -> TextAnswer {
    answer
}

/// Only the model's id is a lie.
fn renamed(_: &TextChallenge, answer: TextAnswer) -> TextAnswer {
    TextAnswer { model: model().id().to_owned(), ..answer }
}

#[tokio::test]
async fn honest_answers_pass_and_others_hardly_ever() {
    assert_eq!(pass_rate("honest", model(), &dave(), as_it_is).await, 1.0);
    assert!(pass_rate("weights 0.05 % off, id forged", damaged(0.0005), &dave(), renamed).await >= 0.95);
    assert!(pass_rate("another miner's", model(), &eve(), as_it_is).await <= 0.05);
    assert!(pass_rate("another miner's, logprobs forged", model(), &eve(), forged).await <= 0.05);
}

#[tokio::test]
async fn damaged_models_hardly_ever_pass() {
    let [slight, strong] = [0.05, 0.2].map(damaged);
    assert!(pass_rate("weights 5 % off, id forged", slight.clone(), &dave(), renamed).await <= 0.05);
    assert!(pass_rate("weights 5 % off, id and logprobs forged", slight, &dave(), forged).await <= 0.2);
    assert_eq!(pass_rate("weights 20 % off, id forged", strong.clone(), &dave(), renamed).await, 0.0);
    assert!(pass_rate("weights 20 % off, id and logprobs forged", strong, &dave(), forged).await <= 0.05);
}
