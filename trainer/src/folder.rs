//! The model as a Hugging Face style folder.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{anyhow, Context};
use candle_core::{DType, Tensor};
use serde_json::json;
use tokenizers::Tokenizer;

use crate::args::Args;
use crate::card;
use crate::model::{Model, EMBEDDING, RMS_NORM_EPS, ROPE_THETA};
use crate::plot::{self, Measured};
use crate::tokenizer::{special, CHAT_TEMPLATE, END};

/// Where a model is written, and what it was made from.
pub struct Folder<'a> {
    pub args: &'a Args,
    pub text: &'a str,
    pub tokenizer: &'a Tokenizer,
}

impl Folder<'_> {
    /// Writes weights (16-bit), configuration, tokenizer, generation settings, model card and the curve of the losses, of
    /// which the last is that of this state.
    pub fn write(&self, model: &Model, history: &[Measured], dialogue: &[(&str, String)]) -> anyhow::Result<()> {
        let folder = &self.args.out;
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
        let end = special(self.tokenizer, END)?;
        write_json(folder, "config.json", config(model, end))?;
        write_json(folder, "generation_config.json", generation_config(end))?;
        write_json(folder, "tokenizer_config.json", tokenizer_config(model))?;
        let tokenizer = self.tokenizer.to_string(false);
        write_file(
            folder,
            "tokenizer.json",
            tokenizer.map_err(|error| anyhow!("cannot serialise the tokenizer: {error}"))?,
        )?;
        write_file(folder, "README.md", card::render(self.args, self.text, model, history, dialogue))?;
        write_file(folder, "loss.svg", plot::svg(history)?)?;
        write_weights(folder, model)
    }
}

fn config(model: &Model, end: u32) -> serde_json::Value {
    let shape = &model.shape;
    json!({
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": false,
        "bos_token_id": null,
        "eos_token_id": end,
        "head_dim": shape.hidden_size / shape.heads,
        "hidden_act": "silu",
        "hidden_size": shape.hidden_size,
        "initializer_range": 0.02,
        "intermediate_size": shape.intermediate_size,
        "max_position_embeddings": shape.max_position,
        "mlp_bias": false,
        "model_type": "llama",
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "num_key_value_heads": shape.kv_heads,
        "rms_norm_eps": RMS_NORM_EPS,
        "rope_scaling": null,
        "rope_theta": ROPE_THETA,
        "tie_word_embeddings": true,
        "torch_dtype": "float16",
        "vocab_size": shape.vocab_size,
    })
}

fn generation_config(end: u32) -> serde_json::Value {
    json!({ "do_sample": true, "temperature": 1.0, "eos_token_id": end, "pad_token_id": end })
}

fn tokenizer_config(model: &Model) -> serde_json::Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": END,
        "model_max_length": model.shape.max_position,
        "clean_up_tokenization_spaces": false,
        "chat_template": CHAT_TEMPLATE,
    })
}

fn write_weights(folder: &Path, model: &Model) -> anyhow::Result<()> {
    let halves = model
        .weights
        .iter()
        .map(|(name, weight)| Ok((name.clone(), as_published(name, weight)?.to_dtype(DType::F16)?)))
        .collect::<candle_core::Result<HashMap<String, Tensor>>>()?;
    let content = safetensors::serialize(&halves, None).context("cannot serialise the weights")?;
    // A reader of the folder sees the old weights or the new ones, never a part.
    write_file(folder, "model.safetensors.partial", content)?;
    fs::rename(folder.join("model.safetensors.partial"), folder.join("model.safetensors"))
        .with_context(|| format!("cannot replace the weights in {}", folder.display()))
}

/// Products are published as `[outputs, inputs]`.
fn as_published(name: &str, weight: &Tensor) -> candle_core::Result<Tensor> {
    match weight.rank() == 2 && name != EMBEDDING {
        true => weight.t()?.contiguous(),
        false => Ok(weight.clone()),
    }
}

fn write_json(folder: &Path, name: &str, value: serde_json::Value) -> anyhow::Result<()> {
    write_file(folder, name, format!("{value:#}\n"))
}

fn write_file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    fs::write(folder.join(name), content).with_context(|| format!("cannot write {name} in {}", folder.display()))
}
