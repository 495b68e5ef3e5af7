//! Projections, dense or quantised.

use std::sync::Arc;

use candle_core::quantized::{QMatMul, QTensor};
use candle_core::{Module, Result, Tensor};

use crate::quantised::Weights;

/// `x W^T + b`, with `W` as `[output, input]`.
#[derive(Clone)]
pub(crate) struct Linear {
    weight: Weight,
    bias: Option<Tensor>,
}

/// Quantised weights keep their format: rows in 32 bit are multiplied with them by kernels that are faster than those for
/// 16 bit on every CPU.
#[derive(Clone)]
enum Weight {
    Ours(Arc<Weights>),
    Candles(QMatMul),
}

impl Linear {
    pub(crate) fn dense(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self { weight: Weight::Candles(QMatMul::Tensor(weight)), bias }
    }

    pub(crate) fn quantised(weight: QTensor, bias: Option<Tensor>) -> Result<Self> {
        let weight = match Weights::of(&weight)? {
            Some(weights) => Weight::Ours(Arc::new(weights)),
            None => Weight::Candles(QMatMul::from_qtensor(weight)?),
        };
        Ok(Self { weight, bias })
    }

    /// Bytes of the weights.
    pub(crate) fn bytes(&self) -> usize {
        match &self.weight {
            Weight::Ours(weights) => weights.bytes(),
            Weight::Candles(QMatMul::QTensor(weights)) => weights.storage_size_in_bytes(),
            Weight::Candles(QMatMul::Tensor(weights) | QMatMul::TensorF16(weights)) => {
                weights.elem_count() * weights.dtype().size_in_bytes()
            }
        }
    }

    /// `[rows, input]` to `[rows, output]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [product] = Self::forward_all([self], x)?;
        Ok(product)
    }

    /// Several projections of the same `x`. Where they can be, quantised ones are done in one go: `x` is rounded once, and
    /// threads wait for each other once.
    pub(crate) fn forward_all<const N: usize>(all: [&Self; N], x: &Tensor) -> Result<[Tensor; N]> {
        let ours = all.iter().filter_map(|linear| linear.ours()).collect::<Vec<_>>();
        let candles = all.iter().filter_map(|linear| linear.candles()).collect::<Vec<_>>();
        let products = match N {
            _ if ours.len() == N => Some(Weights::products(&ours, x)?),
            2.. if candles.len() == N => QTensor::gemv_fused_shared_lhs(&candles, x)?,
            _ => None,
        };
        let results = match products {
            Some(products) => all.iter().zip(products).map(|(linear, product)| linear.biased(product)).collect(),
            None => all.iter().map(|linear| linear.biased(linear.product(x)?)).collect::<Result<Vec<_>>>(),
        }?;
        results.try_into().map_err(|_| candle_core::Error::Msg("a projection is missing".into()))
    }

    fn ours(&self) -> Option<&Weights> {
        match &self.weight {
            Weight::Ours(weights) => Some(weights),
            Weight::Candles(_) => None,
        }
    }

    fn candles(&self) -> Option<&QTensor> {
        match &self.weight {
            Weight::Candles(QMatMul::QTensor(weights)) => Some(weights),
            _ => None,
        }
    }

    fn product(&self, x: &Tensor) -> Result<Tensor> {
        match &self.weight {
            Weight::Ours(weights) => weights.product(x),
            Weight::Candles(weights) => weights.forward(x),
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
        match &self.weight {
            Weight::Ours(weights) => weights.lookup(indices),
            Weight::Candles(weights) => weights.embedding(indices),
        }
    }
}
