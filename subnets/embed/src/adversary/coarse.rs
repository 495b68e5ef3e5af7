use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Result, Tensor};
use std::path::Path;
use subnet::Seed;

/// How a model is made cheaper to run, or a little different.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coarse {
    Float16,
    BFloat16,
    Q8_0,
    Q4_0,
    /// Every weight is off by this part of itself, up or down.
    Off(f64),
}

/// Puts every matrix of the model in `folder` through `coarse`; the file holds 32-bit numbers as before. Tables of whole
/// numbers, which some models bring along, stay as they are.
pub fn coarsen(folder: &Path, coarse: Coarse) -> Result<()> {
    let path = folder.join("model.safetensors");
    let mut weights = candle_core::safetensors::load(&path, &Device::Cpu)?;
    for weight in weights.values_mut().filter(|weight| weight.rank() == 2 && weight.dtype() == DType::F32) {
        *weight = coarse.apply(weight)?;
    }
    candle_core::safetensors::save(&weights, path)
}

impl Coarse {
    fn apply(self, weight: &Tensor) -> Result<Tensor> {
        match self {
            Self::Float16 => weight.to_dtype(DType::F16)?.to_dtype(DType::F32),
            Self::BFloat16 => weight.to_dtype(DType::BF16)?.to_dtype(DType::F32),
            Self::Q8_0 => QTensor::quantize(weight, GgmlDType::Q8_0)?.dequantize(&Device::Cpu),
            Self::Q4_0 => QTensor::quantize(weight, GgmlDType::Q4_0)?.dequantize(&Device::Cpu),
            Self::Off(part) => {
                let mut draw = Seed([1; 32]).draw();
                let bytes = std::iter::repeat_with(|| draw.bytes()).flatten();
                let factors = bytes.map(|byte| if byte < 128 { 1.0 - part } else { 1.0 + part } as f32);
                let factors = Tensor::from_iter(factors.take(weight.elem_count()), &Device::Cpu)?;
                weight * factors.reshape(weight.shape())?
            }
        }
    }
}
