//! Between rows of a projection and attention heads, rotary positions included.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::contiguous;

/// Cosine and sine of position times frequency, `[positions, head_size / 2]` each.
pub struct Angles {
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
}

/// `[batch * length, heads * size]` to `[batch, heads, length, size]`, each head turned by its position if `angles` are given.
pub fn split_heads(x: &Tensor, dims: (usize, usize, usize), angles: Option<&Arc<Angles>>) -> Result<Tensor> {
    let (batch, length, heads) = dims;
    let size = x.elem_count() / (batch * length * heads);
    let split = Regroup { batch, length, heads, size, angles: angles.cloned(), split: true };
    x.contiguous()?.apply_op1(split)
}

/// The way back, without a turn.
pub fn merge_heads(x: &Tensor) -> Result<Tensor> {
    let (batch, heads, length, size) = x.dims4()?;
    x.contiguous()?.apply_op1(Regroup { batch, length, heads, size, angles: None, split: false })
}

#[derive(Clone)]
struct Regroup {
    batch: usize,
    length: usize,
    heads: usize,
    size: usize,
    angles: Option<Arc<Angles>>,
    split: bool,
}

impl Regroup {
    fn shape(&self) -> Shape {
        let Self { batch, length, heads, size, .. } = *self;
        match self.split {
            true => Shape::from((batch, heads, length, size)),
            false => Shape::from((batch * length, heads * size)),
        }
    }

    fn run(&self, input: &[f32]) -> Vec<f32> {
        let Self { batch, length, heads, size, split, .. } = *self;
        let mut output = vec![0f32; input.len()];
        for at in 0..batch * heads * length {
            let (sequence, head, position) = (at / (heads * length), at / length % heads, at % length);
            let (in_heads, in_rows) = (at * size, ((sequence * length + position) * heads + head) * size);
            let (from, to) = if split { (in_rows, in_heads) } else { (in_heads, in_rows) };
            self.turn(position, &input[from..from + size], &mut output[to..to + size]);
        }
        output
    }

    /// Turns one head forwards on the way to heads, backwards on the way back.
    fn turn(&self, position: usize, input: &[f32], output: &mut [f32]) {
        let Some(angles) = &self.angles else { return output.copy_from_slice(input) };
        let half = self.size / 2;
        let (cos, sin) = (&angles.cos[position * half..][..half], &angles.sin[position * half..][..half]);
        let direction = if self.split { 1.0 } else { -1.0 };
        for i in 0..half {
            let (a, b, sin) = (input[i], input[half + i], direction * sin[i]);
            output[i] = a * cos[i] - b * sin;
            output[half + i] = a * sin + b * cos[i];
        }
    }
}

impl CustomOp1 for Regroup {
    fn name(&self) -> &'static str {
        "regroup-heads"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.run(contiguous(storage, layout)?)), self.shape()))
    }

    /// A turn and a change of order are undone by their inverse.
    fn bwd(&self, _: &Tensor, _: &Tensor, outer: &Tensor) -> Result<Option<Tensor>> {
        let back = Regroup { split: !self.split, ..self.clone() };
        outer.contiguous()?.apply_op1_no_bwd(&back).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{distance, gradient, random};
    use candle_core::Device;

    #[test]
    fn values_and_gradients_equal_those_of_the_composed_operations() {
        let (x, direction) = (random(&[2 * 5, 3 * 8]), random(&[2, 3, 5, 8]));
        let angles = (0..5 * 4).map(|i| i as f32 / 7.0);
        let (cos, sin) = (angles.clone().map(f32::cos).collect::<Vec<_>>(), angles.map(f32::sin).collect::<Vec<_>>());
        let tensor = |values: &Vec<f32>| Tensor::from_vec(values.clone(), (5, 4), &Device::Cpu).unwrap();
        let heads = x.reshape((2, 5, 3, 8)).unwrap().transpose(1, 2).unwrap().contiguous().unwrap();
        let reference = candle_nn::rotary_emb::rope_slow(&heads, &tensor(&cos), &tensor(&sin)).unwrap();
        let fused = split_heads(&x, (2, 5, 3), Some(&Arc::new(Angles { cos, sin }))).unwrap();
        assert!(distance(&fused, &reference) < 1e-5);
        assert!(distance(&gradient(&fused, &direction, &x), &gradient(&reference, &direction, &x)) < 1e-5);
    }

    #[test]
    fn merging_undoes_splitting_and_so_do_their_gradients() {
        let (x, direction) = (random(&[2 * 5, 3 * 8]), random(&[2 * 5, 3 * 8]));
        let back = merge_heads(&split_heads(&x, (2, 5, 3), None).unwrap()).unwrap();
        assert_eq!(distance(&back, &x), 0.0);
        assert_eq!(distance(&gradient(&back, &direction, &x), &direction), 0.0);
    }
}
