//! Causal attention of each sequence's new tokens over all that it knows.

mod device;
mod host;
mod kernel;

use candle_core::{Result, Tensor};

use crate::config::Config;
use crate::decoder::Step;
use crate::kv_cache::Layer;
use crate::rotary::Rotation;

/// A layer's new queries, keys and values, as the projections give them.
pub(crate) struct Projected {
    /// `[rows, heads * head_size]`.
    pub query: Tensor,
    /// `[rows, kv_heads * head_size]`, and so the values.
    pub key: Tensor,
    pub value: Tensor,
}

/// What each head's query and key are multiplied with once they are normalised, in models that do that: `[head_size]`.
pub(crate) type HeadNorms = Option<(Tensor, Tensor)>;

/// Stores the keys and values of all rows, and mixes for each query the values that it sees. The rows are those of the
/// steps, one after the other. Returns `[rows, heads * head_size]`.
pub(crate) fn attend(
    projected: &Projected,
    norms: &HeadNorms,
    rotation: &Rotation,
    config: &Config,
    steps: &[Step],
    layer: &mut Layer,
) -> Result<Tensor> {
    match layer {
        Layer::Host(layer) => host::attend(projected, norms, rotation, config, steps, layer),
        Layer::Device(layer) => device::attend(projected, norms, rotation, config, steps, layer),
    }
}

#[cfg(test)]
mod tests {
    //! The CPU's kernel and the device's operations are each other's twin.

    use super::*;
    use crate::blocks::{BlockPool, Table};
    use crate::hugging_face;
    use crate::kv_cache::{DeviceLayer, HostLayer};
    use crate::rotary::Rotary;
    use candle_core::Device;
    use serde_json::json;

    const SIZE: usize = 24;

    fn config() -> Config {
        let fields = json!({
            "architectures": ["Qwen3ForCausalLM"], "vocab_size": 10, "hidden_size": 32, "intermediate_size": 48,
            "num_hidden_layers": 1, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": SIZE,
            "max_position_embeddings": 2048, "rms_norm_eps": 1e-5
        });
        hugging_face::config(fields.to_string().as_bytes()).unwrap()
    }

    fn random(shape: &[usize]) -> Tensor {
        Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn the_kernel_of_the_cpu_agrees_with_the_operations_of_a_device() {
        let (config, mut pool) = (config(), BlockPool::new(16));
        let norms = Some((random(&[SIZE]), random(&[SIZE])));
        let mut layers = [
            Layer::Host(HostLayer::new(&config, 16)),
            Layer::Device(DeviceLayer::new(&config, 16, &Device::Cpu).unwrap()),
        ];
        let mut tables = [(); 3].map(|()| Table::default());
        // A prompt with a decoded token beside it, the rest of the prompt, and a token of each.
        for news in [[40, 0, 1], [150, 7, 1], [1, 1, 1]] {
            let tokens = news.map(|new| vec![0u32; new]);
            for (table, new) in tables.iter_mut().zip(news) {
                assert!(table.grow(table.length() + new, &mut pool));
            }
            let steps = tables.iter_mut().zip(&tokens).filter(|(_, tokens)| !tokens.is_empty());
            let steps = steps.map(|(table, tokens)| Step { tokens, table }).collect::<Vec<_>>();
            let rows = news.iter().sum();
            let query = random(&[rows, 6 * SIZE]);
            let projected = Projected { query, key: random(&[rows, 2 * SIZE]), value: random(&[rows, 2 * SIZE]) };
            let positions = steps.iter().flat_map(|step| step.positions()).collect::<Vec<_>>();
            let rotation = Rotary::new(&config).at(&positions, &Device::Cpu).unwrap();
            let [host, device] = layers.each_mut().map(|layer| {
                attend(&projected, &norms, &rotation, &config, &steps, layer).unwrap().to_vec2::<f32>().unwrap()
            });
            drop(steps);
            let pairs = host.iter().flatten().zip(device.iter().flatten());
            let furthest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest < 1e-5, "{news:?}: {furthest}");
            tables.iter_mut().zip(news).for_each(|(table, new)| table.advance(new));
        }
    }
}
