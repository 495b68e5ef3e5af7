//! What the decoder computes on the CPU without candle: between two projections a tensor is a slice of 32-bit numbers.
//!
//! All of it runs on the threads of candle's projections. A second pool beside them would wait for cores on which the
//! first one spins.

use std::ops::Deref;
use std::sync::Mutex;

use candle_core::utils::barrier_pool;
use candle_core::{CpuStorage, Device, Result, Storage, StorageRef, Tensor};

/// Operations below which waking other threads costs more than it wins.
const WORTH_SHARING: usize = 2_000_000;
/// Rows of an elementwise operation that one thread does at a time.
const ROWS: usize = 16;

/// The numbers of a contiguous 32-bit tensor on the CPU.
pub(crate) struct Floats<'a> {
    storage: StorageRef<'a>,
    range: (usize, usize),
}

impl<'a> Floats<'a> {
    pub(crate) fn of(tensor: &'a Tensor) -> Result<Self> {
        let (storage, layout) = tensor.storage_and_layout();
        let range = layout.contiguous_offsets();
        match (&*storage, range) {
            (Storage::Cpu(CpuStorage::F32(_)), Some(range)) => Ok(Self { storage, range }),
            _ => candle_core::bail!("not contiguous numbers of 32 bits on the CPU"),
        }
    }
}

impl Deref for Floats<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(all)) => &all[self.range.0..self.range.1],
            _ => unreachable!("`of` accepts nothing else"),
        }
    }
}

/// Calls `f` with each part, on all threads if `work`, in operations of all parts together, is worth it.
/// `f` must not compute with candle, whose pool does not let its threads call each other.
pub(crate) fn for_each<T: Send>(parts: Vec<T>, work: usize, f: impl Fn(T) + Sync) {
    if parts.len() < 2 || work < WORTH_SHARING {
        return parts.into_iter().for_each(f);
    }
    let parts = parts.into_iter().map(|part| Mutex::new(Some(part))).collect::<Vec<_>>();
    barrier_pool().execute_chunked(parts.len(), |range| {
        for part in &parts[range] {
            let part = part.lock().map(|mut part| part.take());
            part.into_iter().flatten().for_each(&f);
        }
    });
}

/// Each row of `x` `[.., width]` divided by its root mean square, times `weight` `[width]`.
pub(crate) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    let (numbers, weight) = (Floats::of(x)?, Floats::of(weight)?);
    let mut out = vec![0.0; numbers.len()];
    let chunk = ROWS * weight.len();
    let parts = out.chunks_mut(chunk).zip(numbers.chunks(chunk)).collect::<Vec<_>>();
    for_each(parts, numbers.len(), |(out, numbers)| {
        for (out, row) in out.chunks_mut(weight.len()).zip(numbers.chunks(weight.len())) {
            out.copy_from_slice(row);
            normalise(out, &weight, eps);
        }
    });
    Tensor::from_vec(out, x.shape(), &Device::Cpu)
}

/// The same for one row, in place.
pub(crate) fn normalise(row: &mut [f32], weight: &[f32], eps: f32) {
    let mean = sum_of_squares(row) / row.len() as f32;
    let scale = 1.0 / (mean + eps).sqrt();
    row.iter_mut().zip(weight).for_each(|(x, weight)| *x *= scale * weight);
}

/// In several sums, which do not wait for each other and lose less to rounding than one.
fn sum_of_squares(row: &[f32]) -> f32 {
    let (chunks, rest) = row.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, x)| *sum += x * x);
    }
    sums.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>()
}

/// `silu(gate) * up`, number by number.
pub(crate) fn gated(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    let (gates, ups) = (Floats::of(gate)?, Floats::of(up)?);
    let mut out = vec![0.0; gates.len()];
    let chunk = ROWS * gate.dims().last().copied().unwrap_or(1);
    let parts = out.chunks_mut(chunk).zip(gates.chunks(chunk)).zip(ups.chunks(chunk)).collect::<Vec<_>>();
    for_each(parts, gates.len() * 8, |((out, gates), ups)| {
        for ((out, gate), up) in out.iter_mut().zip(gates).zip(ups) {
            *out = gate / (1.0 + exp(-gate)) * up;
        }
    });
    Tensor::from_vec(out, gate.shape(), &Device::Cpu)
}

/// e^x within 2 units of the last place, in operations that the compiler does for many numbers at once. Beyond 87 it is
/// that of 87, where 32 bits end; what is not a number stays so.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 87.0 { 87.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    let rest = x - power * LN_2.0 - power * LN_2.1;
    let series = [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    let series = series.into_iter().fold(1.987_569_2e-4, |sum, factor| sum * rest + factor);
    let fraction = series * rest * rest + rest + 1.0;
    let scale = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23);
    fraction * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_nn::ops;

    fn random(shape: (usize, usize), spread: f32) -> Tensor {
        Tensor::randn(0f32, spread, shape, &Device::Cpu).unwrap()
    }

    fn furthest(left: &Tensor, right: &Tensor) -> f32 {
        let distance = (left - right).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        distance.to_scalar().unwrap()
    }

    #[test]
    fn the_exponential_is_exact_to_the_last_places() {
        for x in (-8_700..=8_700).map(|step| step as f32 / 100.0) {
            let (ours, true_value) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((ours / true_value - 1.0).abs() < 2.5e-7, "{x}: {ours} {true_value}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(f32::INFINITY) > 1e37 && exp(f32::NAN).is_nan());
    }

    #[test]
    fn norms_and_gates_are_candles() {
        // One row, and more than one thread takes.
        for rows in [1, 301] {
            let (x, weight) = (random((rows, 1_000), 3.0), random((1, 1_000), 1.0).squeeze(0).unwrap());
            let norms = rms_norm(&x, &weight, 1e-5).unwrap();
            assert!(furthest(&norms, &ops::rms_norm(&x, &weight, 1e-5).unwrap()) < 1e-5);
            let up = random((rows, 1_000), 1.0);
            let theirs = (x.silu().unwrap() * &up).unwrap();
            assert!(furthest(&gated(&x, &up).unwrap(), &theirs) < 1e-5);
        }
    }

    #[test]
    fn each_part_is_done_once_on_any_number_of_threads() {
        for work in [0, WORTH_SHARING] {
            let mut numbers = vec![0u32; 1_000];
            for_each(numbers.iter_mut().collect(), work, |number| *number += 1);
            assert!(numbers.iter().all(|number| *number == 1));
        }
    }

    #[test]
    fn what_is_not_contiguous_is_refused() {
        assert!(Floats::of(&random((2, 3), 1.0).t().unwrap()).is_err());
    }
}
