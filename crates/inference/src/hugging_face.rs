//! `config.json` of a Hugging Face folder: read, and reduced to what the decoder needs.

use serde::Deserialize;

use crate::config::{is_positive, Biases, Config, Llama3Scaling, RopeScaling};
use crate::error::LoadError;

/// One id or a list of ids, as both are found in the wild.
#[derive(Deserialize, Debug, Clone)]
#[serde(untagged)]
pub(crate) enum EndTokens {
    One(u32),
    Many(Vec<u32>),
}

impl EndTokens {
    pub(crate) fn ids(&self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![*id],
            Self::Many(ids) => ids.clone(),
        }
    }
}

/// The families, which agree in everything that the file does not say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
}

/// The fields of the file, under their own names.
#[derive(Deserialize)]
struct Raw {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    sliding_window: Option<usize>,
    use_sliding_window: Option<bool>,
    rms_norm_eps: f32,
    rope_theta: Option<f32>,
    rope_scaling: Option<RawRope>,
    rope_parameters: Option<RawRope>,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    hidden_act: Option<String>,
    quantization_config: Option<serde_json::Value>,
    eos_token_id: Option<EndTokens>,
}

#[derive(Deserialize, Clone)]
struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f32>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<usize>,
}

/// Reads the content of `config.json`.
pub(crate) fn config(json: &[u8]) -> Result<Config, LoadError> {
    let fields: serde_json::Value = serde_json::from_slice(json).map_err(invalid)?;
    let family = Family::of(&fields)?;
    serde_json::from_value::<Raw>(fields).map_err(invalid)?.into_config(family)
}

impl Family {
    /// Looked at before the other fields, which other architectures name differently.
    fn of(config: &serde_json::Value) -> Result<Self, LoadError> {
        match config["architectures"][0].as_str().or(config["model_type"].as_str()) {
            Some("LlamaForCausalLM" | "llama") => Ok(Self::Llama),
            Some("MistralForCausalLM" | "mistral") => Ok(Self::Mistral),
            Some("Qwen2ForCausalLM" | "qwen2") => Ok(Self::Qwen2),
            Some("Qwen3ForCausalLM" | "qwen3") => Ok(Self::Qwen3),
            Some(other) => Err(LoadError::Unsupported { what: format!("the architecture {other}") }),
            None => Err(LoadError::InvalidConfig("it names no architecture".into())),
        }
    }
}

impl Raw {
    fn into_config(self, family: Family) -> Result<Config, LoadError> {
        self.refuse_variants()?;
        let rope = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        Config {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            kv_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_size: self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1)),
            context_length: self.max_position_embeddings.min(self.window().unwrap_or(usize::MAX)),
            rms_norm_eps: self.rms_norm_eps,
            rope_theta: rope.and_then(|rope| rope.rope_theta).or(self.rope_theta).unwrap_or(10_000.0),
            rope_scaling: rope.map(RawRope::scaling).transpose()?.flatten(),
            tied_embeddings: self.tie_word_embeddings,
            biases: Biases {
                query_key_value: self.attention_bias || family == Family::Qwen2,
                output: self.attention_bias,
                feed_forward: self.mlp_bias,
            },
            head_norms: family == Family::Qwen3,
            end_tokens: self.eos_token_id.as_ref().map(EndTokens::ids).unwrap_or_default(),
        }
        .checked()
    }

    /// Qwen's files name a window also where none is used.
    fn window(&self) -> Option<usize> {
        self.sliding_window.filter(|_| self.use_sliding_window.unwrap_or(true))
    }

    fn refuse_variants(&self) -> Result<(), LoadError> {
        let unsupported = |what: &str| Err(LoadError::Unsupported { what: what.into() });
        if self.quantization_config.is_some() {
            return unsupported("weights that are quantised inside of safetensors");
        }
        match self.hidden_act.as_deref() {
            None | Some("silu") => Ok(()),
            Some(other) => unsupported(&format!("the activation {other}")),
        }
    }
}

impl RawRope {
    fn scaling(&self) -> Result<Option<RopeScaling>, LoadError> {
        let required = |value: Option<f32>, name: &str| match value {
            Some(value) if is_positive(value) => Ok(value),
            _ => Err(LoadError::InvalidConfig(format!("rope_scaling needs a positive {name}"))),
        };
        match self.rope_type.as_deref() {
            None | Some("default") => Ok(None),
            Some("linear") => Ok(Some(RopeScaling::Linear(required(self.factor, "factor")?))),
            Some("llama3") => Ok(Some(RopeScaling::Llama3(Llama3Scaling {
                factor: required(self.factor, "factor")?,
                low_freq_factor: required(self.low_freq_factor, "low_freq_factor")?,
                high_freq_factor: required(self.high_freq_factor, "high_freq_factor")?,
                original_context: required(
                    self.original_max_position_embeddings.map(|length| length as f32),
                    "original_max_position_embeddings",
                )?,
            }))),
            Some(other) => Err(LoadError::Unsupported { what: format!("rotary embeddings of type {other}") }),
        }
    }
}

fn invalid(error: serde_json::Error) -> LoadError {
    LoadError::InvalidConfig(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, Value};

    fn llama() -> Value {
        json!({
            "architectures": ["LlamaForCausalLM"], "vocab_size": 10, "hidden_size": 8, "intermediate_size": 16,
            "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2,
            "max_position_embeddings": 32, "rms_norm_eps": 1e-5, "eos_token_id": [1, 2]
        })
    }

    fn parse_with(changes: Value) -> Result<Config, LoadError> {
        let mut fields = llama();
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        config(fields.to_string().as_bytes())
    }

    #[test]
    fn the_defaults_of_the_format_are_filled_in() {
        let config = parse_with(json!({})).unwrap();
        assert_eq!((config.head_size, config.rope_theta, config.tied_embeddings), (2, 10_000.0, false));
        assert_eq!((config.biases, config.head_norms), (Biases::default(), false));
        assert_eq!(config.end_tokens, [1, 2]);
        assert_eq!(parse_with(json!({ "eos_token_id": 5 })).unwrap().end_tokens, [5]);
    }

    #[test]
    fn each_family_has_its_biases_and_norms() {
        let family = |name: &str| {
            let config = parse_with(json!({ "architectures": [name] })).unwrap();
            (config.biases.query_key_value, config.biases.output, config.head_norms)
        };
        assert_eq!(family("LlamaForCausalLM"), (false, false, false));
        assert_eq!(family("MistralForCausalLM"), (false, false, false));
        assert_eq!(family("Qwen2ForCausalLM"), (true, false, false));
        assert_eq!(family("Qwen3ForCausalLM"), (false, false, true));
    }

    #[test]
    fn a_context_ends_where_attention_would_begin_to_slide() {
        let context = |changes| parse_with(changes).unwrap().context_length;
        assert_eq!(context(json!({ "sliding_window": 8 })), 8);
        assert_eq!(context(json!({ "sliding_window": 64 })), 32);
        assert_eq!(context(json!({ "sliding_window": null })), 32);
        assert_eq!(context(json!({ "sliding_window": 8, "use_sliding_window": false })), 32);
    }

    #[test]
    fn both_spellings_of_the_rotary_settings_are_read() {
        let scaling = json!({
            "rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192
        });
        let old = parse_with(json!({ "rope_scaling": scaling })).unwrap();
        let new = parse_with(json!({ "rope_parameters": scaling })).unwrap();
        assert_eq!(old.rope_scaling, new.rope_scaling);
        assert_eq!(new.rope_theta, 5e5);
        let linear = parse_with(json!({ "rope_scaling": { "type": "linear", "factor": 4.0 } })).unwrap();
        assert_eq!(linear.rope_scaling, Some(RopeScaling::Linear(4.0)));
    }

    #[test]
    fn what_the_decoder_cannot_run_is_refused() {
        let refused = [
            json!({ "architectures": ["MambaForCausalLM"] }),
            json!({ "hidden_act": "gelu" }),
            json!({ "quantization_config": {} }),
            json!({ "rope_scaling": { "type": "yarn", "factor": 4.0 } }),
        ];
        for changes in refused {
            assert!(matches!(parse_with(changes.clone()), Err(LoadError::Unsupported { .. })), "{changes}");
        }
    }

    #[test]
    fn impossible_dimensions_are_refused() {
        let refused = [
            json!({ "num_attention_heads": 0 }),
            json!({ "num_key_value_heads": 3 }),
            json!({ "head_dim": 3 }),
            json!({ "vocab_size": u64::MAX }),
            json!({ "hidden_size": "wide" }),
            json!({ "rms_norm_eps": -1.0 }),
            json!({ "sliding_window": 0 }),
            json!({ "architectures": [] }),
        ];
        for changes in refused {
            assert!(matches!(parse_with(changes.clone()), Err(LoadError::InvalidConfig(_))), "{changes}");
        }
    }
}
