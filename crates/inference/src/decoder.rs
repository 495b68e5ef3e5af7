//! The decoder: tokens of any number of sequences in, hidden states and logits of every position out.

use std::ops::Range;

use candle_core::{Device, Result, Tensor};
use candle_nn::ops;

use crate::attention::{attend, HeadNorms, Projected};
use crate::blocks::{Table, BLOCK};
use crate::config::Config;
use crate::error::LoadError;
use crate::host;
use crate::kv_cache::{self, KvCache, OwnCache};
use crate::linear::Linear;
use crate::rotary::{Rotary, Rotation};
use crate::weights::{Size, Weights};

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
    head_norms: HeadNorms,
    feed_forward_norm: Tensor,
    gate: Linear,
    up: Linear,
    down: Linear,
}

/// What a pass adds to one sequence.
pub(crate) struct Step<'a> {
    pub tokens: &'a [u32],
    /// Has room for the tokens.
    pub table: &'a mut Table,
}

impl Step<'_> {
    /// Of the new tokens.
    pub(crate) fn positions(&self) -> Range<usize> {
        self.table.length()..self.table.length() + self.tokens.len()
    }
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
        let bytes_per_token = KvCache::block_bytes(&config, &device) / BLOCK as u64;
        let size = Size { bytes_per_token, ..weights.size() };
        Ok(Self { rotary: Rotary::new(&config), embedding, layers, norm, head, config, device, size })
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Numbers of a hidden state.
    pub(crate) fn hidden_size(&self) -> usize {
        self.config.hidden_size
    }

    pub(crate) fn is_on_cpu(&self) -> bool {
        self.device.is_cpu()
    }

    /// Runs every projection once, on one row and on several.
    pub(crate) fn warm_up(&self) -> Result<()> {
        let mut own = self.cache(BLOCK)?;
        for tokens in [&[0][..], &[0, 0]] {
            let hidden = self.forward(tokens, &mut own)?;
            self.logits(&hidden, 0, tokens.len())?;
        }
        Ok(())
    }

    /// An empty cache for one sequence of at most `capacity` tokens.
    pub(crate) fn cache(&self, capacity: usize) -> Result<OwnCache> {
        OwnCache::new(&self.config, capacity, &self.device)
    }

    /// An empty cache for any number of sequences.
    pub(crate) fn shared_cache(&self, blocks: usize) -> Result<KvCache> {
        KvCache::new(&self.config, blocks, &self.device)
    }

    /// Continues the sequence in `own` by `tokens`; returns their final hidden states `[tokens, hidden]`.
    pub(crate) fn forward(&self, tokens: &[u32], own: &mut OwnCache) -> Result<Tensor> {
        let OwnCache { cache, table } = own;
        let pass = |tokens| self.pass(cache, &mut [Step { tokens, table: &mut *table }]);
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
    /// the vocabulary size and fit their table, whose blocks are those of `cache`.
    pub(crate) fn pass(&self, cache: &mut KvCache, steps: &mut [Step]) -> Result<Tensor> {
        for Step { tokens, table } in steps.iter() {
            if tokens.is_empty() || tokens.len() > table.room() {
                candle_core::bail!("{} tokens do not fit a table with room for {}", tokens.len(), table.room());
            }
        }
        let tokens = steps.iter().flat_map(|step| step.tokens).copied().collect::<Vec<_>>();
        let mut x = self.embedding.rows(&Tensor::new(tokens, &self.device)?)?;
        let positions = steps.iter().flat_map(|step| step.positions()).collect::<Vec<_>>();
        let rotation = self.rotary.at(&positions, &self.device)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, cache.layer(index), steps, &rotation, &self.config)?;
        }
        for Step { tokens, table } in steps {
            table.advance(tokens.len());
        }
        rms_norm(&x, &self.norm, self.config.rms_norm_eps)
    }

    /// Logits `[rows, vocab]` of some of the hidden states.
    pub(crate) fn logits(&self, hidden: &Tensor, first: usize, rows: usize) -> Result<Vec<Vec<f32>>> {
        self.head.forward(&hidden.narrow(0, first, rows)?)?.to_vec2()
    }
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
        cache: &mut kv_cache::Layer,
        steps: &[Step],
        rotation: &Rotation,
        config: &Config,
    ) -> Result<Tensor> {
        let normed = rms_norm(x, &self.attention_norm, config.rms_norm_eps)?;
        let [query, key, value] = Linear::forward_all([&self.query, &self.key, &self.value], &normed)?;
        let mixed = attend(&Projected { query, key, value }, &self.head_norms, rotation, config, steps, cache)?;
        let x = (x + self.output.forward(&mixed)?)?;
        let normed = rms_norm(&x, &self.feed_forward_norm, config.rms_norm_eps)?;
        let [gate, up] = Linear::forward_all([&self.gate, &self.up], &normed)?;
        x + self.down.forward(&gated(&gate, &up)?)?
    }
}

fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    match x.device().is_cpu() {
        true => host::rms_norm(x, weight, eps),
        false => ops::rms_norm(x, weight, eps),
    }
}

fn gated(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    match gate.device().is_cpu() {
        true => host::gated(gate, up),
        false => gate.silu()? * up,
    }
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
        let mut cache = decoder.shared_cache(4).unwrap();
        let mut tables = sequences.each_ref().map(|(tokens, known)| {
            let mut table = Table::default();
            assert!(table.grow(tokens.len(), &mut cache.pool));
            if *known > 0 {
                decoder.pass(&mut cache, &mut [Step { tokens: &tokens[..*known], table: &mut table }]).unwrap();
            }
            table
        });
        let steps =
            sequences.iter().zip(&mut tables).map(|((tokens, known), table)| Step { tokens: &tokens[*known..], table });
        let together = decoder.pass(&mut cache, &mut steps.collect::<Vec<_>>()).unwrap();
        let apart = sequences.iter().map(|(tokens, known)| {
            alone(&decoder, tokens, tokens.len()).narrow(0, *known, tokens.len() - known).unwrap()
        });
        assert_close(&together, &Tensor::cat(&apart.collect::<Vec<_>>(), 0).unwrap(), "three sequences");
        assert_eq!(tables.map(|table| table.length()), [30, 25, 18]);
    }

    #[test]
    fn a_full_cache_takes_no_more_tokens() {
        let decoder = decoder();
        let mut cache = decoder.cache(BLOCK).unwrap();
        decoder.forward(&tokens(0, BLOCK as u32 - 1), &mut cache).unwrap();
        assert!(decoder.forward(&tokens(0, 2), &mut cache).is_err());
        assert!(decoder.forward(&[], &mut cache).is_err());
    }
}
