//! The loss on text the model has not seen.

use candle_core::Result;

use crate::args::Args;
use crate::batch::{Batch, Dataset};
use crate::gradients::{in_parallel, loss};
use crate::model::Model;

/// Losses on the held-out part.
#[derive(Clone, Copy, Debug)]
pub struct HeldOut {
    /// Running text, nats per token.
    pub text: f64,
    /// Running text, nats per byte: comparable between tokenizers.
    pub text_per_byte: f64,
    /// Conversations, nats per token.
    pub chat: f64,
}

impl HeldOut {
    /// What the best state is chosen by: both kinds of text count the same.
    pub fn total(&self) -> f64 {
        self.text + self.chat
    }
}

impl std::fmt::Display for HeldOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "text {:.3} ({:.3} per byte), chat {:.3} nats", self.text, self.text_per_byte, self.chat)
    }
}

/// Measures the model on the held-out part of the text.
pub fn held_out(model: &Model, data: &Dataset, args: &Args) -> anyhow::Result<HeldOut> {
    let text = mean_loss(model, &data.held_out_text(args.micro_batch)?, args.threads)?;
    let chat = mean_loss(model, &data.held_out_chat(args.micro_batch)?, args.threads)?;
    let tokens_per_byte = data.held_out.plain_tokens() as f64 / data.held_out.bytes as f64;
    Ok(HeldOut { text, text_per_byte: text * tokens_per_byte, chat })
}

/// Nats per token over batches of different sizes.
fn mean_loss(model: &Model, batches: &[Batch], threads: usize) -> Result<f64> {
    let losses = in_parallel(batches, threads, |batch| loss(model, batch)?.to_scalar::<f32>())?;
    let tokens = batches.iter().map(|batch| batch.targets.elem_count() as f64);
    let sum = losses.iter().zip(tokens.clone()).map(|(loss, tokens)| f64::from(*loss) * tokens).sum::<f64>();
    Ok(sum / tokens.sum::<f64>())
}
