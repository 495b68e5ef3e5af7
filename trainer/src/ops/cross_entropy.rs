//! The loss.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::{contiguous, exponentials, values};

/// The sum over all rows of `logits` `[rows, vocabulary]` of minus the log-probability of the row's target, in nats.
pub fn cross_entropy(logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
    let (rows, vocabulary) = logits.dims2()?;
    if rows != targets.len() || targets.iter().any(|target| *target as usize >= vocabulary) {
        candle_core::bail!("{} targets do not fit to {rows} rows of {vocabulary} logits", targets.len());
    }
    logits.contiguous()?.apply_op1(CrossEntropy { targets: targets.to_vec(), vocabulary })
}

struct CrossEntropy {
    targets: Vec<u32>,
    vocabulary: usize,
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut scratch = vec![0f32; self.vocabulary];
        let rows = contiguous(logits, layout)?.chunks(self.vocabulary).zip(&self.targets);
        let loss = rows.map(|(row, target)| {
            let (sum, max) = exponentials(row, &mut scratch, 1.0);
            f64::from(sum.ln() + max - row[*target as usize])
        });
        Ok((CpuStorage::F32(vec![loss.sum::<f64>() as f32]), Shape::from(())))
    }

    /// Probabilities, less one at the target.
    fn bwd(&self, logits: &Tensor, _: &Tensor, outer: &Tensor) -> Result<Option<Tensor>> {
        let outer = outer.to_scalar::<f32>()?;
        let (storage, layout) = logits.storage_and_layout();
        let all = values(&storage, layout)?;
        let mut gradient = vec![0f32; all.len()];
        let rows = all.chunks(self.vocabulary).zip(gradient.chunks_mut(self.vocabulary));
        for ((row, gradient), target) in rows.zip(&self.targets) {
            let (sum, _) = exponentials(row, gradient, 1.0);
            let share = outer / sum;
            gradient.iter_mut().for_each(|value| *value *= share);
            gradient[*target as usize] -= outer;
        }
        Tensor::from_vec(gradient, layout.shape(), logits.device()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{distance, random};
    use candle_core::Device;

    #[test]
    fn values_and_gradients_equal_those_of_the_composed_operations() {
        let (logits, targets) = (random(&[4, 37]), [3u32, 0, 36, 9]);
        let fused = cross_entropy(&logits, &targets).unwrap();
        let mean = candle_nn::loss::cross_entropy(&logits, &Tensor::new(&targets, &Device::Cpu).unwrap()).unwrap();
        let reference = (mean * 4.0).unwrap();
        assert!(distance(&fused, &reference) < 1e-4);
        let of = |loss: &Tensor| loss.backward().unwrap().get(&logits).unwrap().clone();
        assert!(distance(&of(&fused), &of(&reference)) < 1e-5);
    }

    #[test]
    fn targets_that_the_vocabulary_does_not_have_are_refused() {
        assert!(cross_entropy(&random(&[2, 5]), &[0, 5]).is_err());
        assert!(cross_entropy(&random(&[2, 5]), &[0]).is_err());
    }
}
