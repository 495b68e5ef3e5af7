//! `config.json` of a Llama model: read, checked, reduced to what the decoder needs.

use serde::Deserialize;

use crate::error::LoadError;

/// Largest accepted dimension: keeps sizes computed from a hostile file far from overflow.
const MAX_DIMENSION: usize = 1 << 24;

/// The checked dimensions of a model.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_size: usize,
    pub context_length: usize,
    pub rms_norm_eps: f32,
    pub rope_theta: f32,
    pub rope_scaling: Option<Llama3Scaling>,
    pub tied_embeddings: bool,
    pub end_tokens: Vec<u32>,
}

/// Stretches the slow rotations of Llama 3.1 and later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Llama3Scaling {
    pub factor: f32,
    pub low_freq_factor: f32,
    pub high_freq_factor: f32,
    pub original_context: f32,
}

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

/// The fields of the file, under their Hugging Face names.
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

impl Config {
    /// Reads the content of `config.json`.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, LoadError> {
        let fields: serde_json::Value = serde_json::from_slice(json).map_err(invalid)?;
        refuse_other_architectures(&fields)?;
        let raw: Raw = serde_json::from_value(fields).map_err(invalid)?;
        raw.refuse_variants()?;
        let rope = raw.rope_parameters.as_ref().or(raw.rope_scaling.as_ref());
        let config = Config {
            vocab_size: raw.vocab_size,
            hidden_size: raw.hidden_size,
            intermediate_size: raw.intermediate_size,
            layers: raw.num_hidden_layers,
            heads: raw.num_attention_heads,
            kv_heads: raw.num_key_value_heads.unwrap_or(raw.num_attention_heads),
            head_size: raw.head_dim.unwrap_or(raw.hidden_size / raw.num_attention_heads.max(1)),
            context_length: raw.max_position_embeddings,
            rms_norm_eps: raw.rms_norm_eps,
            rope_theta: rope.and_then(|rope| rope.rope_theta).or(raw.rope_theta).unwrap_or(10_000.0),
            rope_scaling: rope.map(RawRope::scaling).transpose()?.flatten(),
            tied_embeddings: raw.tie_word_embeddings,
            end_tokens: raw.eos_token_id.as_ref().map(EndTokens::ids).unwrap_or_default(),
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), LoadError> {
        let dimensions = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.layers),
            ("num_attention_heads", self.heads),
            ("num_key_value_heads", self.kv_heads),
            ("head_dim", self.head_size),
            ("max_position_embeddings", self.context_length),
        ];
        for (name, value) in dimensions {
            if value == 0 || value > MAX_DIMENSION {
                return Err(LoadError::InvalidConfig(format!("{name} is {value}")));
            }
        }
        if !self.heads.is_multiple_of(self.kv_heads) || !self.head_size.is_multiple_of(2) {
            return Err(LoadError::InvalidConfig(format!(
                "{} heads of width {} cannot share {} key heads",
                self.heads, self.head_size, self.kv_heads
            )));
        }
        let positive = |value: f32| value.is_finite() && value > 0.0;
        if !positive(self.rms_norm_eps) || !positive(self.rope_theta) {
            return Err(LoadError::InvalidConfig("rms_norm_eps and rope_theta must be positive".into()));
        }
        Ok(())
    }
}

impl Raw {
    fn refuse_variants(&self) -> Result<(), LoadError> {
        let unsupported = |what: &str| Err(LoadError::Unsupported { what: what.into() });
        if self.attention_bias || self.mlp_bias {
            return unsupported("projections with a bias");
        }
        if self.quantization_config.is_some() {
            return unsupported("quantised weights");
        }
        match self.hidden_act.as_deref() {
            None | Some("silu") => Ok(()),
            Some(other) => unsupported(&format!("the activation {other}")),
        }
    }
}

impl RawRope {
    fn scaling(&self) -> Result<Option<Llama3Scaling>, LoadError> {
        let required = |value: Option<f32>, name: &str| match value {
            Some(value) if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(LoadError::InvalidConfig(format!("rope_scaling needs a positive {name}"))),
        };
        match self.rope_type.as_deref() {
            None | Some("default") => Ok(None),
            Some("llama3") => Ok(Some(Llama3Scaling {
                factor: required(self.factor, "factor")?,
                low_freq_factor: required(self.low_freq_factor, "low_freq_factor")?,
                high_freq_factor: required(self.high_freq_factor, "high_freq_factor")?,
                original_context: required(
                    self.original_max_position_embeddings.map(|length| length as f32),
                    "original_max_position_embeddings",
                )?,
            })),
            Some(other) => Err(LoadError::Unsupported { what: format!("rotary embeddings of type {other}") }),
        }
    }
}

/// Looks at the architecture before the other fields, which other architectures name differently.
fn refuse_other_architectures(config: &serde_json::Value) -> Result<(), LoadError> {
    let named = config["architectures"][0].as_str().or(config["model_type"].as_str());
    match named {
        Some("LlamaForCausalLM" | "llama") => Ok(()),
        Some(other) => Err(LoadError::Unsupported { what: format!("the architecture {other}") }),
        None => Err(LoadError::InvalidConfig("it names no architecture".into())),
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

    fn parse_with(name: &str, value: Value) -> Result<Config, LoadError> {
        let mut config = llama();
        config[name] = value;
        Config::parse(config.to_string().as_bytes())
    }

    #[test]
    fn the_defaults_of_the_format_are_filled_in() {
        let config = Config::parse(llama().to_string().as_bytes()).unwrap();
        assert_eq!((config.head_size, config.rope_theta, config.tied_embeddings), (2, 10_000.0, false));
        assert_eq!(config.end_tokens, [1, 2]);
        assert_eq!(parse_with("eos_token_id", json!(5)).unwrap().end_tokens, [5]);
    }

    #[test]
    fn both_spellings_of_the_rotary_settings_are_read() {
        let scaling = json!({
            "rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192
        });
        let old = parse_with("rope_scaling", scaling.clone()).unwrap();
        let new = parse_with("rope_parameters", scaling).unwrap();
        assert_eq!(old.rope_scaling, new.rope_scaling);
        assert_eq!(new.rope_theta, 5e5);
    }

    #[test]
    fn what_the_decoder_cannot_run_is_refused() {
        let refused = [
            ("architectures", json!(["Qwen3ForCausalLM"])),
            ("attention_bias", json!(true)),
            ("hidden_act", json!("gelu")),
            ("quantization_config", json!({})),
            ("rope_scaling", json!({"type": "yarn", "factor": 4.0})),
        ];
        for (name, value) in refused {
            assert!(matches!(parse_with(name, value), Err(LoadError::Unsupported { .. })), "{name}");
        }
    }

    #[test]
    fn impossible_dimensions_are_refused() {
        let refused = [
            ("num_attention_heads", json!(0)),
            ("num_key_value_heads", json!(3)),
            ("head_dim", json!(3)),
            ("vocab_size", json!(u64::MAX)),
            ("hidden_size", json!("wide")),
            ("rms_norm_eps", json!(-1.0)),
            ("architectures", json!([])),
        ];
        for (name, value) in refused {
            assert!(matches!(parse_with(name, value), Err(LoadError::InvalidConfig(_))), "{name}");
        }
    }
}
