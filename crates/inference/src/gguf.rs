//! GGUF files: dimensions, tokenizer and tensors of a model in one file.

mod names;
mod rows;
mod tokenizer;
mod unpack;
mod write;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{Content, Value};
use candle_core::quantized::QTensor;
use candle_core::Device;
use tokenizers::Tokenizer;

use crate::config::{Biases, Config, RopeScaling};
use crate::error::LoadError;

pub use unpack::unpack;
pub use write::{quantize, Format};

/// An open file, of which the header has been read.
pub(crate) struct Gguf {
    path: PathBuf,
    header: Content,
    file: BufReader<File>,
    /// `llama`, `qwen2` or `qwen3`: the prefix of the keys that hold the dimensions.
    architecture: String,
    /// Query and key heads, by which llama's files order the rows of these projections.
    heads: (usize, usize),
}

impl Gguf {
    pub(crate) fn open(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |source| LoadError::Read { path: path.into(), source };
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let header = Content::read(&mut file).map_err(|error| refusal(path, error))?;
        let architecture = match header.metadata.get("general.architecture").map(Value::to_string) {
            Some(Ok(name)) if ["llama", "qwen2", "qwen3"].contains(&name.as_str()) => name.clone(),
            Some(Ok(other)) => return Err(LoadError::Unsupported { what: format!("the architecture {other}") }),
            _ => return Err(LoadError::InvalidConfig("it names no architecture".into())),
        };
        let mut gguf = Self { path: path.into(), header, file, architecture, heads: (1, 1) };
        let heads = gguf.number("attention.head_count")?;
        gguf.heads = (heads, gguf.optional_number("attention.head_count_kv")?.unwrap_or(heads));
        Ok(gguf)
    }

    pub(crate) fn config(&mut self) -> Result<Config, LoadError> {
        self.refuse_variants()?;
        let (hidden_size, (heads, kv_heads)) = (self.number("embedding_length")?, self.heads);
        let context_length = self.number("context_length")?;
        let window = self.optional_number("attention.sliding_window")?.filter(|window| *window > 0);
        let head_size = self.optional_number("attention.key_length")?.unwrap_or(hidden_size / heads.max(1));
        if self.optional_number("rope.dimension_count")?.is_some_and(|rotated| rotated != head_size) {
            return Err(LoadError::Unsupported { what: "heads that are rotated in part".into() });
        }
        Config {
            vocab_size: self.rows("token_embd.weight")?,
            hidden_size,
            intermediate_size: self.number("feed_forward_length")?,
            layers: self.number("block_count")?,
            heads,
            kv_heads,
            head_size,
            context_length: context_length.min(window.unwrap_or(usize::MAX)),
            rms_norm_eps: self.float("attention.layer_norm_rms_epsilon")?.unwrap_or(1e-5),
            rope_theta: self.float("rope.freq_base")?.unwrap_or(10_000.0),
            rope_scaling: self.rope_scaling()?,
            tied_embeddings: !self.has("output.weight"),
            biases: Biases {
                query_key_value: self.has("blk.0.attn_q.bias"),
                output: self.has("blk.0.attn_output.bias"),
                feed_forward: self.has("blk.0.ffn_down.bias"),
            },
            head_norms: self.has("blk.0.attn_q_norm.weight"),
            end_tokens: self.end_tokens(),
        }
        .checked()
    }

    /// A tensor by the name that Hugging Face gives it, with its rows in the order that Hugging Face gives them.
    pub(crate) fn tensor(&mut self, name: &str, device: &Device) -> Result<QTensor, LoadError> {
        let Some(own) = names::to_gguf(name).filter(|own| self.has(own)) else {
            return Err(LoadError::MissingTensor(name.into()));
        };
        let stored = self.read(&own)?;
        let placed = match rows::interleaved_heads(&self.architecture, &own, self.heads) {
            Some(heads) => rows::halves_from_pairs(&stored, heads, device),
            None if device.is_cpu() => Ok(stored),
            None => rows::placed(&stored, device),
        };
        placed.map_err(LoadError::Placement)
    }

    /// The file's own tokenizer. Only byte-level BPE can be read from here.
    pub(crate) fn tokenizer(&self) -> Result<Tokenizer, LoadError> {
        tokenizer::read(&self.header).map_err(|reason| LoadError::Unsupported {
            what: format!(
                "the tokenizer inside {} ({reason}): put the model's tokenizer.json beside it",
                self.path.display()
            ),
        })
    }

    /// A text of the metadata, such as the chat template.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.header.metadata.get(key)?.to_string().ok().map(String::as_str)
    }

    /// The text of the special token whose id stands at `key`; empty if there is none.
    pub(crate) fn token(&self, key: &str) -> String {
        let text = || {
            let id = self.header.metadata.get(key)?.to_u32().ok()?;
            let tokens = self.header.metadata.get("tokenizer.ggml.tokens")?.to_vec().ok()?;
            tokens.get(id as usize)?.to_string().ok().cloned()
        };
        text().unwrap_or_default()
    }

    fn end_tokens(&self) -> Vec<u32> {
        let keys = ["eos_token_id", "eot_token_id", "eom_token_id"].map(|key| format!("tokenizer.ggml.{key}"));
        keys.iter().filter_map(|key| self.header.metadata.get(key)?.to_u32().ok()).collect()
    }

    fn refuse_variants(&self) -> Result<(), LoadError> {
        if self.optional_number("expert_count")?.is_some_and(|experts| experts > 0) {
            return Err(LoadError::Unsupported { what: "mixtures of experts".into() });
        }
        Ok(())
    }

    fn rope_scaling(&mut self) -> Result<Option<RopeScaling>, LoadError> {
        const FACTORS: &str = "rope_freqs.weight";
        if self.has(FACTORS) {
            let factors = self.read(FACTORS)?.dequantize(&Device::Cpu).and_then(|factors| factors.to_vec1());
            return factors.map(|factors| Some(RopeScaling::Factors(factors))).map_err(LoadError::Placement);
        }
        match self.text(&self.key("rope.scaling.type")) {
            None | Some("none") => Ok(None),
            Some("linear") => Ok(self.float("rope.scaling.factor")?.map(RopeScaling::Linear)),
            Some(other) => Err(LoadError::Unsupported { what: format!("rotary embeddings of type {other}") }),
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.architecture)
    }

    fn number(&self, name: &str) -> Result<usize, LoadError> {
        self.optional_number(name)?.ok_or_else(|| LoadError::InvalidConfig(format!("{} is missing", self.key(name))))
    }

    fn optional_number(&self, name: &str) -> Result<Option<usize>, LoadError> {
        let key = self.key(name);
        let value = self.header.metadata.get(&key).map(Value::to_u64).transpose();
        value.map(|value| value.map(|value| value as usize)).map_err(|error| unexpected(&key, error))
    }

    fn float(&self, name: &str) -> Result<Option<f32>, LoadError> {
        let key = self.key(name);
        self.header.metadata.get(&key).map(Value::to_f32).transpose().map_err(|error| unexpected(&key, error))
    }

    fn has(&self, own: &str) -> bool {
        self.header.tensor_infos.contains_key(own)
    }

    fn rows(&self, own: &str) -> Result<usize, LoadError> {
        let info = self.header.tensor_infos.get(own).ok_or_else(|| LoadError::MissingTensor(own.into()))?;
        info.shape.dims().first().copied().ok_or_else(|| LoadError::MissingTensor(own.into()))
    }

    fn read(&mut self, own: &str) -> Result<QTensor, LoadError> {
        let read = self.header.tensor(&mut self.file, own, &Device::Cpu);
        read.map_err(|error| refusal(&self.path, error))
    }
}

fn unexpected(key: &str, error: candle_core::Error) -> LoadError {
    LoadError::InvalidConfig(format!("{key}: {error}"))
}

/// Formats that candle does not know are not damage.
fn refusal(path: &Path, error: candle_core::Error) -> LoadError {
    let reason = error.to_string();
    match reason.contains("unknown dtype") {
        true => LoadError::Unsupported { what: format!("{} ({reason})", path.display()) },
        false => LoadError::Corrupt { path: path.into(), reason },
    }
}
