//! The gate of the feed-forward layers.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::{contiguous, exp, values};

/// `gate * sigmoid(gate) * up`, element by element.
pub fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.apply_op2(up, SwiGlu)
}

struct SwiGlu;

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

impl CustomOp2 for SwiGlu {
    fn name(&self) -> &'static str {
        "swiglu"
    }

    fn cpu_fwd(&self, gate: &CpuStorage, of_g: &Layout, up: &CpuStorage, of_u: &Layout) -> Result<(CpuStorage, Shape)> {
        let (gate, up) = (contiguous(gate, of_g)?, contiguous(up, of_u)?);
        let output = gate.iter().zip(up).map(|(gate, up)| gate * sigmoid(*gate) * up).collect::<Vec<_>>();
        Ok((CpuStorage::F32(output), of_g.shape().clone()))
    }

    fn bwd(&self, gate: &Tensor, up: &Tensor, _: &Tensor, outer: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let outer = outer.contiguous()?;
        let ((gate, of_gate), (up, of_up), (outer_values, of_outer)) =
            (gate.storage_and_layout(), up.storage_and_layout(), outer.storage_and_layout());
        let (gate, up, outer_values) = (values(&gate, of_gate)?, values(&up, of_up)?, values(&outer_values, of_outer)?);
        let (mut to_gate, mut to_up) = (vec![0f32; gate.len()], vec![0f32; gate.len()]);
        for i in 0..gate.len() {
            let open = sigmoid(gate[i]);
            to_up[i] = outer_values[i] * gate[i] * open;
            to_gate[i] = outer_values[i] * up[i] * open * (1.0 + gate[i] * (1.0 - open));
        }
        let tensor = |values| Tensor::from_vec(values, of_gate.shape(), outer.device());
        Ok((Some(tensor(to_gate)?), Some(tensor(to_up)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{distance, gradient, random};

    #[test]
    fn values_and_gradients_equal_those_of_the_composed_operations() {
        let (gate, up, direction) = (random(&[5, 48]), random(&[5, 48]), random(&[5, 48]));
        let (fused, reference) = (swiglu(&gate, &up).unwrap(), (gate.silu().unwrap() * up.as_tensor()).unwrap());
        assert!(distance(&fused, &reference) < 1e-5);
        for of in [&gate, &up] {
            assert!(distance(&gradient(&fused, &direction, of), &gradient(&reference, &direction, of)) < 1e-4);
        }
    }
}
