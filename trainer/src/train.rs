//! The training loop: draw, differentiate, clip, step, measure, keep the best.

use std::f64::consts::PI;

use anyhow::ensure;
use candle_core::backprop::GradStore;
use candle_core::Var;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use indicatif::{ProgressBar, ProgressStyle};
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokenizers::Tokenizer;

use crate::args::Args;
use crate::batch::Dataset;
use crate::model::Model;
use crate::{evaluate, folder, gradients};

const GRADIENT_LIMIT: f64 = 1.0;
/// The learning rate ends at this share of its highest value.
const FINAL_RATE: f64 = 0.05;
/// Separates the order of the windows from the first weights, which use the plain seed.
const WINDOW_STREAM: u64 = 1;

/// Trains the model and writes its best state to the output folder.
pub fn run(args: &Args, text: &str, tokenizer: &Tokenizer, data: &Dataset, model: &Model) -> anyhow::Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    rng.set_stream(WINDOW_STREAM);
    let mut optimizer = Optimizers::new(model, args)?;
    let bar = progress_bar(args.steps)?;
    let mut best = f64::INFINITY;
    for step in 0..args.steps {
        let loss = train_step(args, data, model, &mut optimizer, step, &mut rng)?;
        ensure!(loss.is_finite(), "the loss is {loss} at step {step}: try a smaller --learning-rate");
        bar.set_message(format!("loss {loss:.3}"));
        bar.inc(1);
        if (step + 1) % args.evaluate_every == 0 || step + 1 == args.steps {
            let measured = evaluate::held_out(model, data, args)?;
            bar.suspend(|| println!("step {}: training {loss:.3}, held-out {measured}", step + 1));
            if measured.total() < best {
                best = measured.total();
                folder::write(args, text, tokenizer, model, step + 1, &measured)?;
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
    data: &Dataset,
    model: &Model,
    optimizer: &mut Optimizers,
    step: usize,
    rng: &mut ChaCha8Rng,
) -> anyhow::Result<f64> {
    let micro_batches = (0..args.batch / args.micro_batch)
        .map(|_| data.draw(args.micro_batch, rng))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (loss, mut gradients) = gradients::mean(model, &micro_batches, args.threads)?;
    gradients::clip(model, &mut gradients, GRADIENT_LIMIT)?;
    optimizer.step(&gradients, learning_rate(step, args.steps, args.learning_rate))?;
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

/// AdamW with weight decay for the matrices and without for the norms.
struct Optimizers {
    matrices: AdamW,
    norms: AdamW,
}

impl Optimizers {
    fn new(model: &Model, args: &Args) -> candle_core::Result<Self> {
        let (matrices, norms) = model.weights.values().cloned().partition::<Vec<Var>, _>(|weight| weight.rank() > 1);
        let params = |weight_decay| ParamsAdamW { lr: 0.0, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay };
        Ok(Self { matrices: AdamW::new(matrices, params(args.weight_decay))?, norms: AdamW::new(norms, params(0.0))? })
    }

    fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> candle_core::Result<()> {
        for optimizer in [&mut self.matrices, &mut self.norms] {
            optimizer.set_learning_rate(learning_rate);
            optimizer.step(gradients)?;
        }
        Ok(())
    }
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
