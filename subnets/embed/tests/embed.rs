//! Honest miners are right, and whoever saves the work is not.

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Result, Tensor};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use subnet::{conformance, AccountId, AnySubnet, Received, Seed, Solver, Subnet};
use subnet_embed::random::{write, Shape};
use subnet_embed::{cosine, EmbedAnswer, EmbedChallenge, EmbedSolver, EmbedSubnet, Encoder, Vector, MAX_DISTANCE};
use tempfile::TempDir;

const WEIGHTS: &str = "model.safetensors";

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

/// The same model with every matrix put through `change`.
fn changed(shape: Shape, change: fn(&Tensor) -> Result<Tensor>) -> Arc<Encoder> {
    let folder = folder(1, shape);
    let path = folder.path().join(WEIGHTS);
    let mut weights = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    weights.values_mut().filter(|weight| weight.rank() == 2).for_each(|weight| *weight = change(weight).unwrap());
    candle_core::safetensors::save(&weights, path).unwrap();
    load(folder.path())
}

fn half(weight: &Tensor) -> Result<Tensor> {
    weight.to_dtype(DType::F16)?.to_dtype(DType::F32)
}

fn brain_half(weight: &Tensor) -> Result<Tensor> {
    weight.to_dtype(DType::BF16)?.to_dtype(DType::F32)
}

fn eight_bits(weight: &Tensor) -> Result<Tensor> {
    QTensor::quantize(weight, GgmlDType::Q8_0)?.dequantize(&Device::Cpu)
}

fn four_bits(weight: &Tensor) -> Result<Tensor> {
    QTensor::quantize(weight, GgmlDType::Q4_0)?.dequantize(&Device::Cpu)
}

fn dave() -> AccountId {
    [4; 32].into()
}

fn drawn(encoder: &Arc<Encoder>) -> (EmbedChallenge, Seed) {
    Subnet::challenge(&EmbedSubnet::new(encoder.clone()), Seed([9; 32])).unwrap()
}

async fn honest(encoder: &Arc<Encoder>, miner: &AccountId) -> EmbedAnswer {
    let challenge = drawn(encoder).0;
    Solver::solve(&EmbedSolver::new(encoder.clone()), miner, challenge).await.unwrap()
}

/// What `answer` is worth from Dave, and why.
fn judged(encoder: &Arc<Encoder>, answer: EmbedAnswer) -> (f32, String) {
    let (challenge, key) = drawn(encoder);
    let answers = [Received { miner: dave(), answer: Some(answer), took: Duration::from_secs(1) }];
    let judgement = Subnet::score(&EmbedSubnet::new(encoder.clone()), &challenge, &key, &answers).unwrap().remove(0);
    (judgement.score.get(), judgement.reason)
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
async fn an_honest_answer_is_right_and_fits_the_largest_model() {
    let encoder = encoder();
    let answer = honest(&encoder, &dave()).await;
    assert_eq!(judged(&encoder, answer.clone()).0, 1.0);
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
async fn another_miners_answer_is_worth_nothing() {
    let encoder = encoder();
    let (score, reason) = judged(&encoder, honest(&encoder, &[5; 32].into()).await);
    assert!(score == 0.0 && reason.contains("what the model gives this miner"), "{reason}");
}

#[tokio::test]
async fn vectors_of_the_texts_without_the_miners_words_are_worth_nothing() {
    let encoder = encoder();
    let vectors = encoder.encode(&drawn(&encoder).0.texts).unwrap().into_iter().map(Vector).collect();
    assert_eq!(judged(&encoder, EmbedAnswer { model: encoder.id().into(), vectors }).0, 0.0);
}

#[tokio::test]
async fn vectors_in_another_order_are_worth_nothing() {
    let encoder = encoder();
    let mut answer = honest(&encoder, &dave()).await;
    answer.vectors.rotate_left(1);
    assert_eq!(judged(&encoder, answer).0, 0.0);
}

#[tokio::test]
async fn other_weights_under_the_right_name_are_worth_nothing() {
    let encoder = encoder();
    let small = Shape { layers: 1, ..Shape::default() };
    let cheats = [brain_half, eight_bits, four_bits].map(|change| changed(Shape::default(), change));
    let others = [load(folder(2, Shape::default()).path()), load(folder(1, small).path())];
    for cheat in cheats.iter().chain(&others) {
        let answer = Solver::solve(&EmbedSolver::new(cheat.clone()), &dave(), drawn(&encoder).0).await.unwrap();
        let (score, reason) = judged(&encoder, answer.clone());
        assert!(score == 0.0 && reason.contains("run the model that the subnet names"), "{reason}");
        let (score, reason) = judged(&encoder, EmbedAnswer { model: encoder.id().into(), ..answer });
        assert!(score == 0.0 && reason.contains("away from"), "{reason}");
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
        right.vectors[0].clone(),
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

/// Shows what `MAX_DISTANCE` lies between: run it with `--nocapture`.
#[test]
fn the_limit_lies_between_what_is_honest_and_what_is_not() {
    for shape in [Shape::default(), Shape { hidden: 256, layers: 6 }] {
        let right = load(folder(1, shape).path());
        let texts = drawn(&right).0.salted(&dave());
        let alone = texts.iter().flat_map(|text| right.encode(std::slice::from_ref(text)).unwrap());
        let order = right.encode(&texts).unwrap().into_iter().zip(alone);
        let order = order.map(|(a, b)| 1.0 - cosine(&a, &b)).fold(0.0, f64::max);
        let [half, brain_half, eight_bits, four_bits] =
            [half, brain_half, eight_bits, four_bits].map(|change| distance(&right, &changed(shape, change), &texts));
        println!("{shape:?}: batched {order:.1e}, f16 {half:.1e}, bf16 {brain_half:.1e}, q8_0 {eight_bits:.1e}, q4_0 {four_bits:.1e}");
        assert!(order < MAX_DISTANCE / 100.0);
        assert!([brain_half, eight_bits, four_bits].iter().all(|distance| *distance > MAX_DISTANCE));
    }
}

#[test]
fn a_folder_without_a_model_is_named_with_what_belongs_there() {
    let error = Encoder::load(Path::new("/nowhere"), None).err().unwrap().to_string();
    assert!(error.contains("/nowhere/config.json") && error.contains("model.safetensors"), "{error}");
}
