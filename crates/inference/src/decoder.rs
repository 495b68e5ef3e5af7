//! The decoder: tokens of any number of sequences in, hidden states and logits of every position out.

use candle_core::{Device, Result, Tensor};
use candle_nn::{ops, rotary_emb};

use crate::attention::attend;
use crate::config::Config;
use crate::error::LoadError;
use crate::kv_cache::KvCache;
use crate::linear::Linear;
use crate::rotary::Rotary;
use crate::weights::{Size, Weights, BYTES_OF_DENSE};

/// Tokens of one sequence in a pass: bounds what a long prompt takes besides its cache.
const CHUNK: usize = 512;

/// The weights of a model on its device.
pub(crate) struct Decoder {
    config: Config,
    device: Device,
    rotary: Rotary,
    /// `[vocab, hidden]`.
    embedding: Linear,
    layers: Vec<Layer>,
    norm: Tensor,
    /// `[vocab, hidden]`, the embedding itself if the two are tied.
    head: Linear,
    size: Size,
}

struct Layer {
    attention_norm: Tensor,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    /// Of each head's query and key, in models that have them.
    head_norms: Option<(Tensor, Tensor)>,
    feed_forward_norm: Tensor,
    gate: Linear,
    up: Linear,
    down: Linear,
}

/// What a pass adds to one sequence.
pub(crate) struct Step<'a> {
    pub tokens: &'a [u32],
    pub cache: &'a mut KvCache,
}

impl Decoder {
    pub(crate) fn new(config: Config, weights: &mut Weights) -> std::result::Result<Self, LoadError> {
        let (vocab, hidden) = (config.vocab_size, config.hidden_size);
        let embedding = weights.linear("model.embed_tokens", hidden, vocab, false)?;
        let head = match config.tied_embeddings {
            true => embedding.clone(),
            false => weights.linear("lm_head", hidden, vocab, false)?,
        };
        let layers = (0..config.layers)
            .map(|layer| Layer::new(&config, weights, layer))
            .collect::<std::result::Result<_, _>>()?;
        let norm = weights.vector("model.norm.weight", hidden)?;
        let device = weights.device().clone();
        let bytes_per_token = 2 * config.layers * config.kv_heads * config.head_size * BYTES_OF_DENSE;
        let size = Size { bytes_per_token: bytes_per_token as u64, ..weights.size() };
        Ok(Self { rotary: Rotary::new(&config), embedding, layers, norm, head, config, device, size })
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// An empty cache with room for `capacity` tokens.
    pub(crate) fn cache(&self, capacity: usize) -> Result<KvCache> {
        KvCache::new(&self.config, capacity, &self.device)
    }

    /// Continues the sequence in `cache` by `tokens`; returns their final hidden states `[tokens, hidden]`.
    pub(crate) fn forward(&self, tokens: &[u32], cache: &mut KvCache) -> Result<Tensor> {
        let pass = |tokens| self.pass(&mut [Step { tokens, cache: &mut *cache }]);
        let chunks = tokens.chunks(CHUNK).map(pass).collect::<Result<Vec<_>>>()?;
        match chunks.as_slice() {
            [] => candle_core::bail!("a sequence cannot be continued by nothing"),
            [only] => Ok(only.clone()),
            several => Tensor::cat(several, 0),
        }
    }

    /// Continues each sequence by its tokens; returns the final hidden states of all of them, one below the other.
    ///
    /// The same pass serves prompts, parts of prompts, single further tokens, and answers to be rechecked, together
    /// and in any mixture: whatever does not look at other tokens is done for all rows at once. Tokens must be below
    /// the vocabulary size and fit their cache.
    pub(crate) fn pass(&self, steps: &mut [Step]) -> Result<Tensor> {
        for Step { tokens, cache } in steps.iter() {
            if tokens.is_empty() || tokens.len() > cache.room() {
                candle_core::bail!("{} tokens do not fit a cache with room for {}", tokens.len(), cache.room());
            }
        }
        let tokens = steps.iter().flat_map(|step| step.tokens).copied().collect::<Vec<_>>();
        let mut x = self.embedding.rows(&Tensor::new(tokens, &self.device)?)?;
        let rotation = self.rotary.at(&positions(steps), &self.device)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, index, steps, &rotation, &self.config)?;
        }
        for Step { tokens, cache } in steps {
            cache.advance(tokens.len());
        }
        ops::rms_norm(&x, &self.norm, self.config.rms_norm_eps)
    }

    /// Logits `[rows, vocab]` of some of the hidden states.
    pub(crate) fn logits(&self, hidden: &Tensor, first: usize, rows: usize) -> Result<Vec<Vec<f32>>> {
        self.head.forward(&hidden.narrow(0, first, rows)?)?.to_vec2()
    }
}

fn positions(steps: &[Step]) -> Vec<usize> {
    steps.iter().flat_map(|step| step.cache.length()..step.cache.length() + step.tokens.len()).collect()
}

impl Layer {
    fn new(config: &Config, weights: &mut Weights, layer: usize) -> std::result::Result<Self, LoadError> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let (q, kv) = (config.heads * config.head_size, config.kv_heads * config.head_size);
        let name = |part: &str| format!("model.layers.{layer}.{part}");
        let biases = config.biases;
        let mut linear = |part: &str, input, output, bias| weights.linear(&name(part), input, output, bias);
        Ok(Self {
            query: linear("self_attn.q_proj", hidden, q, biases.query_key_value)?,
            key: linear("self_attn.k_proj", hidden, kv, biases.query_key_value)?,
            value: linear("self_attn.v_proj", hidden, kv, biases.query_key_value)?,
            output: linear("self_attn.o_proj", q, hidden, biases.output)?,
            gate: linear("mlp.gate_proj", hidden, wide, biases.feed_forward)?,
            up: linear("mlp.up_proj", hidden, wide, biases.feed_forward)?,
            down: linear("mlp.down_proj", wide, hidden, biases.feed_forward)?,
            attention_norm: weights.vector(&name("input_layernorm.weight"), hidden)?,
            feed_forward_norm: weights.vector(&name("post_attention_layernorm.weight"), hidden)?,
            head_norms: match config.head_norms {
                true => Some((
                    weights.vector(&name("self_attn.q_norm.weight"), config.head_size)?,
                    weights.vector(&name("self_attn.k_norm.weight"), config.head_size)?,
                )),
                false => None,
            },
        })
    }

    fn forward(
        &self,
        x: &Tensor,
        index: usize,
        steps: &[Step],
        rotation: &(Tensor, Tensor),
        config: &Config,
    ) -> Result<Tensor> {
        let eps = config.rms_norm_eps;
        let normed = ops::rms_norm(x, &self.attention_norm, eps)?;
        let x = (x + self.attention(&normed, index, steps, rotation, config)?)?;
        let normed = ops::rms_norm(&x, &self.feed_forward_norm, eps)?;
        let gated = (self.gate.forward(&normed)?.silu()? * self.up.forward(&normed)?)?;
        x + self.down.forward(&gated)?
    }

    fn attention(
        &self,
        x: &Tensor,
        index: usize,
        steps: &[Step],
        rotation: &(Tensor, Tensor),
        config: &Config,
    ) -> Result<Tensor> {
        let (norm, key_norm) = self.head_norms.as_ref().map(|(query, key)| (query, key)).unzip();
        let query = rotate(&heads(&self.query.forward(x)?, config, norm)?, rotation)?;
        let key = rotate(&heads(&self.key.forward(x)?, config, key_norm)?, rotation)?;
        let value = heads(&self.value.forward(x)?, config, None)?;
        let mut first = 0;
        let mut mixed = Vec::with_capacity(steps.len());
        for Step { tokens, cache } in steps {
            let rows = |x: &Tensor| x.narrow(0, first, tokens.len())?.transpose(0, 1)?.contiguous();
            let (keys, values) = cache.append(index, &rows(&key)?, &rows(&value)?)?;
            mixed.push(attend(&rows(&query)?, &keys, &values)?);
            first += tokens.len();
        }
        self.output.forward(&Tensor::cat(&mixed, 0)?)
    }
}

/// `[rows, heads * head_size]` to `[rows, heads, head_size]`, each head normalised if the model does that.
fn heads(x: &Tensor, config: &Config, norm: Option<&Tensor>) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    let x = x.reshape((rows, width / config.head_size, config.head_size))?;
    match norm {
        Some(norm) => ops::rms_norm(&x, norm, config.rms_norm_eps),
        None => Ok(x),
    }
}

/// Turns `[rows, heads, head_size]` by the position of each row.
fn rotate(x: &Tensor, (cos, sin): &(Tensor, Tensor)) -> Result<Tensor> {
    rotary_emb::rope_thd(&x.unsqueeze(0)?, cos, sin)?.squeeze(0)
}

#[cfg(test)]
mod tests {
    //! Passes against each other; `tests/model/families.rs` holds them against candle-transformers.

    use super::*;
    use crate::hugging_face;
    use candle_core::DType;
    use serde_json::json;
    use std::collections::HashMap;

    const VOCAB: u32 = 50;

    /// A random model whose heads are normalised and whose projections have biases.
    fn decoder() -> Decoder {
        let fields = json!({
            "architectures": ["Qwen3ForCausalLM"], "vocab_size": VOCAB, "hidden_size": 32, "intermediate_size": 48,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "attention_bias": true,
            "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "tie_word_embeddings": true
        });
        let config = hugging_face::config(fields.to_string().as_bytes()).unwrap();
        let random = |shape: &[usize]| Tensor::randn(0f32, 0.3, shape, &Device::Cpu).unwrap();
        let mut tensors = HashMap::from([
            ("model.embed_tokens.weight".to_string(), random(&[VOCAB as usize, 32])),
            ("model.norm.weight".into(), random(&[32])),
        ]);
        for layer in 0..2 {
            let parts = [
                ("input_layernorm.weight", random(&[32])),
                ("post_attention_layernorm.weight", random(&[32])),
                ("self_attn.q_proj.weight", random(&[32, 32])),
                ("self_attn.q_proj.bias", random(&[32])),
                ("self_attn.k_proj.weight", random(&[16, 32])),
                ("self_attn.k_proj.bias", random(&[16])),
                ("self_attn.v_proj.weight", random(&[16, 32])),
                ("self_attn.v_proj.bias", random(&[16])),
                ("self_attn.o_proj.weight", random(&[32, 32])),
                ("self_attn.o_proj.bias", random(&[32])),
                ("self_attn.q_norm.weight", random(&[8])),
                ("self_attn.k_norm.weight", random(&[8])),
                ("mlp.gate_proj.weight", random(&[48, 32])),
                ("mlp.up_proj.weight", random(&[48, 32])),
                ("mlp.down_proj.weight", random(&[32, 48])),
            ];
            tensors.extend(parts.map(|(part, tensor)| (format!("model.layers.{layer}.{part}"), tensor)));
        }
        Decoder::new(config, &mut Weights::from_tensors(tensors)).unwrap()
    }

    fn tokens(seed: u32, count: u32) -> Vec<u32> {
        (0..count).map(|index| (index * index * 7 + seed) % VOCAB).collect()
    }

    /// The final hidden states of a sequence, given to the decoder in pieces of `step`.
    fn alone(decoder: &Decoder, tokens: &[u32], step: usize) -> Tensor {
        let mut cache = decoder.cache(tokens.len()).unwrap();
        let pieces = tokens.chunks(step).map(|piece| decoder.forward(piece, &mut cache).unwrap());
        Tensor::cat(&pieces.collect::<Vec<_>>(), 0).unwrap()
    }

    fn assert_close(left: &Tensor, right: &Tensor, what: &str) {
        let flat = |x: &Tensor| x.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (left, right) = (flat(left), flat(right));
        let distance = left.iter().zip(&right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(left.len() == right.len() && distance < 1e-4, "{what}: {distance}");
        assert!(left.iter().any(|x| x.abs() > 0.1), "{what}: the states say nothing");
    }

    #[test]
    fn decoding_with_a_cache_agrees_with_one_pass() {
        let decoder = decoder();
        let tokens = tokens(0, 40);
        for step in [1, 3, 17] {
            let (pieces, at_once) = (alone(&decoder, &tokens, step), alone(&decoder, &tokens, tokens.len()));
            assert_close(&pieces, &at_once, &format!("steps of {step}"));
        }
    }

    #[test]
    fn a_long_prompt_gives_the_same_in_any_pieces() {
        let decoder = decoder();
        let tokens = tokens(1, 2 * CHUNK as u32 + 9);
        assert_close(&alone(&decoder, &tokens, tokens.len()), &alone(&decoder, &tokens, 100), "three chunks");
    }

    #[test]
    fn sequences_in_one_pass_do_not_see_each_other() {
        let decoder = decoder();
        // A prompt, a part of a prompt behind a known beginning, and a single further token.
        let sequences = [(tokens(1, 30), 0), (tokens(2, 25), 10), (tokens(3, 18), 17)];
        let mut caches = sequences.each_ref().map(|(tokens, known)| {
            let mut cache = decoder.cache(tokens.len()).unwrap();
            if *known > 0 {
                decoder.forward(&tokens[..*known], &mut cache).unwrap();
            }
            cache
        });
        let steps =
            sequences.iter().zip(&mut caches).map(|((tokens, known), cache)| Step { tokens: &tokens[*known..], cache });
        let together = decoder.pass(&mut steps.collect::<Vec<_>>()).unwrap();
        let apart = sequences.iter().map(|(tokens, known)| {
            alone(&decoder, tokens, tokens.len()).narrow(0, *known, tokens.len() - known).unwrap()
        });
        assert_close(&together, &Tensor::cat(&apart.collect::<Vec<_>>(), 0).unwrap(), "three sequences");
        assert_eq!(caches.map(|cache| cache.length()), [30, 25, 18]);
    }

    #[test]
    fn a_full_cache_takes_no_more_tokens() {
        let decoder = decoder();
        let mut cache = decoder.cache(4).unwrap();
        decoder.forward(&tokens(0, 3), &mut cache).unwrap();
        assert!(decoder.forward(&tokens(0, 2), &mut cache).is_err());
        assert!(decoder.forward(&[], &mut cache).is_err());
    }
}
