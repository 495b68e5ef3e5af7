//! The dimensions and variants of a model, checked, whichever file they come from.

use crate::error::LoadError;

/// Largest accepted dimension: keeps sizes computed from a hostile file far from overflow.
const MAX_DIMENSION: usize = 1 << 24;

/// What the decoder needs to know. The families that it runs (Llama, Mistral, Qwen2, Qwen3) differ in nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_size: usize,
    /// Where attention slides over a window, the window: up to there it sees everything, as it does in training.
    pub context_length: usize,
    pub rms_norm_eps: f32,
    pub rope_theta: f32,
    pub rope_scaling: Option<RopeScaling>,
    pub tied_embeddings: bool,
    pub biases: Biases,
    /// Whether each head's query and key are normalised before they are rotated.
    pub head_norms: bool,
    pub end_tokens: Vec<u32>,
}

/// Which projections add a bias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Biases {
    pub query_key_value: bool,
    pub output: bool,
    pub feed_forward: bool,
}

/// How the rotations of a model are slowed down, to reach further than the first training did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RopeScaling {
    /// All by the same factor.
    Linear(f32),
    Llama3(Llama3Scaling),
    /// What each rotation is divided by, one number for each pair of coordinates of a head.
    Factors(Vec<f32>),
}

/// Stretches the slow rotations of Llama 3.1 and later.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Llama3Scaling {
    pub factor: f32,
    pub low_freq_factor: f32,
    pub high_freq_factor: f32,
    pub original_context: f32,
}

impl Config {
    /// Refuses what contradicts itself; both readers end with it.
    pub(crate) fn checked(self) -> Result<Self, LoadError> {
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
        if let Some(RopeScaling::Factors(factors)) = &self.rope_scaling {
            if factors.len() != self.head_size / 2 || factors.iter().any(|factor| !is_positive(*factor)) {
                return Err(LoadError::InvalidConfig("the rotary factors do not fit the heads".into()));
            }
        }
        if !is_positive(self.rms_norm_eps) || !is_positive(self.rope_theta) {
            return Err(LoadError::InvalidConfig("rms_norm_eps and rope_theta must be positive".into()));
        }
        Ok(self)
    }
}

pub(crate) fn is_positive(value: f32) -> bool {
    value.is_finite() && value > 0.0
}
