//! The order of rows in query and key projections.
//!
//! A rotation turns pairs of coordinates. Hugging Face pairs a coordinate of the first half of a head with its like in
//! the second half; files of the architecture `llama` store the rows of each head so that the two are neighbours. Rows
//! are quantised one by one, so they can be put in the other order as they are.

use std::borrow::Cow;

use candle_core::quantized::{QStorage, QTensor};
use candle_core::{Device, Result};

/// How many heads the rows of this tensor belong to, if its file stores them as neighbours.
pub(super) fn interleaved_heads(architecture: &str, own_name: &str, heads: (usize, usize)) -> Option<usize> {
    let part = own_name.rsplit('.').nth(1)?;
    match (architecture, part) {
        ("llama", "attn_q") => Some(heads.0),
        ("llama", "attn_k") => Some(heads.1),
        _ => None,
    }
}

/// From neighbours to halves: `0 1 2 3 4 5` becomes `0 2 4 1 3 5` in each head.
pub(super) fn halves_from_pairs(tensor: &QTensor, heads: usize, device: &Device) -> Result<QTensor> {
    reordered(tensor, heads, device, |row, half| (row % half) * 2 + row / half)
}

/// From halves to neighbours: `0 1 2 3 4 5` becomes `0 3 1 4 2 5` in each head.
pub(super) fn pairs_from_halves(tensor: &QTensor, heads: usize, device: &Device) -> Result<QTensor> {
    reordered(tensor, heads, device, |row, half| (row % 2) * half + row / 2)
}

/// The same tensor on a device.
pub(super) fn placed(tensor: &QTensor, device: &Device) -> Result<QTensor> {
    QTensor::new(QStorage::from_data(tensor.data()?, device, tensor.dtype())?, tensor.shape().clone())
}

/// `source` tells which row of a head comes to `row`, where half of the head's rows are `half`.
fn reordered(tensor: &QTensor, heads: usize, device: &Device, source: fn(usize, usize) -> usize) -> Result<QTensor> {
    let (data, rows) = (tensor.data()?, tensor.shape().dims().first().copied().unwrap_or(0));
    if heads == 0 || rows == 0 || !rows.is_multiple_of(2 * heads) {
        candle_core::bail!("{rows} rows are not {heads} heads");
    }
    let (width, row_bytes) = (rows / heads, data.len() / rows);
    let from = |row: usize| row / width * width + source(row % width, width / 2);
    let moved = (0..rows).flat_map(|row| &data[from(row) * row_bytes..][..row_bytes]).copied().collect::<Vec<u8>>();
    QTensor::new(QStorage::from_data(Cow::Owned(moved), device, tensor.dtype())?, tensor.shape().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::quantized::GgmlDType;
    use candle_core::Tensor;

    #[test]
    fn each_order_undoes_the_other() {
        let rows = Tensor::arange(0f32, 12.0, &Device::Cpu).unwrap().reshape((12, 1)).unwrap();
        let stored = QTensor::quantize(&rows, GgmlDType::F32).unwrap();
        let halves = halves_from_pairs(&stored, 2, &Device::Cpu).unwrap();
        let order = |tensor: &QTensor| {
            tensor.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(order(&halves), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 6.0, 8.0, 10.0, 7.0, 9.0, 11.0]);
        assert_eq!(order(&pairs_from_halves(&halves, 2, &Device::Cpu).unwrap()), order(&stored));
    }

    #[test]
    fn rows_that_are_no_heads_are_refused() {
        let rows =
            QTensor::quantize(&Tensor::zeros((6, 1), candle_core::DType::F32, &Device::Cpu).unwrap(), GgmlDType::F32);
        assert!(halves_from_pairs(&rows.unwrap(), 2, &Device::Cpu).is_err());
    }
}
