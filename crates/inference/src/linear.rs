//! Projections, dense or quantised.

use candle_core::quantized::QMatMul;
use candle_core::{Module, Result, Tensor};

/// `x W^T + b`, with `W` as `[output, input]`.
///
/// Quantised weights keep their format: candle multiplies rows in 32 bit with them, by kernels that are faster than
/// those for 16 bit on every CPU.
#[derive(Clone)]
pub(crate) struct Linear {
    weight: QMatMul,
    bias: Option<Tensor>,
}

impl Linear {
    pub(crate) fn new(weight: QMatMul, bias: Option<Tensor>) -> Self {
        Self { weight, bias }
    }

    /// `[rows, input]` to `[rows, output]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let product = self.weight.forward(x)?;
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }

    /// The rows of `W` with these indices: what an embedding looks up.
    pub(crate) fn rows(&self, indices: &Tensor) -> Result<Tensor> {
        self.weight.embedding(indices)
    }
}
