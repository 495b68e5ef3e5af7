//! Attention in candle's operations, for devices that have no kernel of ours.

use candle_core::{Device, Result, Tensor};
use candle_nn::{ops, rotary_emb};

use super::{HeadNorms, Projected};
use crate::blocks::BLOCK;
use crate::config::Config;
use crate::decoder::Step;
use crate::kv_cache::DeviceLayer;
use crate::rotary::Rotation;

/// Queries at a time: bounds the scores to `heads * ROWS * context` numbers, and lets early queries skip late keys.
const ROWS: usize = 128;

pub(super) fn attend(
    projected: &Projected,
    norms: &HeadNorms,
    rotation: &Rotation,
    config: &Config,
    steps: &[Step],
    layer: &mut DeviceLayer,
) -> Result<Tensor> {
    let (query_norm, key_norm) = norms.as_ref().map(|(query, key)| (query, key)).unzip();
    let query = rotate(&heads(&projected.query, config, query_norm)?, rotation)?;
    let key = rotate(&heads(&projected.key, config, key_norm)?, rotation)?;
    let value = heads(&projected.value, config, None)?;
    store(&key, &value, steps, layer)?;
    let mut first = 0;
    let mut mixed = Vec::with_capacity(steps.len());
    for step in steps {
        let seen = known(step, layer)?;
        let own = query.narrow(0, first, step.tokens.len())?.transpose(0, 1)?.contiguous()?;
        mixed.push(attend_one(&own, &seen.0, &seen.1)?);
        first += step.tokens.len();
    }
    Tensor::cat(&mixed, 0)
}

/// `[rows, heads * head_size]` to `[rows, heads, head_size]`, each head normalised if the model does that.
fn heads(x: &Tensor, config: &Config, norm: Option<&Tensor>) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    let x = x.reshape((rows, width / config.head_size, config.head_size))?;
    match norm {
        Some(norm) => ops::rms_norm(&x, norm, config.rms_norm_eps),
        None => Ok(x),
    }
}

/// Turns `[rows, heads, head_size]` by the position of each row.
fn rotate(x: &Tensor, rotation: &Rotation) -> Result<Tensor> {
    rotary_emb::rope_thd(&x.unsqueeze(0)?, &rotation.cos, &rotation.sin)?.squeeze(0)
}

/// Puts all rows into their blocks, at once.
fn store(key: &Tensor, value: &Tensor, steps: &[Step], layer: &DeviceLayer) -> Result<()> {
    let slots = steps.iter().flat_map(|step| step.positions().map(|at| slot(step, at))).collect::<Vec<_>>();
    let (rows, heads, size) = key.dims3()?;
    let slots = Tensor::from_vec(slots, (rows, 1, 1), key.device())?.broadcast_as((rows, heads, size))?.contiguous()?;
    layer.keys.scatter_set(&slots, &key.contiguous()?, 0)?;
    layer.values.scatter_set(&slots, &value.contiguous()?, 0)
}

fn slot(step: &Step, position: usize) -> u32 {
    (step.table.blocks()[position / BLOCK] * BLOCK + position % BLOCK) as u32
}

/// All keys and values of a sequence, the new ones included: `[kv_heads, known, head_size]` each.
fn known(step: &Step, layer: &DeviceLayer) -> Result<(Tensor, Tensor)> {
    let slots = (0..step.table.length() + step.tokens.len()).map(|at| slot(step, at)).collect::<Vec<_>>();
    let slots = Tensor::new(slots, layer.keys.device())?;
    let gather = |x: &Tensor| x.index_select(&slots, 0)?.transpose(0, 1)?.contiguous();
    Ok((gather(&layer.keys)?, gather(&layer.values)?))
}

/// Mixes values for `query` `[heads, new, head_size]`, the last `new` tokens of those in `keys` and `values`
/// `[kv_heads, known, head_size]`. Returns `[new, heads * head_size]`.
fn attend_one(query: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
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
