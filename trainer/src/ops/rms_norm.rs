//! Root mean square normalisation of rows.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::{contiguous, dot, values};

/// Each row of `x` `[rows, width]` divided by its root mean square and multiplied with `weight` `[width]`.
pub fn rms_norm(x: &Tensor, weight: &Tensor, epsilon: f32) -> Result<Tensor> {
    x.contiguous()?.apply_op2(weight, RmsNorm { epsilon })
}

struct RmsNorm {
    epsilon: f32,
}

impl RmsNorm {
    /// One over the root mean square of a row.
    fn inverse(&self, row: &[f32]) -> f32 {
        1.0 / (dot(row, row) / row.len() as f32 + self.epsilon).sqrt()
    }

    /// The gradients of rows and weight.
    fn gradients(&self, x: &[f32], weight: &[f32], outer: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let width = weight.len();
        let (mut of_x, mut of_weight, mut weighted) = (vec![0f32; x.len()], vec![0f32; width], vec![0f32; width]);
        for ((x, outer), of_x) in x.chunks(width).zip(outer.chunks(width)).zip(of_x.chunks_mut(width)) {
            let inverse = self.inverse(x);
            for i in 0..width {
                weighted[i] = outer[i] * weight[i];
                of_weight[i] += outer[i] * x[i] * inverse;
            }
            let along = dot(&weighted, x) * inverse * inverse / width as f32;
            for i in 0..width {
                of_x[i] = inverse * (weighted[i] - x[i] * along);
            }
        }
        (of_x, of_weight)
    }
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        of_x: &Layout,
        weight: &CpuStorage,
        of_w: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (contiguous(x, of_x)?, contiguous(weight, of_w)?);
        let mut output = vec![0f32; x.len()];
        for (x, output) in x.chunks(weight.len()).zip(output.chunks_mut(weight.len())) {
            let inverse = self.inverse(x);
            for i in 0..weight.len() {
                output[i] = x[i] * inverse * weight[i];
            }
        }
        Ok((CpuStorage::F32(output), of_x.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, weight: &Tensor, _: &Tensor, outer: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let outer = outer.contiguous()?;
        let ((x, of_x), (w, of_w), (g, of_g)) =
            (x.storage_and_layout(), weight.storage_and_layout(), outer.storage_and_layout());
        let (dx, dw) = self.gradients(values(&x, of_x)?, values(&w, of_w)?, values(&g, of_g)?);
        let tensor = |values, like: &Layout| Tensor::from_vec(values, like.shape(), outer.device());
        Ok((Some(tensor(dx, of_x)?), Some(tensor(dw, of_w)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{distance, gradient, random};

    #[test]
    fn values_and_gradients_equal_those_of_the_composed_operations() {
        let (x, weight, direction) = (random(&[5, 48]), random(&[48]), random(&[5, 48]));
        let (fused, reference) =
            (rms_norm(&x, &weight, 1e-5).unwrap(), candle_nn::ops::rms_norm_slow(&x, &weight, 1e-5).unwrap());
        assert!(distance(&fused, &reference) < 1e-5);
        for of in [&x, &weight] {
            assert!(distance(&gradient(&fused, &direction, of), &gradient(&reference, &direction, of)) < 1e-4);
        }
    }
}
