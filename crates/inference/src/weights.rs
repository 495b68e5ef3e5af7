//! The tensors of a model, under the names that Hugging Face gives them.

use std::collections::HashMap;

use candle_core::quantized::QTensor;
use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use crate::error::LoadError;
use crate::files::Files;
use crate::gguf::{Format, Gguf};
use crate::linear::Linear;

/// Hands out each tensor once, on its device. Dense weights are in 32 bit, quantised ones in their own format.
pub(crate) struct Weights {
    store: Store,
    device: Device,
    size: Size,
    /// What dense projections are quantised to as they are handed out.
    format: Option<Format>,
}

/// What a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub parameters: u64,
    /// Bytes of the weights as they lie in memory.
    pub bytes: u64,
    /// Bytes that each token of a sequence takes in the KV cache.
    pub bytes_per_token: u64,
}

enum Store {
    Dense(HashMap<String, Tensor>),
    /// Read tensor by tensor, so that the file is never in memory as a whole.
    Gguf(Box<Gguf>),
}

/// Of one number in 32 bit.
pub(crate) const BYTES_OF_DENSE: usize = 4;

impl Size {
    fn add(&mut self, parameters: usize, bytes: usize) {
        self.parameters += parameters as u64;
        self.bytes += bytes as u64;
    }
}

impl Weights {
    pub(crate) fn safetensors(files: &mut Files, format: Option<Format>, device: &Device) -> Result<Self, LoadError> {
        let store = Store::Dense(read_safetensors(files, device)?);
        Ok(Self { store, device: device.clone(), size: Size::default(), format })
    }

    pub(crate) fn gguf(gguf: Gguf, device: &Device) -> Self {
        Self { store: Store::Gguf(Box::new(gguf)), device: device.clone(), size: Size::default(), format: None }
    }

    #[cfg(test)]
    pub(crate) fn from_tensors(tensors: HashMap<String, Tensor>) -> Self {
        Self { store: Store::Dense(tensors), device: Device::Cpu, size: Size::default(), format: None }
    }

    /// Of what has been handed out.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// A norm or a bias, in 32 bit.
    pub(crate) fn vector(&mut self, name: &str, length: usize) -> Result<Tensor, LoadError> {
        let vector = match &mut self.store {
            Store::Dense(tensors) => dense(tensors, name)?,
            Store::Gguf(gguf) => {
                gguf.tensor(name, &self.device)?.dequantize(&self.device).map_err(LoadError::Placement)?
            }
        };
        has_shape(name, &[length], vector.dims())?;
        self.size.add(length, BYTES_OF_DENSE * length);
        Ok(vector)
    }

    /// The projection `{name}.weight` of `input` to `output` coordinates, with `{name}.bias` if it has one.
    pub(crate) fn linear(&mut self, name: &str, input: usize, output: usize, bias: bool) -> Result<Linear, LoadError> {
        let bias = bias.then(|| self.vector(&format!("{name}.bias"), output)).transpose()?;
        let name = format!("{name}.weight");
        let linear = match &mut self.store {
            Store::Dense(tensors) => {
                let tensor = dense(tensors, &name)?;
                has_shape(&name, &[output, input], tensor.dims())?;
                match self.format {
                    Some(format) => {
                        let dtype =
                            format.dtype(input, !tensors.contains_key("lm_head.weight") && is_vocabulary(&name));
                        QTensor::quantize(&tensor, dtype).and_then(|tensor| Linear::quantised(tensor, bias))
                    }
                    None => Ok(Linear::dense(tensor, bias)),
                }
            }
            Store::Gguf(gguf) => {
                let tensor = gguf.tensor(&name, &self.device)?;
                has_shape(&name, &[output, input], tensor.shape().dims())?;
                Linear::quantised(tensor, bias)
            }
        }
        .map_err(LoadError::Placement)?;
        self.size.add(input * output, linear.bytes());
        Ok(linear)
    }
}

/// Reads one file after the other, so that at most one is in memory besides the widened weights.
pub(crate) fn read_safetensors(files: &mut Files, device: &Device) -> Result<HashMap<String, Tensor>, LoadError> {
    let mut tensors = HashMap::new();
    for name in files.weight_files()? {
        let content = files.read(&name)?;
        let corrupt = |error: safetensors::SafeTensorError| LoadError::Corrupt {
            path: files.path(&name),
            reason: error.to_string(),
        };
        let shard = SafeTensors::deserialize(&content).map_err(corrupt)?;
        for (name, view) in shard.iter().filter(|(name, _)| is_weight(name)) {
            tensors.insert(name.to_string(), widen(name, &view, device)?);
        }
    }
    Ok(tensors)
}

fn dense(tensors: &mut HashMap<String, Tensor>, name: &str) -> Result<Tensor, LoadError> {
    tensors.remove(name).ok_or_else(|| LoadError::MissingTensor(name.into()))
}

fn has_shape(name: &str, expected: &[usize], found: &[usize]) -> Result<(), LoadError> {
    if found != expected {
        let (name, found) = (name.into(), found.to_vec());
        return Err(LoadError::WrongShape { name, expected: expected.to_vec(), found });
    }
    Ok(())
}

/// The embedding, which is the head where the two are tied, or the head itself.
fn is_vocabulary(name: &str) -> bool {
    ["model.embed_tokens.weight", "lm_head.weight"].contains(&name)
}

/// Some exports carry buffers that the decoder computes itself.
fn is_weight(name: &str) -> bool {
    name.ends_with(".weight") || name.ends_with(".bias")
}

fn widen(name: &str, view: &safetensors::tensor::TensorView, device: &Device) -> Result<Tensor, LoadError> {
    match view.dtype() {
        Dtype::F16 | Dtype::BF16 | Dtype::F32 => {}
        other => return Err(LoadError::Unsupported { what: format!("{name} stored as {other:?}") }),
    }
    let stored = view.load(&Device::Cpu).map_err(LoadError::Placement)?;
    stored.to_dtype(DType::F32).and_then(|wide| wide.to_device(device)).map_err(LoadError::Placement)
}
