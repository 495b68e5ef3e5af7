//! Writes a model folder with random weights in the shape of Qwen3-0.6B, to measure speed with: that does not depend on
//! what the weights are. Says nothing sensible.
//!
//! `cargo run --release -p inference --example synthetic -- /tmp/synthetic`

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use candle_core::{DType, Device, Result, Tensor};
use serde_json::json;

const HIDDEN: usize = 1024;
const WIDE: usize = 3072;
const LAYERS: usize = 28;
const HEADS: usize = 16;
const KV_HEADS: usize = 8;
const HEAD_SIZE: usize = 128;
const VOCAB: usize = 151_936;
/// Has a vocabulary that is smaller: the other tokens have no text.
const TOKENIZER: &str = "models/tiny/tokenizer.json";

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "/tmp/synthetic".into()));
    std::fs::create_dir_all(&out)?;
    std::fs::copy(TOKENIZER, out.join("tokenizer.json"))?;
    std::fs::write(out.join("config.json"), config().to_string())?;
    candle_core::safetensors::save(&weights()?, out.join("model.safetensors"))?;
    println!("wrote {}", out.display());
    Ok(())
}

fn config() -> serde_json::Value {
    json!({
        "architectures": ["Qwen3ForCausalLM"], "vocab_size": VOCAB, "hidden_size": HIDDEN, "intermediate_size": WIDE,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_SIZE, "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "rope_theta": 1_000_000.0,
        "tie_word_embeddings": true, "hidden_act": "silu"
    })
}

fn weights() -> Result<HashMap<String, Tensor>> {
    let normal = |rows: usize, width: usize| {
        let spread = 1.0 / (width as f32).sqrt();
        Tensor::randn(0f32, spread, (rows, width), &Device::Cpu)?.to_dtype(DType::BF16)
    };
    let ones = |length: usize| Tensor::ones(length, DType::BF16, &Device::Cpu);
    let mut all = HashMap::from([
        ("model.embed_tokens.weight".to_string(), normal(VOCAB, HIDDEN)?),
        ("model.norm.weight".into(), ones(HIDDEN)?),
    ]);
    for layer in 0..LAYERS {
        let parts = [
            ("input_layernorm", ones(HIDDEN)?),
            ("post_attention_layernorm", ones(HIDDEN)?),
            ("self_attn.q_norm", ones(HEAD_SIZE)?),
            ("self_attn.k_norm", ones(HEAD_SIZE)?),
            ("self_attn.q_proj", normal(HEADS * HEAD_SIZE, HIDDEN)?),
            ("self_attn.k_proj", normal(KV_HEADS * HEAD_SIZE, HIDDEN)?),
            ("self_attn.v_proj", normal(KV_HEADS * HEAD_SIZE, HIDDEN)?),
            ("self_attn.o_proj", normal(HIDDEN, HEADS * HEAD_SIZE)?),
            ("mlp.gate_proj", normal(WIDE, HIDDEN)?),
            ("mlp.up_proj", normal(WIDE, HIDDEN)?),
            ("mlp.down_proj", normal(HIDDEN, WIDE)?),
        ];
        all.extend(parts.map(|(part, tensor)| (format!("model.layers.{layer}.{part}.weight"), tensor)));
    }
    Ok(all)
}
