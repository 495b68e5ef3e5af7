//! Projections, dense or quantised.

use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{Module, Result, Tensor};

/// Rows up to which one call for several projections is faster than one call each.
const FUSED_ROWS: usize = 16;

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

    /// Several projections of the same `x`. Where rows are few and the processor has a kernel for it, all are done in one
    /// go: `x` is quantised once, and threads wait for each other once.
    pub(crate) fn forward_all<const N: usize>(all: [&Self; N], x: &Tensor) -> Result<[Tensor; N]> {
        let quantised = all.iter().filter_map(|linear| linear.quantised()).collect::<Vec<_>>();
        let products = match quantised.len() == N && x.dim(0)? <= FUSED_ROWS {
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
