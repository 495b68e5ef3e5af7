//! Projections, dense or quantised.

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{Module, Result, Tensor};

/// Rows from which processors with tiles (AMX) multiply 4-bit weights faster in one call each.
const TILED_ROWS: usize = 32;

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
        self.biased(self.weight.forward(x)?)
    }

    /// Several projections of the same `x`. Where the processor has a kernel for it, quantised ones are done in one go:
    /// `x` is quantised once, and threads wait for each other once.
    pub(crate) fn forward_all<const N: usize>(all: [&Self; N], x: &Tensor) -> Result<[Tensor; N]> {
        let quantised = all.iter().filter_map(|linear| linear.quantised()).collect::<Vec<_>>();
        let tiled = x.dim(0)? >= TILED_ROWS && quantised.iter().any(|weight| weight.dtype() == GgmlDType::Q4K);
        let products = match quantised.len() == N && !tiled {
            true => QTensor::gemv_fused_shared_lhs(&quantised, x)?,
            false => None,
        };
        let results = match products {
            Some(products) => all.iter().zip(products).map(|(linear, product)| linear.biased(product)).collect(),
            None => all.iter().map(|linear| linear.forward(x)).collect::<Result<Vec<_>>>(),
        }?;
        results.try_into().map_err(|_| candle_core::Error::Msg("a projection is missing".into()))
    }

    fn quantised(&self) -> Option<&QTensor> {
        match &self.weight {
            QMatMul::QTensor(weight) => Some(weight),
            QMatMul::Tensor(_) | QMatMul::TensorF16(_) => None,
        }
    }

    fn biased(&self, product: Tensor) -> Result<Tensor> {
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
