//! A small BERT with random weights: enough to try the subnet without a download, not to find anything with.

use crate::sentences;
use candle_core::{DType, Device, Tensor};
use serde_json::{json, Value};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use subnet::{Draw, Seed};

/// The sizes of a model; `hidden` is a multiple of 4.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub hidden: usize,
    pub layers: usize,
    pub scale: Scale,
}

/// How large its weights are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// A variance of one over their columns, so that every layer moves what it is given.
    Columns,
    /// A deviation of 0.02, from which BERTs are trained: layers add little to what they are given.
    Start,
}

impl Default for Shape {
    fn default() -> Self {
        Self { hidden: 64, layers: 2, scale: Scale::Columns }
    }
}

const POSITIONS: usize = 128;
const HEADS: usize = 4;
const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

/// Why a model could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the folder cannot be written: {0}")]
    Io(#[from] std::io::Error),
    #[error("the weights cannot be written: {0}")]
    Weights(#[from] candle_core::Error),
}

/// Writes `config.json`, `tokenizer.json` and `model.safetensors` into `folder`, other weights for every seed.
pub fn write(folder: &Path, seed: Seed, shape: Shape) -> Result<(), WriteError> {
    let vocabulary = vocabulary();
    let file = |name: &str, value: Value| std::fs::write(folder.join(name), value.to_string());
    file("config.json", config(vocabulary.len(), shape))?;
    file("tokenizer.json", tokenizer(&vocabulary))?;
    let weights = weights(vocabulary.len(), seed, shape)?;
    Ok(candle_core::safetensors::save(&weights, folder.join("model.safetensors"))?)
}

fn config(vocab_size: usize, Shape { hidden, layers, .. }: Shape) -> Value {
    json!({
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": vocab_size, "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": HEADS, "intermediate_size": 4 * hidden,
        "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
        "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    })
}

/// The words of the subnet's sentences, and single characters for all others.
fn vocabulary() -> Vec<String> {
    let characters = ('!'..='~').filter(|c| !c.is_ascii_uppercase());
    let characters = characters.flat_map(|c| [c.to_string(), format!("##{c}")]);
    let known: BTreeSet<_> = sentences::vocabulary().map(String::from).chain(characters).collect();
    SPECIAL.into_iter().map(String::from).chain(known).collect()
}

fn tokenizer(vocabulary: &[String]) -> Value {
    let ids: serde_json::Map<_, _> = vocabulary.iter().zip(0..).map(|(word, id)| (word.clone(), json!(id))).collect();
    let special = |id: usize| {
        json!({
            "id": id, "content": SPECIAL[id], "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": (0..SPECIAL.len()).map(special).collect::<Vec<_>>(),
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        "decoder": null,
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": ids,
        },
    })
}

fn weights(
    vocab_size: usize,
    seed: Seed,
    Shape { hidden, layers, scale }: Shape,
) -> candle_core::Result<HashMap<String, Tensor>> {
    let mut draw = seed.draw();
    let mut random = |shape: &[usize]| random(&mut draw, shape, scale);
    let mut weights = HashMap::new();
    for (name, rows) in [("word", vocab_size), ("position", POSITIONS), ("token_type", 2)] {
        weights.insert(format!("embeddings.{name}_embeddings.weight"), random(&[rows, hidden])?);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in (0..layers).map(|layer| format!("encoder.layer.{layer}")) {
        let inner = ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"];
        let inner = inner.map(|name| (name, hidden, hidden));
        let outer = [("intermediate.dense", 4 * hidden, hidden), ("output.dense", hidden, 4 * hidden)];
        for (name, rows, columns) in inner.into_iter().chain(outer) {
            weights.insert(format!("{layer}.{name}.weight"), random(&[rows, columns])?);
            weights.insert(format!("{layer}.{name}.bias"), random(&[rows])?);
        }
        norms.extend(["attention.output.LayerNorm", "output.LayerNorm"].map(|name| format!("{layer}.{name}")));
    }
    for norm in norms {
        weights.insert(format!("{norm}.weight"), Tensor::ones(hidden, DType::F32, &Device::Cpu)?);
        weights.insert(format!("{norm}.bias"), Tensor::zeros(hidden, DType::F32, &Device::Cpu)?);
    }
    Ok(weights)
}

/// Numbers of even distribution.
fn random(draw: &mut Draw, shape: &[usize], scale: Scale) -> candle_core::Result<Tensor> {
    let count: usize = shape.iter().product();
    let columns = shape.last().copied().unwrap_or(1);
    let deviation = match scale {
        Scale::Columns => 1.0 / (columns as f32).sqrt(),
        Scale::Start => 0.02,
    };
    let scale = 3.0_f32.sqrt() * deviation / 32_768.0;
    let numbers = std::iter::repeat_with(|| draw.bytes()).flat_map(|bytes| {
        let pairs = bytes.as_chunks::<2>().0.to_vec();
        pairs.into_iter().map(|pair| f32::from(i16::from_le_bytes(pair)))
    });
    Tensor::from_iter(numbers.take(count).map(|number| number * scale), &Device::Cpu)?.reshape(shape)
}
