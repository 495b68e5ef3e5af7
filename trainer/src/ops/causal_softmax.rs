//! Softmax over the past, scaling included, as one operation with a gradient.
//!
//! The fused softmax of candle has no gradient, and the composed one makes a dozen passes over the scores, which are
//! the largest tensors of a training step.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use super::{contiguous, dot, exponentials};

/// Row `i` of each `[length, length]` matrix of `scores` becomes `softmax(scale * row[..=i])`, followed by zeros.
pub fn causal_softmax(scores: &Tensor, scale: f32) -> Result<Tensor> {
    scores.contiguous()?.apply_op1(Forward { scale })
}

struct Forward {
    scale: f32,
}

impl CustomOp1 for Forward {
    fn name(&self) -> &'static str {
        "causal-softmax"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (scores, length) = square(storage, layout)?;
        let mut output = vec![0f32; scores.len()];
        for (row, (output, scores)) in output.chunks_mut(length).zip(scores.chunks(length)).enumerate() {
            let past = row % length + 1;
            softmax(&scores[..past], &mut output[..past], self.scale);
        }
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }

    fn bwd(&self, _scores: &Tensor, output: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let backward = Backward { scale: self.scale };
        output.apply_op2_no_bwd(&gradient.contiguous()?, &backward).map(Some)
    }
}

struct Backward {
    scale: f32,
}

impl CustomOp2 for Backward {
    fn name(&self) -> &'static str {
        "causal-softmax-gradient"
    }

    fn cpu_fwd(
        &self,
        output: &CpuStorage,
        output_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (output, length) = square(output, output_layout)?;
        let (gradient, _) = square(gradient, gradient_layout)?;
        let mut result = vec![0f32; output.len()];
        let rows = result.chunks_mut(length).zip(output.chunks(length)).zip(gradient.chunks(length));
        for (row, ((result, output), gradient)) in rows.enumerate() {
            let past = row % length + 1;
            let mean = dot(&output[..past], &gradient[..past]);
            for i in 0..past {
                result[i] = self.scale * output[i] * (gradient[i] - mean);
            }
        }
        Ok((CpuStorage::F32(result), output_layout.shape().clone()))
    }
}

fn softmax(scores: &[f32], output: &mut [f32], scale: f32) {
    let (sum, _) = exponentials(scores, output, scale);
    let share = 1.0 / sum;
    output.iter_mut().for_each(|value| *value *= share);
}

/// The values of a contiguous stack of square matrices, and their side.
fn square<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<(&'a [f32], usize)> {
    match layout.dims() {
        [.., rows, columns] if rows == columns => Ok((contiguous(storage, layout)?, *columns)),
        dims => candle_core::bail!("causal softmax needs square matrices, not {dims:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{distance, gradient};
    use candle_core::{Device, Var};

    fn composed(scores: &Tensor, scale: f64) -> Tensor {
        let length = scores.dim(1).unwrap();
        let mask = (0..length * length).map(|at| if at % length > at / length { f32::NEG_INFINITY } else { 0.0 });
        let mask = Tensor::from_vec(mask.collect::<Vec<_>>(), (length, length), &Device::Cpu).unwrap();
        candle_nn::ops::softmax(&(scores * scale).unwrap().broadcast_add(&mask).unwrap(), 2).unwrap()
    }

    #[test]
    fn values_and_gradients_equal_those_of_the_composed_operations() {
        let scores = Var::randn(0f32, 2f32, (3, 7, 7), &Device::Cpu).unwrap();
        let direction = Tensor::randn(0f32, 1f32, (3, 7, 7), &Device::Cpu).unwrap();
        let (fused, reference) = (causal_softmax(&scores, 0.25).unwrap(), composed(&scores, 0.25));
        assert!(distance(&fused, &reference) < 1e-6);
        let of = |output: &Tensor| gradient(output, &direction, &scores);
        assert!(distance(&of(&fused), &of(&reference)) < 1e-5);
    }
}
