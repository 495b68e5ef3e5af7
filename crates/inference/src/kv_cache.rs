//! The keys and values of the tokens seen so far, in blocks.

use candle_core::{DType, Device, Result, Tensor};

use crate::blocks::{BlockPool, Table, BLOCK};
use crate::config::Config;

/// Numbers that the kernels of the CPU take at a time; values are padded to a multiple of it.
pub(crate) const LANES: usize = 16;

/// Room for a fixed number of blocks, allocated once. Whose they are is said by the tables of the sequences.
pub(crate) struct KvCache {
    layers: Vec<Layer>,
    pub pool: BlockPool,
}

pub(crate) enum Layer {
    Host(HostLayer),
    Device(DeviceLayer),
}

/// In the order in which the CPU's kernel reads it. Pages of it take memory only once they are written.
pub(crate) struct HostLayer {
    /// `[blocks, kv_heads, head_size, BLOCK]`.
    pub keys: Vec<f32>,
    /// `[blocks, kv_heads, BLOCK, padded]`.
    pub values: Vec<f32>,
    pub padded: usize,
}

/// `[blocks * BLOCK, kv_heads, head_size]` each.
pub(crate) struct DeviceLayer {
    pub keys: Tensor,
    pub values: Tensor,
}

impl KvCache {
    pub(crate) fn new(config: &Config, blocks: usize, device: &Device) -> Result<Self> {
        let layer = |_| match device.is_cpu() {
            true => Ok(Layer::Host(HostLayer::new(config, blocks))),
            false => DeviceLayer::new(config, blocks, device).map(Layer::Device),
        };
        let layers = (0..config.layers).map(layer).collect::<Result<Vec<_>>>()?;
        Ok(Self { layers, pool: BlockPool::new(blocks) })
    }

    pub(crate) fn layer(&mut self, index: usize) -> &mut Layer {
        &mut self.layers[index]
    }

    /// Bytes of one block.
    pub(crate) fn block_bytes(config: &Config, device: &Device) -> u64 {
        let value = if device.is_cpu() { padded(config) } else { config.head_size };
        (config.layers * config.kv_heads * BLOCK * (config.head_size + value) * size_of::<f32>()) as u64
    }
}

fn padded(config: &Config) -> usize {
    config.head_size.next_multiple_of(LANES)
}

impl HostLayer {
    pub(crate) fn new(config: &Config, blocks: usize) -> Self {
        let (rows, padded) = (blocks * config.kv_heads * BLOCK, padded(config));
        Self { keys: vec![0.0; rows * config.head_size], values: vec![0.0; rows * padded], padded }
    }
}

impl DeviceLayer {
    pub(crate) fn new(config: &Config, blocks: usize, device: &Device) -> Result<Self> {
        let shape = (blocks * BLOCK, config.kv_heads, config.head_size);
        let zeros = || Tensor::zeros(shape, DType::F32, device);
        Ok(Self { keys: zeros()?, values: zeros()? })
    }
}

/// A cache with one sequence in it.
pub(crate) struct OwnCache {
    pub cache: KvCache,
    pub table: Table,
}

impl OwnCache {
    pub(crate) fn new(config: &Config, capacity: usize, device: &Device) -> Result<Self> {
        let mut cache = KvCache::new(config, capacity.div_ceil(BLOCK), device)?;
        let mut table = Table::default();
        table.grow(capacity, &mut cache.pool);
        Ok(Self { cache, table })
    }
}
