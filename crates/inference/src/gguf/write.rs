//! Writing a model folder as one GGUF file, quantised.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::str::FromStr;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{names, rows, tokenizer};
use crate::config::{Config, RopeScaling};
use crate::error::{LoadError, QuantizeError};
use crate::files::Files;
use crate::hugging_face;
use crate::rotary::Rotary;
use crate::weights::read_safetensors;

/// How the projections of a model are stored. Norms and biases stay in 32 bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// 16 bits a weight.
    #[serde(rename = "f16")]
    F16,
    /// 8.5 bits a weight: answers hardly differ from those of the original.
    #[serde(rename = "q8_0")]
    Q8_0,
    /// 4.5 bits a weight, and 6.6 for the head.
    #[serde(rename = "q4_k")]
    Q4K,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = [Self::F16, Self::Q8_0, Self::Q4K].into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| format!("there is no format {name:?}: choose f16, q8_0 or q4_k"))
    }
}

impl Format {
    /// As it is written on command lines and in files of models.
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
            Self::Q4K => "q4_k",
        }
    }

    /// How a projection with rows of `input` numbers is stored: in this format, or in the next wider one whose blocks fit.
    pub(crate) fn dtype(self, input: usize, is_head: bool) -> GgmlDType {
        let wanted = match self {
            Self::F16 => GgmlDType::F16,
            Self::Q8_0 => GgmlDType::Q8_0,
            Self::Q4K if is_head => GgmlDType::Q6K,
            Self::Q4K => GgmlDType::Q4K,
        };
        let fitting = [wanted, GgmlDType::Q8_0].into_iter().find(|dtype| input.is_multiple_of(dtype.block_size()));
        fitting.unwrap_or(GgmlDType::F16)
    }
}

/// Writes the model in `model_folder` to the file `out`, in a format that this engine and llama.cpp load. After each
/// tensor, `progress` is told how many are done and how many there are.
///
/// The rows of a projection that are no whole number of blocks are stored in the next wider format that fits them.
pub fn quantize(
    model_folder: &Path,
    out: &Path,
    format: Format,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(), QuantizeError> {
    let mut files = Files::new(model_folder);
    let config = hugging_face::config(&files.read("config.json")?)?;
    let metadata = metadata(&mut files, &config)?;
    let weights = read_safetensors(&mut files, &Device::Cpu)?;
    let total = weights.len();
    let mut tensors = Vec::new();
    for (done, (name, tensor)) in weights.into_iter().collect::<BTreeMap<_, _>>().into_iter().enumerate() {
        if let Some(own) = names::to_gguf(&name) {
            tensors.push((own.clone(), stored(&tensor, &own, &config, format)?));
        }
        progress(done + 1, total);
    }
    if let Some(RopeScaling::Llama3(_)) = &config.rope_scaling {
        tensors.push(("rope_freqs.weight".into(), factors(&config)?));
    }
    write(out, &metadata, &tensors)
}

/// A file appears under its name only when it is whole.
fn write(out: &Path, metadata: &[(String, Value)], tensors: &[(String, QTensor)]) -> Result<(), QuantizeError> {
    let failed = |source| QuantizeError::Write { path: out.into(), source };
    let unfinished = out.with_extension("unfinished");
    let mut file = BufWriter::new(File::create(&unfinished).map_err(failed)?);
    let metadata = metadata.iter().map(|(key, value)| (key.as_str(), value)).collect::<Vec<_>>();
    let tensors = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect::<Vec<_>>();
    gguf_file::write(&mut file, &metadata, &tensors)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().and_then(|()| fs::rename(&unfinished, out)).map_err(failed)
}

fn stored(tensor: &Tensor, own: &str, config: &Config, format: Format) -> Result<QTensor, QuantizeError> {
    let quantised = QTensor::quantize(tensor, dtype(tensor, own, config, format))?;
    Ok(match rows::interleaved_heads(architecture(config), own, (config.heads, config.kv_heads)) {
        Some(heads) => rows::pairs_from_halves(&quantised, heads, &Device::Cpu)?,
        None => quantised,
    })
}

fn dtype(tensor: &Tensor, own: &str, config: &Config, format: Format) -> GgmlDType {
    let [_, input] = *tensor.dims() else { return GgmlDType::F32 };
    let is_head = own == if config.tied_embeddings { "token_embd.weight" } else { "output.weight" };
    format.dtype(input, is_head)
}

/// The only two architectures that GGUF has a name for, of those that have what the configuration asks for.
fn architecture(config: &Config) -> &'static str {
    match (config.head_norms, config.biases.query_key_value && !config.biases.output) {
        (true, _) => "qwen3",
        (false, true) => "qwen2",
        (false, false) => "llama",
    }
}

fn metadata(files: &mut Files, config: &Config) -> Result<Vec<(String, Value)>, LoadError> {
    let number = |value: usize| Value::U32(value as u32);
    let of_model = [
        ("context_length", number(config.context_length)),
        ("embedding_length", number(config.hidden_size)),
        ("feed_forward_length", number(config.intermediate_size)),
        ("block_count", number(config.layers)),
        ("vocab_size", number(config.vocab_size)),
        ("attention.head_count", number(config.heads)),
        ("attention.head_count_kv", number(config.kv_heads)),
        ("attention.key_length", number(config.head_size)),
        ("attention.value_length", number(config.head_size)),
        ("attention.layer_norm_rms_epsilon", Value::F32(config.rms_norm_eps)),
        ("rope.dimension_count", number(config.head_size)),
        ("rope.freq_base", Value::F32(config.rope_theta)),
    ];
    let architecture = architecture(config);
    let mut all = vec![("general.architecture".to_string(), Value::String(architecture.into()))];
    all.extend(of_model.map(|(key, value)| (format!("{architecture}.{key}"), value)));
    if let Some(RopeScaling::Linear(factor)) = config.rope_scaling {
        all.push((format!("{architecture}.rope.scaling.type"), Value::String("linear".into())));
        all.push((format!("{architecture}.rope.scaling.factor"), Value::F32(factor)));
    }
    all.extend(tokenizer::metadata(files, config)?);
    Ok(all)
}

/// What each rotation of the plain model is divided by.
fn factors(config: &Config) -> Result<QTensor, QuantizeError> {
    let (plain, slowed) = (Rotary::new(&Config { rope_scaling: None, ..config.clone() }), Rotary::new(config));
    let factors = plain.frequencies().iter().zip(slowed.frequencies()).map(|(plain, slowed)| plain / slowed);
    let factors = Tensor::from_iter(factors, &Device::Cpu)?;
    Ok(QTensor::quantize(&factors, GgmlDType::F32)?)
}
