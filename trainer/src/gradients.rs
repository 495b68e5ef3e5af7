//! Loss and gradients of one step, computed in micro-batches on several threads.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor};

use crate::batch::Batch;
use crate::model::Model;
use crate::ops::cross_entropy;

/// Mean loss in nats per counted token of all micro-batches, and the gradient of their summed loss.
///
/// The sum is taken in the order of the micro-batches, so that the number of threads does not change the result.
pub fn summed(model: &Model, micro_batches: &[Batch], threads: usize) -> Result<(f64, GradStore)> {
    let mut results = in_parallel(micro_batches, threads, |batch| loss_and_gradients(model, batch))?.into_iter();
    let (mut loss, mut sum) = results.next().unwrap_or_default();
    for (next_loss, next) in results {
        loss += next_loss;
        for weight in model.weights.values() {
            if let (Some(a), Some(b)) = (sum.get(weight), next.get(weight)) {
                let both = (a + b)?;
                sum.insert(weight, both);
            }
        }
    }
    Ok((loss / counted(micro_batches) as f64, sum))
}

/// Tokens that the loss is taken of.
pub fn counted(batches: &[Batch]) -> usize {
    batches.iter().map(|batch| batch.targets.len()).sum()
}

/// `work` on each item, on several threads; the results come in the order of the items.
pub fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let share = |thread: usize| items.iter().skip(thread).step_by(threads).map(&work).collect::<Result<Vec<R>>>();
    let mut shares = std::thread::scope(|scope| {
        let running = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect::<Vec<_>>();
        running.into_iter().map(|thread| join(thread).map(Vec::into_iter)).collect::<Result<Vec<_>>>()
    })?;
    Ok((0..items.len()).filter_map(|item| shares[item % threads].next()).collect())
}

fn join<R>(thread: std::thread::ScopedJoinHandle<'_, Result<R>>) -> Result<R> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn loss_and_gradients(model: &Model, batch: &Batch) -> Result<(f64, GradStore)> {
    let loss = loss(model, batch)?;
    Ok((f64::from(loss.to_scalar::<f32>()?), loss.backward()?))
}

/// Summed loss of the counted tokens of one micro-batch, in nats.
pub fn loss(model: &Model, batch: &Batch) -> Result<Tensor> {
    cross_entropy(&model.logits(&batch.inputs, &batch.rows)?, &batch.targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        let items = (0..7).collect::<Vec<u32>>();
        for threads in 1..9 {
            assert_eq!(in_parallel(&items, threads, |item| Ok(item * 2)).unwrap(), [0, 2, 4, 6, 8, 10, 12]);
        }
    }
}
