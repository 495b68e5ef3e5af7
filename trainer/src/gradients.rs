//! Loss and gradients of one step, computed in micro-batches on several threads.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor};
use candle_nn::loss::cross_entropy;

use crate::batch::Batch;
use crate::model::Model;

/// Mean loss in nats per token, and its gradient, over equally large micro-batches.
///
/// The sum is taken in the order of the micro-batches, so that the number of threads does not change the result.
pub fn mean(model: &Model, micro_batches: &[Batch], threads: usize) -> Result<(f64, GradStore)> {
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
    let share = 1.0 / micro_batches.len() as f64;
    scale(model, &mut sum, share)?;
    Ok((loss * share, sum))
}

/// Shrinks the gradients to a total length of at most `limit`.
pub fn clip(model: &Model, gradients: &mut GradStore, limit: f64) -> Result<()> {
    let mut squares = 0f64;
    for gradient in model.weights.values().filter_map(|weight| gradients.get(weight)) {
        squares += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    match squares.sqrt() {
        length if length > limit => scale(model, gradients, limit / length),
        _ => Ok(()),
    }
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

/// Mean loss of one micro-batch in nats per token.
pub fn loss(model: &Model, batch: &Batch) -> Result<Tensor> {
    cross_entropy(&model.logits(&batch.inputs)?, &batch.targets)
}

fn scale(model: &Model, gradients: &mut GradStore, factor: f64) -> Result<()> {
    for weight in model.weights.values() {
        if let Some(gradient) = gradients.get(weight) {
            let scaled = (gradient * factor)?;
            gradients.insert(weight, scaled);
        }
    }
    Ok(())
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
