//! A BERT from a Hugging Face folder.

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tokenizers::{PaddingParams, Tokenizer, TruncationParams};

/// The most numbers of a vector.
pub const MAX_DIMENSIONS: usize = 2_048;
/// Texts that go through the model together.
const BATCH: usize = 16;

/// Turns texts into vectors of length 1.
pub struct Encoder {
    id: String,
    dimensions: usize,
    pooling: Pooling,
    model: BertModel,
    tokenizer: Tokenizer,
    device: Device,
}

/// Why a model folder is of no use, or a text not embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error(
        "{path} cannot be read: a folder of a BERT holds config.json, tokenizer.json and model.safetensors",
        path = .path.display()
    )]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is not what a BERT needs: {reason}", path = .path.display())]
    Unsupported { path: PathBuf, reason: String },
    #[error("the tokenizer failed: {0}")]
    Tokenizer(#[from] tokenizers::Error),
    #[error("the model failed: {0}")]
    Compute(#[from] candle_core::Error),
}

/// How the vectors of all tokens become one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Pooling {
    #[default]
    Mean,
    /// That of the first token.
    First,
}

/// `1_Pooling/config.json`, as sentence-transformers writes it.
#[derive(Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
}

impl Encoder {
    /// Reads a folder of `config.json`, `tokenizer.json`, `model.safetensors` and maybe `1_Pooling/config.json`. Computes in
    /// 32 bit on the CUDA device with this number, or else on the CPU.
    pub fn load(folder: &Path, cuda: Option<usize>) -> Result<Self, EmbedError> {
        let device = cuda.map_or(Ok(Device::Cpu), Device::new_cuda)?;
        let mut files = Files { folder, hasher: Blake2b::new() };
        let config: Config = files.json("config.json")?;
        let mut tokenizer = Tokenizer::from_bytes(files.read("tokenizer.json")?)?;
        let pooling = files.pooling()?;
        if config.hidden_size > MAX_DIMENSIONS {
            let reason = format!("its vectors have {} numbers and at most {MAX_DIMENSIONS} fit", config.hidden_size);
            return Err(files.unsupported("config.json", reason));
        }
        pad(&mut tokenizer, &config)?;
        let weights = VarBuilder::from_buffered_safetensors(files.read("model.safetensors")?, DType::F32, &device)?;
        let model = BertModel::load(weights, &config)?;
        let id = hex::encode(files.hasher.finalize());
        Ok(Self { id, dimensions: config.hidden_size, pooling, model, tokenizer, device })
    }

    /// Hash of everything that the vectors follow from: 64 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Numbers of each vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// A vector for each text. A text beyond the model's length is cut.
    pub fn encode(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let batches = texts.chunks(BATCH).map(|batch| self.batch(batch));
        Ok(batches.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn batch(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let encodings = self.tokenizer.encode_batch(texts.to_vec(), true)?;
        let stack = |row: fn(&tokenizers::Encoding) -> &[u32]| {
            let rows = encodings.iter().map(|encoding| Tensor::new(row(encoding), &self.device));
            Tensor::stack(&rows.collect::<Result<Vec<_>, _>>()?, 0)
        };
        let (ids, types, mask) = (
            stack(tokenizers::Encoding::get_ids)?,
            stack(tokenizers::Encoding::get_type_ids)?,
            stack(tokenizers::Encoding::get_attention_mask)?,
        );
        let hidden = self.model.forward(&ids, &types, Some(&mask))?;
        let pooled = match self.pooling {
            Pooling::Mean => hidden.broadcast_mul(&mask.to_dtype(DType::F32)?.unsqueeze(2)?)?.sum(1)?,
            Pooling::First => hidden.narrow(1, 0, 1)?.squeeze(1)?,
        };
        // A sum has the direction of a mean.
        let length = pooled.sqr()?.sum_keepdim(1)?.sqrt()?;
        Ok(pooled.broadcast_div(&length)?.to_vec2()?)
    }
}

/// The cosine of the angle between two vectors; not a number if one of them has no direction.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn pad(tokenizer: &mut Tokenizer, config: &Config) -> Result<(), EmbedError> {
    let pad_id = u32::try_from(config.pad_token_id).unwrap_or_default();
    tokenizer.with_padding(Some(PaddingParams { pad_id, ..PaddingParams::default() }));
    let max_length = config.max_position_embeddings;
    tokenizer.with_truncation(Some(TruncationParams { max_length, ..TruncationParams::default() }))?;
    Ok(())
}

/// The files of a folder, hashed as they are read.
struct Files<'a> {
    folder: &'a Path,
    hasher: Blake2b<U32>,
}

impl Files<'_> {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, EmbedError> {
        let path = self.folder.join(name);
        let content = std::fs::read(&path).map_err(|source| EmbedError::Read { path, source })?;
        for part in [name.as_bytes(), &content] {
            self.hasher.update((part.len() as u64).to_le_bytes());
            self.hasher.update(part);
        }
        Ok(content)
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<T, EmbedError> {
        let content = self.read(name)?;
        serde_json::from_slice(&content).map_err(|error| self.unsupported(name, error))
    }

    fn pooling(&mut self) -> Result<Pooling, EmbedError> {
        match self.json("1_Pooling/config.json") {
            Ok(PoolingFile { pooling_mode_cls_token: true }) => Ok(Pooling::First),
            Ok(_) => Ok(Pooling::Mean),
            Err(EmbedError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(Pooling::default()),
            Err(error) => Err(error),
        }
    }

    fn unsupported(&self, name: &str, reason: impl ToString) -> EmbedError {
        EmbedError::Unsupported { path: self.folder.join(name), reason: reason.to_string() }
    }
}
