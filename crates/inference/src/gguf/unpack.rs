//! A GGUF file as a model folder, from which other formats are made.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::{json, Value as Json};

use super::{names, Gguf};
use crate::config::{Biases, Config, RopeScaling};
use crate::error::{LoadError, QuantizeError};
use crate::text::TOKENIZER;

/// Writes the model in `file` to the new `folder`: its weights in 16 bit, norms and biases in 32.
///
/// # Errors
/// Those of reading the file; factors that slow down single rotations, for which folders have no field; a folder that
/// exists or cannot be written.
pub fn unpack(file: &Path, folder: &Path) -> Result<(), QuantizeError> {
    let mut gguf = Gguf::open(file)?;
    let config = gguf.config()?;
    let (about, tokenizer) = (about(&gguf, &config)?, gguf.tokenizer()?);
    let mut weights = HashMap::new();
    for name in names::of_model(config.layers) {
        if names::to_gguf(&name).is_some_and(|own| gguf.has(&own)) {
            weights.insert(name.clone(), stored(&gguf.tensor(&name, &Device::Cpu)?.dequantize(&Device::Cpu)?)?);
        }
    }
    let failed = |source| QuantizeError::Write { path: folder.into(), source };
    let tokenizer = tokenizer.to_string(false).map_err(|error| failed(io::Error::other(error)))?;
    let texts = [
        ("config.json", about.to_string()),
        ("tokenizer_config.json", of_chats(&gguf).to_string()),
        (TOKENIZER, tokenizer),
    ];
    // A folder appears under its name only when it is whole.
    let unfinished = folder.with_extension("unfinished");
    fs::create_dir_all(&unfinished).map_err(failed)?;
    for (name, text) in texts {
        fs::write(unfinished.join(name), text).map_err(failed)?;
    }
    let weights = safetensors::serialize(&weights, None).map_err(candle_core::Error::from)?;
    fs::write(unfinished.join("model.safetensors"), weights).map_err(failed)?;
    fs::rename(&unfinished, folder).map_err(failed)
}

fn stored(tensor: &Tensor) -> candle_core::Result<Tensor> {
    tensor.to_dtype(if tensor.rank() == 2 { DType::F16 } else { DType::F32 })
}

/// What stands in `config.json`.
fn about(gguf: &Gguf, config: &Config) -> Result<Json, LoadError> {
    let (family, model_type) = match (config.head_norms, config.biases.query_key_value && !config.biases.output) {
        (true, _) => ("Qwen3ForCausalLM", "qwen3"),
        (false, true) => ("Qwen2ForCausalLM", "qwen2"),
        (false, false) => ("LlamaForCausalLM", "llama"),
    };
    let rope_scaling = match &config.rope_scaling {
        None => Json::Null,
        Some(RopeScaling::Linear(factor)) => json!({ "rope_type": "linear", "factor": factor }),
        Some(_) => {
            let path = gguf.path.display();
            return Err(LoadError::Unsupported {
                what: format!("factors of single rotations, as {path} has, in a folder"),
            });
        }
    };
    let Biases { output, feed_forward, .. } = config.biases;
    Ok(json!({
        "architectures": [family], "model_type": model_type, "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size, "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.layers, "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads, "head_dim": config.head_size,
        "max_position_embeddings": config.context_length, "rms_norm_eps": config.rms_norm_eps,
        "rope_theta": config.rope_theta, "rope_scaling": rope_scaling, "hidden_act": "silu",
        "tie_word_embeddings": config.tied_embeddings, "attention_bias": output, "mlp_bias": feed_forward,
        "eos_token_id": config.end_tokens, "torch_dtype": "float16"
    }))
}

/// What stands in `tokenizer_config.json`: how a chat is written.
fn of_chats(gguf: &Gguf) -> Json {
    let token = |name: &str| gguf.token(&format!("tokenizer.ggml.{name}_token_id"));
    let template = gguf.text("tokenizer.chat_template");
    json!({ "bos_token": token("bos"), "eos_token": token("eos"), "chat_template": template })
}
