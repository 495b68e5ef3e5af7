//! Causal attention of one sequence's new tokens over all that it knows.

use candle_core::{Device, Result, Tensor};
use candle_nn::ops;

/// Queries at a time: bounds the scores to `heads * ROWS * context` numbers, and lets early queries skip late keys.
const ROWS: usize = 128;

/// Mixes values for `query` `[heads, new, head_size]`, the last `new` tokens of those in `keys` and `values`
/// `[kv_heads, known, head_size]`. Returns `[new, heads * head_size]`.
pub(crate) fn attend(query: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
    let (_, new, _) = query.dims3()?;
    let before = keys.dim(1)? - new;
    let mut mixed = Vec::with_capacity(new.div_ceil(ROWS));
    for first in (0..new).step_by(ROWS) {
        let rows = ROWS.min(new - first);
        let seen = before + first + rows;
        let (keys, values) = (keys.narrow(1, 0, seen)?, values.narrow(1, 0, seen)?);
        mixed.push(attend_rows(&query.narrow(1, first, rows)?, &keys, &values)?);
    }
    match mixed.as_slice() {
        [only] => Ok(only.clone()),
        several => Tensor::cat(several, 0),
    }
}

/// The same for queries of which the last sees all keys.
fn attend_rows(query: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
    let (heads, rows, head_size) = query.dims3()?;
    let (kv_heads, seen, _) = keys.dims3()?;
    // The query heads that share a key head are stacked as further rows, instead of repeating the keys.
    let stacked = query.contiguous()?.reshape((kv_heads, heads / kv_heads * rows, head_size))?;
    let scores = (stacked.matmul(&keys.t()?)? * (1.0 / (head_size as f64).sqrt()))?;
    let scores = match rows {
        1 => scores,
        _ => hide_future(&scores.reshape((heads, rows, seen))?)?.reshape(scores.shape())?,
    };
    let mixed = ops::softmax_last_dim(&scores)?.matmul(values)?;
    mixed.reshape((heads, rows, head_size))?.transpose(0, 1)?.reshape((rows, heads * head_size))
}

/// Adds minus infinity to `[heads, rows, seen]` where a query would look ahead.
fn hide_future(scores: &Tensor) -> Result<Tensor> {
    let (_, rows, seen) = scores.dims3()?;
    scores.broadcast_add(&causal_mask(rows, seen, scores.device())?)
}

fn causal_mask(rows: usize, seen: usize, device: &Device) -> Result<Tensor> {
    let own = |row: usize| seen - rows + row;
    let hidden = |row: usize, column: usize| if column > own(row) { f32::NEG_INFINITY } else { 0.0 };
    let mask = (0..rows).flat_map(|row| (0..seen).map(move |column| hidden(row, column))).collect::<Vec<_>>();
    Tensor::from_vec(mask, (rows, seen), device)
}
