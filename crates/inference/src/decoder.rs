//! The Llama decoder: tokens in, hidden states and logits of every position out.

use candle_core::{Device, Result, Tensor};
use candle_nn::{ops, rotary_emb};

use crate::config::Config;
use crate::error::LoadError;
use crate::kv_cache::KvCache;
use crate::rotary::Rotary;
use crate::weights::Weights;

/// Positions per pass: bounds the attention scores of a long prompt to `heads * CHUNK * context` floats.
const CHUNK: usize = 256;

/// The weights of a model on its device.
pub(crate) struct Decoder {
    config: Config,
    device: Device,
    rotary: Rotary,
    /// `[vocab, hidden]`.
    embedding: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    /// `[vocab, hidden]`, the embedding itself if the two are tied.
    head: Tensor,
}

/// Projections are `[output, input]`, norms `[hidden]`.
struct Layer {
    attention_norm: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    feed_forward_norm: Tensor,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
}

impl Decoder {
    pub(crate) fn new(config: Config, weights: &mut Weights, device: Device) -> std::result::Result<Self, LoadError> {
        let (vocab, hidden) = (config.vocab_size, config.hidden_size);
        let embedding = weights.take("model.embed_tokens.weight", &[vocab, hidden])?;
        let head = match config.tied_embeddings {
            true => embedding.clone(),
            false => weights.take("lm_head.weight", &[vocab, hidden])?,
        };
        let layers = (0..config.layers)
            .map(|layer| Layer::new(&config, weights, layer))
            .collect::<std::result::Result<_, _>>()?;
        let norm = weights.take("model.norm.weight", &[hidden])?;
        Ok(Self { rotary: Rotary::new(&config), embedding, layers, norm, head, config, device })
    }

    /// An empty cache with room for `capacity` tokens.
    pub(crate) fn cache(&self, capacity: usize) -> Result<KvCache> {
        KvCache::new(&self.config, capacity, &self.device)
    }

    /// Continues the sequence in `cache` by `tokens`; returns their final hidden states `[tokens, hidden]`.
    ///
    /// The same pass serves a prompt, one further token, and an answer to be rechecked. Tokens must be below the
    /// vocabulary size and fit the cache.
    pub(crate) fn forward(&self, tokens: &[u32], cache: &mut KvCache) -> Result<Tensor> {
        if tokens.is_empty() || tokens.len() > cache.room() {
            candle_core::bail!("{} tokens do not fit a cache with room for {}", tokens.len(), cache.room());
        }
        let chunks = tokens.chunks(CHUNK).map(|chunk| self.forward_chunk(chunk, cache)).collect::<Result<Vec<_>>>()?;
        match chunks.as_slice() {
            [only] => Ok(only.clone()),
            several => Tensor::cat(several, 0),
        }
    }

    /// Logits `[rows, vocab]` of some of the hidden states.
    pub(crate) fn logits(&self, hidden: &Tensor, first: usize, rows: usize) -> Result<Vec<Vec<f32>>> {
        hidden.narrow(0, first, rows)?.matmul(&self.head.t()?)?.to_vec2()
    }

    fn forward_chunk(&self, tokens: &[u32], cache: &mut KvCache) -> Result<Tensor> {
        let (known, new) = (cache.length(), tokens.len());
        let pass = Pass {
            config: &self.config,
            rotation: self.rotary.at(known..known + new, &self.device)?,
            mask: causal_mask(known, new, &self.device)?,
        };
        let mut x = self.embedding.index_select(&Tensor::new(tokens, &self.device)?, 0)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, index, cache, &pass)?;
        }
        cache.advance(new);
        ops::rms_norm(&x, &self.norm, self.config.rms_norm_eps)
    }
}

/// What all layers share in one pass over new tokens.
struct Pass<'a> {
    config: &'a Config,
    rotation: (Tensor, Tensor),
    /// `[new, known + new]`, absent for a single new token, which sees everything.
    mask: Option<Tensor>,
}

impl Layer {
    fn new(config: &Config, weights: &mut Weights, layer: usize) -> std::result::Result<Self, LoadError> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let (q, kv) = (config.heads * config.head_size, config.kv_heads * config.head_size);
        let mut take =
            |part: &str, shape: &[usize]| weights.take(&format!("model.layers.{layer}.{part}.weight"), shape);
        Ok(Self {
            attention_norm: take("input_layernorm", &[hidden])?,
            query: take("self_attn.q_proj", &[q, hidden])?,
            key: take("self_attn.k_proj", &[kv, hidden])?,
            value: take("self_attn.v_proj", &[kv, hidden])?,
            output: take("self_attn.o_proj", &[hidden, q])?,
            feed_forward_norm: take("post_attention_layernorm", &[hidden])?,
            gate: take("mlp.gate_proj", &[wide, hidden])?,
            up: take("mlp.up_proj", &[wide, hidden])?,
            down: take("mlp.down_proj", &[hidden, wide])?,
        })
    }

    fn forward(&self, x: &Tensor, index: usize, cache: &KvCache, pass: &Pass) -> Result<Tensor> {
        let eps = pass.config.rms_norm_eps;
        let x = (x + self.attention(&ops::rms_norm(x, &self.attention_norm, eps)?, index, cache, pass)?)?;
        let normed = ops::rms_norm(&x, &self.feed_forward_norm, eps)?;
        let gated = (linear(&normed, &self.gate)?.silu()? * linear(&normed, &self.up)?)?;
        x + linear(&gated, &self.down)?
    }

    fn attention(&self, x: &Tensor, index: usize, cache: &KvCache, pass: &Pass) -> Result<Tensor> {
        let Config { heads, kv_heads, head_size, .. } = *pass.config;
        let new = x.dim(0)?;
        let query = pass.rotate(&split_heads(&linear(x, &self.query)?, heads)?)?;
        let key = pass.rotate(&split_heads(&linear(x, &self.key)?, kv_heads)?)?;
        let value = split_heads(&linear(x, &self.value)?, kv_heads)?;
        let (keys, values) = cache.append(index, &key, &value)?;
        // The query heads that share a key head are stacked as further rows, instead of repeating the keys.
        let query = query.reshape((kv_heads, heads / kv_heads * new, head_size))?;
        let scores = (query.matmul(&keys.t()?)? * (1.0 / (head_size as f64).sqrt()))?;
        let attention = ops::softmax_last_dim(&pass.hide_future(scores)?)?;
        let mixed = attention.matmul(&values)?.reshape((heads, new, head_size))?;
        linear(&mixed.transpose(0, 1)?.reshape((new, heads * head_size))?, &self.output)
    }
}

impl Pass<'_> {
    /// Turns `[heads, new, head_size]` by position.
    fn rotate(&self, x: &Tensor) -> Result<Tensor> {
        let (cos, sin) = &self.rotation;
        rotary_emb::rope(&x.unsqueeze(0)?, cos, sin)?.squeeze(0)
    }

    /// Adds minus infinity where a query would look ahead.
    fn hide_future(&self, scores: Tensor) -> Result<Tensor> {
        let Some(mask) = &self.mask else { return Ok(scores) };
        let (new, total) = mask.dims2()?;
        let by_head = scores.reshape((self.config.heads, new, total))?;
        by_head.broadcast_add(mask)?.reshape(scores.shape())
    }
}

fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.matmul(&weight.t()?)
}

/// `[new, heads * head_size]` to `[heads, new, head_size]`.
fn split_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    let (new, width) = x.dims2()?;
    x.reshape((new, heads, width / heads))?.transpose(0, 1)?.contiguous()
}

fn causal_mask(known: usize, new: usize, device: &Device) -> Result<Option<Tensor>> {
    if new == 1 {
        return Ok(None);
    }
    let total = known + new;
    let hidden = |row: usize, column: usize| if column > known + row { f32::NEG_INFINITY } else { 0.0 };
    let mask = (0..new).flat_map(|row| (0..total).map(move |column| hidden(row, column))).collect::<Vec<_>>();
    Tensor::from_vec(mask, (new, total), device).map(Some)
}

#[cfg(test)]
mod tests {
    //! The decoder against its twin in candle-transformers, on small random models.

    use super::*;
    use candle_core::DType;
    use candle_nn::VarBuilder;
    use candle_transformers::models::llama::{Cache, Llama, LlamaConfig};
    use serde_json::{json, Value};
    use std::collections::HashMap;

    const TOLERANCE: f32 = 1e-4;

    struct Twins {
        ours: Decoder,
        theirs: Llama,
        their_config: candle_transformers::models::llama::Config,
    }

    impl Twins {
        fn new(change: Value) -> Self {
            let mut fields = json!({
                "architectures": ["LlamaForCausalLM"], "vocab_size": 50, "hidden_size": 32, "intermediate_size": 48,
                "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                "max_position_embeddings": 640, "rms_norm_eps": 1e-5, "tie_word_embeddings": true
            });
            fields.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let config = Config::parse(fields.to_string().as_bytes()).unwrap();
            let tensors = random_weights(&config);
            let builder = VarBuilder::from_tensors(tensors.clone(), DType::F32, &Device::Cpu);
            let their_config = serde_json::from_value::<LlamaConfig>(fields).unwrap().into_config(false);
            Self {
                ours: Decoder::new(config, &mut Weights::from_tensors(tensors), Device::Cpu).unwrap(),
                theirs: Llama::load(builder, &their_config).unwrap(),
                their_config,
            }
        }

        /// The twin's logits after the last token.
        fn their_logits(&self, tokens: &[u32]) -> Vec<f32> {
            let mut cache = Cache::new(false, DType::F32, &self.their_config, &Device::Cpu).unwrap();
            let input = Tensor::new(tokens, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
            self.theirs.forward(&input, 0, &mut cache).unwrap().squeeze(0).unwrap().to_vec1().unwrap()
        }

        /// Our logits after every token, given to the decoder in pieces of `step`.
        fn our_logits(&self, tokens: &[u32], step: usize) -> Vec<Vec<f32>> {
            let mut cache = self.ours.cache(tokens.len()).unwrap();
            let pieces = tokens.chunks(step).flat_map(|piece| {
                let hidden = self.ours.forward(piece, &mut cache).unwrap();
                self.ours.logits(&hidden, 0, piece.len()).unwrap()
            });
            pieces.collect()
        }
    }

    fn random_weights(config: &Config) -> HashMap<String, Tensor> {
        let (hidden, wide, vocab) = (config.hidden_size, config.intermediate_size, config.vocab_size);
        let kv = config.kv_heads * config.head_size;
        let normal = |shape: &[usize]| Tensor::randn(0f32, 0.3, shape, &Device::Cpu).unwrap();
        let scale = || Tensor::rand(0.5f32, 1.5, hidden, &Device::Cpu).unwrap();
        let mut all = HashMap::from([
            ("model.embed_tokens.weight".to_string(), normal(&[vocab, hidden])),
            ("lm_head.weight".into(), normal(&[vocab, hidden])),
            ("model.norm.weight".into(), scale()),
        ]);
        for layer in 0..config.layers {
            let parts = [
                ("input_layernorm", scale()),
                ("post_attention_layernorm", scale()),
                ("self_attn.q_proj", normal(&[hidden, hidden])),
                ("self_attn.k_proj", normal(&[kv, hidden])),
                ("self_attn.v_proj", normal(&[kv, hidden])),
                ("self_attn.o_proj", normal(&[hidden, hidden])),
                ("mlp.gate_proj", normal(&[wide, hidden])),
                ("mlp.up_proj", normal(&[wide, hidden])),
                ("mlp.down_proj", normal(&[hidden, wide])),
            ];
            all.extend(parts.map(|(part, tensor)| (format!("model.layers.{layer}.{part}.weight"), tensor)));
        }
        all
    }

    fn tokens(count: u32) -> Vec<u32> {
        (0..count).map(|index| index * index * 7 % 50).collect()
    }

    fn assert_close(ours: &[f32], theirs: &[f32], what: &str) {
        let distance = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(ours.len() == theirs.len() && distance < TOLERANCE, "{what}: {distance}");
        assert!(ours.iter().any(|logit| logit.abs() > 0.5), "{what}: the logits say nothing");
    }

    #[test]
    fn logits_of_every_position_agree_with_the_twin() {
        let llama3 = json!({ "rope_theta": 500.0, "rope_scaling": {
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16
        }});
        let variants = [
            json!({}),
            json!({ "tie_word_embeddings": false }),
            json!({ "num_key_value_heads": 4 }),
            json!({ "num_key_value_heads": 1 }),
            llama3,
        ];
        for variant in variants {
            let twins = Twins::new(variant.clone());
            let tokens = tokens(24);
            let ours = twins.our_logits(&tokens, tokens.len());
            for length in 1..=tokens.len() {
                assert_close(
                    &ours[length - 1],
                    &twins.their_logits(&tokens[..length]),
                    &format!("{variant} at {length}"),
                );
            }
        }
    }

    #[test]
    fn decoding_with_a_cache_agrees_with_one_pass() {
        let twins = Twins::new(json!({}));
        let tokens = tokens(40);
        let at_once = twins.our_logits(&tokens, tokens.len());
        for step in [1, 3, 17] {
            for (position, (ours, all)) in twins.our_logits(&tokens, step).iter().zip(&at_once).enumerate() {
                assert_close(ours, all, &format!("steps of {step}, position {position}"));
            }
        }
    }

    #[test]
    fn a_sequence_of_several_chunks_agrees_with_the_twin() {
        let twins = Twins::new(json!({}));
        let tokens = tokens(2 * CHUNK as u32 + 9);
        let ours = twins.our_logits(&tokens, tokens.len());
        assert_close(&ours[tokens.len() - 1], &twins.their_logits(&tokens), "three chunks");
    }

    #[test]
    fn a_full_cache_takes_no_more_tokens() {
        let twins = Twins::new(json!({}));
        let mut cache = twins.ours.cache(4).unwrap();
        twins.ours.forward(&tokens(3), &mut cache).unwrap();
        assert!(twins.ours.forward(&tokens(2), &mut cache).is_err());
        assert!(twins.ours.forward(&[], &mut cache).is_err());
    }
}
