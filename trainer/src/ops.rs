//! The operations of the model that candle has either without a gradient or only in many passes over memory.
//!
//! Each is one loop forwards and one backwards. That is what makes training on a CPU quick: the tensors of one step do not
//! fit into the cache, so that each further pass over them costs as much as the arithmetic.

mod causal_softmax;
mod cross_entropy;
mod heads;
mod rms_norm;
mod swiglu;

use candle_core::{CpuStorage, Layout, Result, Storage};

pub use causal_softmax::causal_softmax;
pub use cross_entropy::cross_entropy;
pub use heads::{merge_heads, split_heads, Angles};
pub use rms_norm::rms_norm;
pub use swiglu::swiglu;

/// The values of a contiguous 32-bit tensor on the CPU.
fn values<'a>(storage: &'a Storage, layout: &Layout) -> Result<&'a [f32]> {
    match storage {
        Storage::Cpu(storage) => contiguous(storage, layout),
        _ => candle_core::bail!("training runs on the CPU alone"),
    }
}

fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("this operation needs a contiguous tensor"),
    }
}

/// The scalar product, in several sums at once, which the compiler turns into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `e^x` to a relative error of 2e-7, in a form that the compiler turns into vector instructions; 0 below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first of which has few digits, so that its multiples are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let clamped = x.clamp(-87.0, 88.0);
    let rounded = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    let rest = (clamped - whole * LN_2[0]) - whole * LN_2[1];
    let series = 1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest * (1.0 / 720.0)));
    let fraction = 1.0 + rest + rest * rest * (0.5 + rest * series);
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    if x < -87.0 {
        0.0
    } else {
        fraction * power
    }
}

/// Turns scores into exponentials of their distance to the largest, times `scale`; returns their sum and that largest.
fn exponentials(scores: &[f32], output: &mut [f32], scale: f32) -> (f32, f32) {
    const LANES: usize = 16;
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0f32; LANES];
    for (output, scores) in output.chunks_mut(LANES).zip(scores.chunks(LANES)) {
        for ((output, score), sum) in output.iter_mut().zip(scores).zip(&mut sums) {
            *output = exp((score - max) * scale);
            *sum += *output;
        }
    }
    (sums.iter().sum(), max)
}

#[cfg(test)]
mod testing {
    use candle_core::{Device, Tensor, Var};

    pub fn random(dims: &[usize]) -> Var {
        Var::randn(0f32, 1f32, dims, &Device::Cpu).unwrap()
    }

    pub fn distance(a: &Tensor, b: &Tensor) -> f32 {
        (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar().unwrap()
    }

    /// The gradient of the output's product with a fixed direction.
    pub fn gradient(output: &Tensor, direction: &Tensor, of: &Var) -> Tensor {
        let loss = (output * direction).unwrap().sum_all().unwrap();
        loss.backward().unwrap().get(of).unwrap().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_standard_library() {
        for step in -8_600..8_700 {
            let x = step as f32 / 100.0;
            let (own, other) = (exp(x), x.exp());
            assert!((own - other).abs() <= 4e-7 * other, "{x}: {own} {other}");
        }
        assert_eq!((exp(f32::NEG_INFINITY), exp(0.0)), (0.0, 1.0));
    }

    #[test]
    fn the_scalar_product_takes_every_element() {
        let a = (0..37).map(|i| i as f32).collect::<Vec<_>>();
        assert_eq!(dot(&a, &[2.0; 37]), 2.0 * 36.0 * 37.0 / 2.0);
    }
}
