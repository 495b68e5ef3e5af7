//! A Llama model made only of operations that have a gradient.
//!
//! Several fused operations of candle (its RMS norm, last-dimension softmax and rotary embedding) are silently skipped
//! by backpropagation, which would leave all weights before them untrained; a test counts the gradients.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor, Var};
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ops::{causal_softmax, merge_heads, rms_norm, split_heads, swiglu, Angles};

pub const RMS_NORM_EPS: f64 = 1e-5;
pub const ROPE_THETA: f32 = 10_000.0;
const INITIAL_DEVIATION: f64 = 0.02;

/// The dimensions of a model.
#[derive(Clone, Debug)]
pub struct Shape {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub max_position: usize,
}

impl Shape {
    fn head_size(&self) -> usize {
        self.hidden_size / self.heads
    }
}

pub const EMBEDDING: &str = "model.embed_tokens.weight";

/// Trainable weights under their Hugging Face names; the output head is the embedding.
pub struct Model {
    pub shape: Shape,
    /// Matrices other than the embedding are `[inputs, outputs]`, which makes the gradients of products contiguous.
    pub weights: BTreeMap<String, Var>,
    angles: Arc<Angles>,
}

impl Model {
    /// Random weights that depend on the seed alone.
    pub fn new(shape: Shape, seed: u64) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut weights = BTreeMap::new();
        for (name, dims) in weight_shapes(&shape) {
            weights.insert(name.clone(), Var::from_tensor(&initial(&name, &dims, shape.layers, &mut rng)?)?);
        }
        let angles = Arc::new(angles(&shape));
        Ok(Self { shape, weights, angles })
    }

    pub fn parameter_count(&self) -> usize {
        self.weights.values().map(|weight| weight.elem_count()).sum()
    }

    /// Logits `[rows, vocab]` after the tokens at `rows` of the flattened `tokens` `[batch, length]`.
    pub fn logits(&self, tokens: &Tensor, rows: &Tensor) -> Result<Tensor> {
        let (batch, length) = tokens.dims2()?;
        let embedding = self.weight(EMBEDDING)?;
        let mut x = embedding.index_select(&tokens.flatten_all()?, 0)?;
        for layer in 0..self.shape.layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            let normed = self.norm(&x, &name("input_layernorm"))?;
            x = (x + self.attention(&normed, batch, length, &name)?)?;
            let normed = self.norm(&x, &name("post_attention_layernorm"))?;
            x = (x + self.feed_forward(&normed, &name)?)?;
        }
        self.norm(&x.index_select(rows, 0)?, "model.norm.weight")?.matmul(&embedding.t()?)
    }

    fn attention(&self, x: &Tensor, batch: usize, length: usize, name: &dyn Fn(&str) -> String) -> Result<Tensor> {
        let Shape { heads, kv_heads, .. } = self.shape;
        let head_size = self.shape.head_size();
        let split = |part: &str, count: usize, angles: Option<&Arc<Angles>>| {
            split_heads(&self.linear(x, &name(part))?, (batch, length, count), angles)
        };
        let q = split("self_attn.q_proj", heads, Some(&self.angles))?;
        let k = split("self_attn.k_proj", kv_heads, Some(&self.angles))?;
        let v = split("self_attn.v_proj", kv_heads, None)?;
        // The query heads that share a key head are stacked as further rows of one product.
        let grouped = (batch, kv_heads, heads / kv_heads * length, head_size);
        let scores = q.reshape(grouped)?.matmul(&k.t()?.contiguous()?)?.reshape((batch, heads, length, length))?;
        let attention = causal_softmax(&scores, 1.0 / (head_size as f32).sqrt())?;
        let attention = attention.reshape((batch, kv_heads, heads / kv_heads * length, length))?;
        let mixed = attention.matmul(&v)?.reshape((batch, heads, length, head_size))?;
        self.linear(&merge_heads(&mixed)?, &name("self_attn.o_proj"))
    }

    fn feed_forward(&self, x: &Tensor, name: &dyn Fn(&str) -> String) -> Result<Tensor> {
        let (gate, up) = (self.linear(x, &name("mlp.gate_proj"))?, self.linear(x, &name("mlp.up_proj"))?);
        self.linear(&swiglu(&gate, &up)?, &name("mlp.down_proj"))
    }

    fn norm(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        rms_norm(x, self.weight(name)?, RMS_NORM_EPS as f32)
    }

    fn linear(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        x.matmul(self.weight(name)?)
    }

    fn weight(&self, name: &str) -> Result<&Tensor> {
        match self.weights.get(name) {
            Some(weight) => Ok(weight.as_tensor()),
            None => candle_core::bail!("the model has no weight {name}"),
        }
    }
}

/// Names and dimensions of all weights.
fn weight_shapes(shape: &Shape) -> Vec<(String, Vec<usize>)> {
    let (hidden, wide) = (shape.hidden_size, shape.intermediate_size);
    let kv = shape.kv_heads * shape.head_size();
    let mut all =
        vec![(EMBEDDING.to_string(), vec![shape.vocab_size, hidden]), ("model.norm.weight".to_string(), vec![hidden])];
    for layer in 0..shape.layers {
        let parts = [
            ("input_layernorm", vec![hidden]),
            ("post_attention_layernorm", vec![hidden]),
            ("self_attn.q_proj", vec![hidden, hidden]),
            ("self_attn.k_proj", vec![hidden, kv]),
            ("self_attn.v_proj", vec![hidden, kv]),
            ("self_attn.o_proj", vec![hidden, hidden]),
            ("mlp.gate_proj", vec![hidden, wide]),
            ("mlp.up_proj", vec![hidden, wide]),
            ("mlp.down_proj", vec![wide, hidden]),
        ];
        all.extend(parts.map(|(part, dims)| (format!("model.layers.{layer}.{part}.weight"), dims)));
    }
    all
}

/// Ones for the norms; normal noise for matrices, smaller where the output joins the residual stream.
fn initial(name: &str, dims: &[usize], layers: usize, rng: &mut ChaCha8Rng) -> Result<Tensor> {
    if dims.len() == 1 {
        return Tensor::ones(dims, DType::F32, &Device::Cpu);
    }
    let joins_residual = name.contains("o_proj") || name.contains("down_proj");
    let depth = if joins_residual { (2.0 * layers as f64).sqrt() } else { 1.0 };
    let count = dims.iter().product::<usize>();
    let values = (0..count).map(|_| (normal(rng) * INITIAL_DEVIATION / depth) as f32).collect::<Vec<_>>();
    Tensor::from_vec(values, dims, &Device::Cpu)
}

/// A standard normal number (Box-Muller).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// Cosine and sine of position times frequency.
fn angles(shape: &Shape) -> Angles {
    let head_size = shape.head_size();
    let frequency = |i: usize| 1.0 / f64::from(ROPE_THETA).powf(2.0 * i as f64 / head_size as f64);
    let all = (0..shape.max_position).flat_map(|at| (0..head_size / 2).map(move |i| at as f64 * frequency(i)));
    let (cos, sin) = all.map(|angle| (angle.cos() as f32, angle.sin() as f32)).unzip();
    Angles { cos, sin }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Shape {
        Shape {
            vocab_size: 300,
            hidden_size: 32,
            intermediate_size: 48,
            layers: 2,
            heads: 4,
            kv_heads: 2,
            max_position: 16,
        }
    }

    #[test]
    fn every_weight_gets_a_gradient() {
        let model = Model::new(tiny(), 1).unwrap();
        let tokens = Tensor::from_vec((0..16u32).collect::<Vec<_>>(), (2, 8), &Device::Cpu).unwrap();
        let rows = Tensor::new(&[1u32, 7, 15], &Device::Cpu).unwrap();
        let logits = model.logits(&tokens, &rows).unwrap();
        let loss = crate::ops::cross_entropy(&logits, &[3, 2, 1]).unwrap();
        let gradients = loss.backward().unwrap();
        for (name, weight) in &model.weights {
            let gradient = gradients.get(weight).unwrap_or_else(|| panic!("{name} has no gradient"));
            let size: f32 = gradient.abs().unwrap().max_all().unwrap().to_scalar().unwrap();
            assert!(size > 0.0, "{name} has a zero gradient");
        }
    }

    #[test]
    fn the_first_weights_depend_on_the_seed_alone() {
        let first = |seed| {
            let model = Model::new(tiny(), seed).unwrap();
            model.weights["model.layers.1.mlp.up_proj.weight"].flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }
}
