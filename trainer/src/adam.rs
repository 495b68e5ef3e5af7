//! AdamW with clipped gradients, one pass over each weight.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

use crate::gradients::in_parallel;
use crate::model::Model;

const BETAS: (f32, f32) = (0.9, 0.99);
const EPSILON: f32 = 1e-8;
/// Longest gradient of all weights together that is followed in full.
const LONGEST: f64 = 1.0;

/// The optimiser's memory of past gradients.
pub struct Adam {
    weights: Vec<Moments>,
    decay: f32,
    steps: i32,
}

struct Moments {
    weight: Var,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// What one step multiplies with.
struct Rates {
    gradient: f32,
    learning: f32,
    decay: f32,
    first: f32,
    second: f32,
}

impl Adam {
    /// `decay` pulls matrices towards zero; norms are left alone.
    pub fn new(model: &Model, decay: f64) -> Self {
        let moments = |weight: &Var| {
            let zeros = vec![0f32; weight.elem_count()];
            Moments { weight: weight.clone(), first: zeros.clone(), second: zeros }
        };
        Self { weights: model.weights.values().map(moments).collect(), decay: decay as f32, steps: 0 }
    }

    /// Follows the gradients of a loss that is a sum over `tokens`.
    pub fn step(&mut self, gradients: &GradStore, tokens: usize, learning_rate: f64, threads: usize) -> Result<()> {
        self.steps += 1;
        let gradients =
            self.weights.iter().map(|moments| gradient(gradients, &moments.weight)).collect::<Result<Vec<_>>>()?;
        let squares =
            in_parallel(&gradients, threads, |gradient| Ok(gradient.iter().map(|g| f64::from(g * g)).sum::<f64>()))?;
        let length = squares.iter().sum::<f64>().sqrt() / tokens as f64;
        let shrink = (LONGEST / length.max(LONGEST)) / tokens as f64;
        for (moments, gradient) in self.weights.iter_mut().zip(&gradients) {
            let decay = if moments.weight.rank() > 1 { self.decay } else { 0.0 };
            let learning = learning_rate as f32;
            let rates = Rates {
                gradient: shrink as f32,
                learning,
                decay: 1.0 - learning * decay,
                first: 1.0 / (1.0 - BETAS.0.powi(self.steps)),
                second: 1.0 / (1.0 - BETAS.1.powi(self.steps)),
            };
            moments.step(gradient, &rates)?;
        }
        Ok(())
    }
}

impl Moments {
    fn step(&mut self, gradient: &[f32], rates: &Rates) -> Result<()> {
        let mut values = self.weight.flatten_all()?.to_vec1::<f32>()?;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, (first, second)), gradient) in values.iter_mut().zip(moments).zip(gradient) {
            let gradient = gradient * rates.gradient;
            *first = BETAS.0 * *first + (1.0 - BETAS.0) * gradient;
            *second = BETAS.1 * *second + (1.0 - BETAS.1) * gradient * gradient;
            let step = *first * rates.first / ((*second * rates.second).sqrt() + EPSILON);
            *value = *value * rates.decay - rates.learning * step;
        }
        self.weight.set(&Tensor::from_vec(values, self.weight.shape(), self.weight.device())?)
    }
}

fn gradient(gradients: &GradStore, weight: &Var) -> Result<Vec<f32>> {
    match gradients.get(weight) {
        Some(gradient) => gradient.flatten_all()?.to_vec1(),
        None => candle_core::bail!("a weight has no gradient"),
    }
}
