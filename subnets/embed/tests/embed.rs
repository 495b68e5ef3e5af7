//! Honest miners are right, and whoever saves the work is not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use subnet::{conformance, AccountId, AnySubnet, Received, Score, Seed, Solver, Subnet};
use subnet_embed::adversary::{coarsen, Cheat, Cheater, Coarse};
use subnet_embed::random::{write, Scale, Shape};
use subnet_embed::{
    cosine, EmbedAnswer, EmbedChallenge, EmbedSolver, EmbedSubnet, Encoder, Vector, MAX_DISTANCE, MAX_TEXTS, PACE,
};
use tempfile::TempDir;

const TOOK: Duration = Duration::from_secs(1);

fn folder(seed: u8, shape: Shape) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Seed([seed; 32]), shape).unwrap();
    folder
}

fn load(folder: &Path) -> Arc<Encoder> {
    Arc::new(Encoder::load(folder, None).unwrap())
}

fn encoder() -> Arc<Encoder> {
    load(folder(1, Shape::default()).path())
}

/// The same model, made cheaper.
fn cheaper(shape: Shape, coarse: Coarse) -> Arc<Encoder> {
    let folder = folder(1, shape);
    coarsen(folder.path(), coarse).unwrap();
    load(folder.path())
}

fn dave() -> AccountId {
    [4; 32].into()
}

fn eve() -> AccountId {
    [5; 32].into()
}

fn drawn(encoder: &Arc<Encoder>) -> (EmbedChallenge, Seed) {
    Subnet::challenge(&EmbedSubnet::new(encoder.clone()), Seed([9; 32])).unwrap()
}

async fn honest(encoder: &Arc<Encoder>, miner: &AccountId) -> EmbedAnswer {
    let challenge = drawn(encoder).0;
    Solver::solve(&EmbedSolver::new(encoder.clone()), miner, challenge).await.unwrap()
}

/// What `answer` to the challenge of `seed` is worth from Dave, and why.
fn judged_in(seed: Seed, encoder: &Arc<Encoder>, answer: EmbedAnswer, took: Duration) -> (Score, String) {
    let subnet = EmbedSubnet::new(encoder.clone());
    let (challenge, key) = Subnet::challenge(&subnet, seed).unwrap();
    let answers = [Received { miner: dave(), answer: Some(answer), took }];
    let judgement = Subnet::score(&subnet, &challenge, &key, &answers).unwrap().remove(0);
    (judgement.score, judgement.reason)
}

fn judged(encoder: &Arc<Encoder>, answer: EmbedAnswer) -> (f32, String) {
    let (score, reason) = judged_in(Seed([9; 32]), encoder, answer, TOOK);
    (score.get(), reason)
}

fn unit(mut numbers: Vec<f32>) -> Vector {
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.iter_mut().for_each(|number| *number /= length);
    Vector(numbers)
}

/// The largest distance between what two models make of the same texts.
fn distance(one: &Encoder, other: &Encoder, texts: &[String]) -> f64 {
    let pairs = one.encode(texts).unwrap().into_iter().zip(other.encode(texts).unwrap());
    pairs.map(|(a, b)| 1.0 - cosine(&a, &b)).fold(0.0, f64::max)
}

#[tokio::test]
async fn the_subnet_conforms() {
    let encoder = encoder();
    let conforms = conformance::check(&EmbedSubnet::new(encoder.clone()), &EmbedSolver::new(encoder)).await;
    assert_eq!(conforms, Ok(()));
}

#[tokio::test]
async fn an_honest_answer_is_worth_its_speed_and_fits_the_largest_model() {
    let encoder = encoder();
    let answer = honest(&encoder, &dave()).await;
    let worth = |took| judged_in(Seed([9; 32]), &encoder, answer.clone(), took);
    let (score, reason) = worth(TOOK);
    assert_eq!(score, Score::new(PACE.factor(MAX_TEXTS, TOOK) as f32));
    assert_eq!(reason, "the vectors are those of the model; 16 texts in 1.000 s");
    assert!(worth(TOOK / 2).0 > score && worth(Duration::ZERO).0 == Score::ONE);
    let largest = Vector(vec![f32::MIN_POSITIVE; subnet_embed::MAX_DIMENSIONS]);
    let answer = EmbedAnswer { vectors: vec![largest; answer.vectors.len()], ..answer };
    let limit = AnySubnet::spec(&EmbedSubnet::new(encoder)).max_answer_bytes;
    assert!(serde_json::to_vec(&answer).unwrap().len() <= limit);
}

#[tokio::test]
async fn a_text_has_the_same_vector_alone_and_among_others() {
    let encoder = encoder();
    let texts = drawn(&encoder).0.texts;
    for (text, among) in texts.iter().zip(encoder.encode(&texts).unwrap()) {
        let alone = encoder.encode(std::slice::from_ref(text)).unwrap().concat();
        let distance = 1.0 - cosine(&alone, &among);
        assert!(distance < MAX_DISTANCE / 100.0, "{distance:e}");
    }
}

#[tokio::test]
async fn each_cheat_with_the_right_model_is_worth_nothing_however_fast() {
    let encoder = encoder();
    let way = |cheat: &Cheat| !matches!(cheat, Cheat::OtherModel | Cheat::LeftOut);
    for cheat in Cheat::ALL.into_iter().filter(way) {
        let cheater = Cheater::new(cheat, encoder.clone(), &encoder, eve());
        let answer = cheater.solve(&dave(), drawn(&encoder).0).await.unwrap();
        let (score, reason) = judged_in(Seed([9; 32]), &encoder, answer, Duration::ZERO);
        assert!(score == Score::ZERO && reason.contains("what the model gives this miner"), "{cheat:?}: {reason}");
    }
}

#[tokio::test]
async fn a_vector_that_was_left_out_is_found_in_a_quarter_of_the_rounds() {
    let encoder = encoder();
    let cheater = Cheater::new(Cheat::LeftOut, encoder.clone(), &encoder, eve());
    let mut found = 0;
    for n in 0..100 {
        let seed = Seed([n; 32]);
        let challenge = Subnet::challenge(&EmbedSubnet::new(encoder.clone()), seed).unwrap().0;
        let answer = cheater.solve(&dave(), challenge).await.unwrap();
        found += u32::from(judged_in(seed, &encoder, answer, TOOK).0 == Score::ZERO);
    }
    assert!((13..=38).contains(&found), "{found} of 100");
}

#[tokio::test]
async fn other_weights_under_the_right_name_are_worth_nothing() {
    for scale in [Scale::Columns, Scale::Start] {
        let shape = Shape { scale, ..Shape::default() };
        let encoder = load(folder(1, shape).path());
        let shorter = Shape { layers: 1, ..shape };
        let coarse = [Coarse::Float16, Coarse::BFloat16, Coarse::Q8_0, Coarse::Q4_0];
        let cheaper = coarse.map(|coarse| cheaper(shape, coarse));
        let others = [load(folder(2, shape).path()), load(folder(1, shorter).path())];
        for cheat in cheaper.iter().chain(&others) {
            let honest = Solver::solve(&EmbedSolver::new(cheat.clone()), &dave(), drawn(&encoder).0).await.unwrap();
            let (score, reason) = judged(&encoder, honest);
            assert!(score == 0.0 && reason.contains("run the model that the subnet names"), "{reason}");
            let cheater = Cheater::new(Cheat::OtherModel, cheat.clone(), &encoder, eve());
            let answer = cheater.solve(&dave(), drawn(&encoder).0).await.unwrap();
            let (score, reason) = judged(&encoder, answer);
            assert!(score == 0.0 && reason.contains("away from"), "{scale:?}: {reason}");
        }
    }
}

#[tokio::test]
async fn vectors_that_no_model_gave_are_worth_nothing() {
    let encoder = encoder();
    let right = honest(&encoder, &dave()).await;
    let size = encoder.dimensions();
    let forged = [
        Vector(vec![0.0; size]),
        Vector(vec![f32::NAN; size]),
        Vector(vec![f32::INFINITY; size]),
        Vector(vec![]),
        unit(vec![1.0; size]),
        unit(vec![1.0; size - 1]),
    ];
    for vector in forged {
        let answer = EmbedAnswer { vectors: vec![vector.clone(); right.vectors.len()], ..right.clone() };
        assert_eq!(judged(&encoder, answer).0, 0.0, "{vector:?}");
    }
    for count in [0, 1, right.vectors.len() + 1] {
        let vectors = right.vectors.iter().cycle().take(count).cloned().collect();
        let (score, reason) = judged(&encoder, EmbedAnswer { vectors, ..right.clone() });
        assert!(score == 0.0 && reason.contains("vectors for"), "{reason}");
    }
    let longer = right.vectors.iter().map(|Vector(v)| Vector(v.iter().map(|number| number * 2.0).collect()));
    let longer = EmbedAnswer { vectors: longer.collect(), ..right.clone() };
    assert!(judged(&encoder, longer).1.contains("length 1"));
}

/// What `cargo run --release -p subnet-embed --example thresholds` measures in full.
#[test]
fn the_limit_lies_between_what_is_honest_and_what_is_not() {
    for scale in [Scale::Columns, Scale::Start] {
        let shape = Shape { scale, ..Shape::default() };
        let right = load(folder(1, shape).path());
        let texts = drawn(&right).0.salted(&dave());
        let of = |coarse| distance(&right, &cheaper(shape, coarse), &texts);
        let otherwise = of(Coarse::Off(1e-6));
        assert!(otherwise < MAX_DISTANCE / 100.0, "{scale:?}: {otherwise:e}");
        let coarse = [Coarse::Float16, Coarse::BFloat16, Coarse::Q8_0, Coarse::Q4_0].map(of);
        assert!(coarse.iter().all(|distance| *distance > MAX_DISTANCE), "{scale:?}: {coarse:?}");
    }
}

#[test]
fn a_folder_without_a_model_is_named_with_what_belongs_there() {
    let error = Encoder::load(Path::new("/nowhere"), None).err().unwrap().to_string();
    assert!(error.contains("/nowhere/config.json") && error.contains("model.safetensors"), "{error}");
}
