//! Rotary position embeddings.

use std::f32::consts::TAU;

use candle_core::{Device, Result, Tensor};

use crate::config::{Config, Llama3Scaling, RopeScaling};

/// The rotation speeds of a model, in radians per position; one per pair of coordinates of a head.
pub(crate) struct Rotary {
    frequencies: Vec<f32>,
}

/// The turns of some rows: `[rows, head_size / 2]` each.
pub(crate) struct Rotation {
    pub cos: Tensor,
    pub sin: Tensor,
}

impl Rotary {
    pub(crate) fn new(config: &Config) -> Self {
        let width = config.head_size as f32;
        let plain = (0..config.head_size).step_by(2).map(|i| 1.0 / config.rope_theta.powf(i as f32 / width));
        let frequencies = match &config.rope_scaling {
            None => plain.collect(),
            Some(RopeScaling::Linear(factor)) => plain.map(|frequency| frequency / factor).collect(),
            Some(RopeScaling::Llama3(scaling)) => plain.map(|frequency| scaling.apply(frequency)).collect(),
            Some(RopeScaling::Factors(factors)) => plain.zip(factors).map(|(frequency, f)| frequency / f).collect(),
        };
        Self { frequencies }
    }

    /// Radians per position.
    pub(crate) fn frequencies(&self) -> &[f32] {
        &self.frequencies
    }

    /// How far rows at these positions are turned.
    pub(crate) fn at(&self, positions: &[usize], device: &Device) -> Result<Rotation> {
        let shape = (positions.len(), self.frequencies.len());
        let angles = positions.iter().flat_map(|position| self.frequencies.iter().map(move |f| *position as f32 * f));
        let (cos, sin) = angles.map(|angle| (angle.cos(), angle.sin())).unzip::<f32, f32, Vec<_>, Vec<_>>();
        Ok(Rotation { cos: Tensor::from_vec(cos, shape, device)?, sin: Tensor::from_vec(sin, shape, device)? })
    }
}

impl Llama3Scaling {
    /// Fast rotations stay, slow ones are divided by the factor, those between are blended.
    fn apply(&self, frequency: f32) -> f32 {
        let turns = self.original_context * frequency / TAU;
        let blend = (turns - self.low_freq_factor) / (self.high_freq_factor - self.low_freq_factor);
        if turns > self.high_freq_factor {
            frequency
        } else if turns < self.low_freq_factor {
            frequency / self.factor
        } else {
            (1.0 - blend) * frequency / self.factor + blend * frequency
        }
    }
}
