//! The training loop: draw, differentiate, clip, step, measure, keep the best.

use std::f64::consts::PI;

use anyhow::ensure;
use indicatif::{ProgressBar, ProgressStyle};

use crate::adam::Adam;
use crate::args::Args;
use crate::batch::Writer;
use crate::draw::Draw;
use crate::evaluate::Exam;
use crate::folder::Folder;
use crate::gradients;
use crate::mixture::Mixture;
use crate::model::Model;
use crate::plot::Measured;
use crate::talk;

/// The learning rate ends at this share of its highest value.
const FINAL_RATE: f64 = 0.05;
/// Separates the order of the windows from the first weights, which use the plain seed.
pub const WINDOW_STREAM: u64 = 1;

/// Trains the model and writes its best state to the output folder.
pub fn run(args: &Args, mixture: &Mixture, exam: &Exam, folder: &Folder, model: &Model) -> anyhow::Result<()> {
    let mut draw = Draw::new(args.seed, WINDOW_STREAM);
    let mut adam = Adam::new(model, args.weight_decay);
    let writer = Writer::new(folder.tokenizer)?;
    let bar = progress_bar(args.steps)?;
    let (mut best, mut history, mut losses) = (f64::INFINITY, Vec::new(), Vec::new());
    for step in 0..args.steps {
        losses.push(train_step(args, mixture, model, &mut adam, step, &mut draw)?);
        bar.inc(1);
        if (step + 1) % args.evaluate_every == 0 || step + 1 == args.steps {
            let training = losses.iter().sum::<f64>() / losses.len() as f64;
            losses.clear();
            let held_out = exam.take(model)?;
            bar.set_message(format!("loss {training:.3}"));
            bar.suspend(|| println!("step {}: training {training:.3}, held out {held_out}", step + 1));
            let total = held_out.total();
            history.push(Measured { step: step + 1, training, held_out });
            if total < best {
                best = total;
                folder.write(model, &history, &talk::dialogue(model, &writer)?)?;
            }
        }
    }
    bar.finish();
    println!("wrote the best state to {}", args.out.display());
    Ok(())
}

/// One optimiser step; returns the training loss in nats per token.
fn train_step(
    args: &Args,
    mixture: &Mixture,
    model: &Model,
    adam: &mut Adam,
    step: usize,
    draw: &mut Draw,
) -> anyhow::Result<f64> {
    let micro_batches = (0..args.batch / args.micro_batch)
        .map(|_| mixture.batch(args.micro_batch, draw))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (loss, gradients) = gradients::summed(model, &micro_batches, args.threads)?;
    ensure!(loss.is_finite(), "the loss is {loss} at step {step}: try a smaller --learning-rate");
    let rate = learning_rate(step, args.steps, args.learning_rate);
    adam.step(&gradients, gradients::counted(&micro_batches), rate, args.threads)?;
    Ok(loss)
}

/// A linear warm-up over the first twentieth, then half a cosine.
fn learning_rate(step: usize, steps: usize, highest: f64) -> f64 {
    let warm_up = (steps / 20).max(1);
    if step < warm_up {
        return highest * (step + 1) as f64 / warm_up as f64;
    }
    let progress = (step - warm_up) as f64 / (steps - warm_up).max(1) as f64;
    highest * (FINAL_RATE + (1.0 - FINAL_RATE) * 0.5 * (1.0 + (PI * progress).cos()))
}

fn progress_bar(steps: usize) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps, {msg}, {elapsed} gone, {eta} to go")?;
    Ok(ProgressBar::new(steps as u64).with_style(style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_then_falls() {
        let rates = (0..1000).map(|step| learning_rate(step, 1000, 1.0)).collect::<Vec<_>>();
        assert!(rates[..50].windows(2).all(|pair| pair[0] < pair[1]));
        assert!(rates[50..].windows(2).all(|pair| pair[0] > pair[1]));
        assert!(rates[49] == 1.0 && (rates[999] - FINAL_RATE).abs() < 1e-3);
        assert!(learning_rate(0, 1, 1.0) > 0.0);
    }
}
