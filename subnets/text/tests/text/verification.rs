use crate::support::{answer, challenge, damaged, dave, eve, forged, honest, load, model, FOLDER};
use inference::{Finish, InvalidAnswer, Model};
use std::sync::Arc;
use std::time::Duration;
use subnet::{AccountId, Received, Score, Seed, Subnet};
use subnet_text::{verify, Fault, TextAnswer, TextChallenge, TextSubnet, Verdict};

fn fault_for(hotkey: &AccountId, challenge: &TextChallenge, answer: &TextAnswer) -> Option<Fault> {
    match verify(&model(), hotkey, challenge, answer) {
        Verdict::Genuine(_) => None,
        Verdict::Rejected(fault) => Some(fault),
    }
}

fn fault(challenge: &TextChallenge, answer: &TextAnswer) -> Option<Fault> {
    fault_for(&dave(), challenge, answer)
}

fn not_sampled(fault: Option<Fault>) -> bool {
    matches!(fault, Some(Fault::NotSampled { .. } | Fault::TooFarOff(_)))
}

#[tokio::test]
async fn honest_answers_pass() {
    for seed in 0..20 {
        let challenge = challenge(seed);
        let answer = answer(model(), &dave(), &challenge).await;
        assert_eq!(fault(&challenge, &answer), None, "{answer:?}");
    }
}

#[tokio::test]
async fn honest_answers_pass_at_any_temperature_and_length() {
    for (temperature, max_tokens) in [(0.0, 40), (0.3, 1), (0.7, 200), (2.0, 30)] {
        let challenge = TextChallenge { temperature, max_tokens, ..challenge(0) };
        let answer = answer(model(), &dave(), &challenge).await;
        assert_eq!(fault(&challenge, &answer), None, "at {temperature}: {answer:?}");
    }
}

#[tokio::test]
async fn another_miners_answer_fails() {
    let (challenge, answer) = honest().await;
    assert!(not_sampled(fault_for(&eve(), &challenge, &answer)));
}

#[tokio::test]
async fn an_answer_to_another_challenge_fails() {
    let (mut challenge, answer) = honest().await;
    challenge.nonce.push('x');
    assert!(not_sampled(fault(&challenge, &answer)));
}

#[tokio::test]
async fn an_answer_with_one_edited_token_fails_wherever_it_is() {
    let (challenge, answer) = honest().await;
    for position in 0..answer.tokens.len() - 1 {
        let mut edited = answer.clone();
        edited.tokens[position] = (edited.tokens[position] + 1) % model().vocab_size() as u32;
        let edited = forged(&challenge, edited);
        assert!(fault(&challenge, &edited).is_some(), "token {position} of {answer:?}");
    }
}

#[tokio::test]
async fn a_damaged_model_fails_even_if_it_forges_its_id_and_logprobs() {
    let (challenge, _) = honest().await;
    let damaged = answer(damaged(0.2), &dave(), &challenge).await;
    assert!(not_sampled(fault(&challenge, &forged(&challenge, damaged))));
}

#[tokio::test]
async fn a_damaged_model_that_is_honest_about_itself_fails() {
    let (challenge, _) = honest().await;
    let damaged = answer(damaged(0.01), &dave(), &challenge).await;
    assert!(matches!(fault(&challenge, &damaged), Some(Fault::WrongModel(_))));
}

#[tokio::test]
async fn a_truncated_answer_fails() {
    let (challenge, mut answer) = honest().await;
    answer.tokens.truncate(10);
    for finish in [Finish::Stop, Finish::Length] {
        let truncated = forged(&challenge, TextAnswer { finish, ..answer.clone() });
        assert_eq!(fault(&challenge, &truncated), Some(Fault::EndsElsewhere));
    }
}

#[tokio::test]
async fn an_answer_that_misnames_its_end_fails() {
    let (challenge, mut answer) = honest().await;
    answer.finish = if answer.finish == Finish::Stop { Finish::Length } else { Finish::Stop };
    assert_eq!(fault(&challenge, &answer), Some(Fault::EndsElsewhere));
}

#[tokio::test]
async fn an_answer_longer_than_what_was_asked_for_fails() {
    let (challenge, answer) = honest().await;
    let shorter = TextChallenge { max_tokens: 10, ..challenge };
    assert!(matches!(fault(&shorter, &answer), Some(Fault::Impossible(InvalidAnswer::TooLong { .. }))));
}

#[tokio::test]
async fn random_tokens_fail() {
    let (challenge, answer) = honest().await;
    let mut draw = Seed([9; 32]).draw();
    let ordinary = answer.tokens.iter().map(|_| 300 + draw.below(500) as u32).collect();
    let random = forged(&challenge, TextAnswer { tokens: ordinary, ..answer });
    assert!(not_sampled(fault(&challenge, &random)));
}

#[tokio::test]
async fn one_token_repeated_fails() {
    let (challenge, answer) = honest().await;
    let tokens = vec![answer.tokens[0]; answer.tokens.len()];
    assert!(not_sampled(fault(&challenge, &forged(&challenge, TextAnswer { tokens, ..answer }))));
}

#[tokio::test]
async fn an_empty_answer_fails() {
    let (challenge, answer) = honest().await;
    let empty = TextAnswer { tokens: vec![], logprobs: vec![], commitments: vec![], text: String::new(), ..answer };
    assert_eq!(fault(&challenge, &empty), Some(Fault::Impossible(InvalidAnswer::Empty)));
}

#[tokio::test]
async fn a_token_that_the_model_does_not_have_fails() {
    let (challenge, mut answer) = honest().await;
    answer.tokens[3] = u32::MAX;
    assert!(matches!(fault(&challenge, &answer), Some(Fault::Impossible(InvalidAnswer::UnknownToken { .. }))));
}

#[tokio::test]
async fn the_id_of_another_model_fails() {
    let (challenge, answer) = honest().await;
    let other = TextAnswer { model: "00".repeat(32), ..answer };
    assert!(matches!(fault(&challenge, &other), Some(Fault::WrongModel(_))));
}

#[tokio::test]
async fn a_text_that_does_not_match_its_tokens_fails() {
    let (challenge, mut answer) = honest().await;
    answer.text.push_str(" Buy gold!");
    assert_eq!(fault(&challenge, &answer), Some(Fault::TextDiffers));
}

#[tokio::test]
async fn invented_logprobs_fail() {
    let (challenge, answer) = honest().await;
    let with = |logprobs: Vec<f32>| fault(&challenge, &TextAnswer { logprobs, ..answer.clone() });
    let length = answer.tokens.len();
    assert!(matches!(with(vec![0.0; length]), Some(Fault::LogprobsDiffer(_))));
    assert!(matches!(with(vec![f32::NEG_INFINITY; length]), Some(Fault::LogprobsDiffer(_))));
    assert_eq!(with(vec![f32::NAN; length]), Some(Fault::BadLogprobs));
    assert_eq!(with(vec![1.0; length]), Some(Fault::BadLogprobs));
    assert_eq!(with(vec![]), Some(Fault::BadLogprobs));
}

#[tokio::test]
async fn a_genuine_answer_scores_one_and_any_other_zero() {
    let (challenge, answer) = honest().await;
    assert_eq!(verify(&model(), &dave(), &challenge, &answer).judgement().score, Score::ONE);
    assert_eq!(verify(&model(), &eve(), &challenge, &answer).judgement().score, Score::ZERO);
}

/// The shipped model with weights that are no numbers at the end of its file, as a disk or a memory may leave them.
fn broken() -> Arc<Model> {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            let end = bytes.len() - 64;
            bytes[end..].fill(0xff);
        }
        std::fs::write(folder.path().join(path.file_name().unwrap()), bytes).unwrap();
    }
    load(folder.path())
}

#[tokio::test]
async fn a_grader_whose_own_model_fails_blames_nobody() {
    let ((challenge, answer), broken) = (honest().await, broken());
    let answer = TextAnswer { model: broken.id().to_owned(), ..answer };
    let received = Received { miner: dave(), answer: Some(answer), took: Duration::from_secs(1) };
    let judged = TextSubnet::new(broken).score(&challenge, &(), &[received]);
    assert!(judged.is_err(), "{judged:?}");
}

/// The fault of an honest answer with these commitments in the place of its own.
async fn fault_with(change: impl Fn(&mut Vec<String>)) -> Option<Fault> {
    let (challenge, mut answer) = honest().await;
    change(&mut answer.commitments);
    fault(&challenge, &answer)
}

#[tokio::test]
async fn commitments_that_are_no_such_thing_fail() {
    let bad = Some(Fault::BadCommitments);
    assert_eq!(fault_with(|own| own.push(own[0].clone())).await, bad);
    assert_eq!(fault_with(|own| own[0].truncate(8)).await, bad);
    assert_eq!(fault_with(|own| own[0].insert(0, '?')).await, bad);
    assert_eq!(fault_with(|own| own[0].clear()).await, bad);
    assert_eq!(fault_with(|own| *own = vec![own[0].clone(); 10_000]).await, bad);
}

#[tokio::test]
async fn too_few_commitments_fail() {
    let challenge = TextChallenge { max_tokens: 100, ..challenge(0) };
    let mut answer = answer(model(), &dave(), &challenge).await;
    assert!(answer.commitments.len() > 1);
    while answer.commitments.len() > 1 {
        answer.commitments.pop();
        assert_eq!(fault(&challenge, &answer), Some(Fault::BadCommitments));
    }
}

#[tokio::test]
async fn commitments_for_another_miner_fail_even_where_the_tokens_are_the_same() {
    let challenge = TextChallenge { temperature: 0.0, ..honest().await.0 };
    let copied = answer(model(), &dave(), &challenge).await;
    assert_eq!(fault(&challenge, &copied), None);
    assert!(matches!(fault_for(&eve(), &challenge, &copied), Some(Fault::StatesDiffer(_))));
}

#[tokio::test]
async fn an_honest_answer_without_commitments_passes() {
    assert_eq!(fault_with(Vec::clear).await, None);
}
