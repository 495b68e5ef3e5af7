//! Weights from safetensors files, widened to 32 bit.

use std::collections::HashMap;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};

use crate::error::LoadError;
use crate::files::Files;

/// The tensors of a model, each taken once by name.
pub(crate) struct Weights {
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Reads one file after the other, so that at most one is in memory besides the widened weights.
    pub(crate) fn read(files: &mut Files, device: &Device) -> Result<Self, LoadError> {
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
        Ok(Self { tensors })
    }

    #[cfg(test)]
    pub(crate) fn from_tensors(tensors: HashMap<String, Tensor>) -> Self {
        Self { tensors }
    }

    /// The tensor `name`, which must have exactly the given shape.
    pub(crate) fn take(&mut self, name: &str, expected: &[usize]) -> Result<Tensor, LoadError> {
        let tensor = self.tensors.remove(name).ok_or_else(|| LoadError::MissingTensor(name.into()))?;
        if tensor.dims() != expected {
            let (name, found) = (name.into(), tensor.dims().to_vec());
            return Err(LoadError::WrongShape { name, expected: expected.to_vec(), found });
        }
        Ok(tensor)
    }
}

/// Some exports carry buffers that the decoder computes itself.
fn is_weight(name: &str) -> bool {
    name.ends_with(".weight")
}

fn widen(name: &str, view: &safetensors::tensor::TensorView, device: &Device) -> Result<Tensor, LoadError> {
    match view.dtype() {
        Dtype::F16 | Dtype::BF16 | Dtype::F32 => {}
        other => return Err(LoadError::Unsupported { what: format!("{name} stored as {other:?}") }),
    }
    let stored = view.load(&Device::Cpu).map_err(LoadError::Placement)?;
    stored.to_dtype(DType::F32).and_then(|wide| wide.to_device(device)).map_err(LoadError::Placement)
}
