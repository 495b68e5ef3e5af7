//! The keys and values of the tokens seen so far.

use candle_core::{DType, Device, Result, Tensor};

use crate::config::Config;

/// Room for a fixed number of tokens of one sequence, allocated once.
pub(crate) struct KvCache {
    layers: Vec<Layer>,
    length: usize,
    capacity: usize,
}

/// `[kv_heads, capacity, head_size]` each.
struct Layer {
    keys: Tensor,
    values: Tensor,
}

impl KvCache {
    pub(crate) fn new(config: &Config, capacity: usize, device: &Device) -> Result<Self> {
        let shape = (config.kv_heads, capacity, config.head_size);
        let zeros = || Tensor::zeros(shape, DType::F32, device);
        let layers =
            (0..config.layers).map(|_| Ok(Layer { keys: zeros()?, values: zeros()? })).collect::<Result<Vec<_>>>()?;
        Ok(Self { layers, length: 0, capacity })
    }

    /// Tokens of which all layers have keys and values.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn room(&self) -> usize {
        self.capacity - self.length
    }

    /// Stores `[kv_heads, new, head_size]` behind the known tokens; returns all of the layer, new ones included.
    pub(crate) fn append(&self, layer: usize, keys: &Tensor, values: &Tensor) -> Result<(Tensor, Tensor)> {
        let cached = &self.layers[layer];
        cached.keys.slice_set(keys, 1, self.length)?;
        cached.values.slice_set(values, 1, self.length)?;
        let known = self.length + keys.dim(1)?;
        Ok((cached.keys.narrow(1, 0, known)?, cached.values.narrow(1, 0, known)?))
    }

    /// Counts `new` tokens as known, after every layer has appended them.
    pub(crate) fn advance(&mut self, new: usize) {
        self.length += new;
    }
}
