//! `plexus-miner bench`.

use super::{bar, ModelArgs};
use anyhow::ensure;
use comfy_table::{presets, CellAlignment, Table};
use inference::{Answering, Engine, Limits, Model, Sampling};
use serde::Serialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Instant;

const EXAMPLE: &str = "Example:
  plexus-miner bench models/tiny --streams 1,8,32 --json";

/// Tokens before each answer whose speed is measured.
const SHORT_PROMPT: usize = 16;

#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub struct BenchArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Lengths of prompts, in tokens
    #[arg(long, value_delimiter = ',', default_value = "128,512")]
    prefill: Vec<usize>,
    /// How many answers are written at the same time
    #[arg(long, value_delimiter = ',', default_value = "1,4,16,32")]
    streams: Vec<usize>,
    /// Tokens of each answer
    #[arg(long, default_value_t = 64)]
    tokens: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// One line of the result.
#[derive(Debug, Serialize)]
struct Measured {
    what: &'static str,
    /// Tokens of the prompt, or answers at once.
    size: usize,
    tokens_per_second: f64,
}

pub async fn bench(args: &BenchArgs) -> anyhow::Result<()> {
    let most = args.streams.iter().copied().max().unwrap_or(1);
    ensure!(args.tokens > 1 && most > 0, "--tokens must be at least 2, and --streams at least 1");
    let bench = Bench::new(args.model.load()?, args.model.limits(most));
    let mut lines = Vec::new();
    let progress = bar((args.prefill.len() + args.streams.len()) as u64, "{bar:40} {msg}");
    for tokens in args.prefill.iter().map(|tokens| bench.longest(*tokens)) {
        progress.set_message(format!("prompt of {tokens} tokens"));
        lines.push(Measured { what: "prefill", size: tokens, tokens_per_second: bench.prefill(tokens).await? });
        progress.inc(1);
    }
    for streams in args.streams.iter().copied() {
        progress.set_message(format!("{streams} answers at once"));
        let tokens_per_second = bench.streams(streams, bench.longest(args.tokens)).await?;
        lines.push(Measured { what: "streams", size: streams, tokens_per_second });
        progress.inc(1);
    }
    progress.finish_and_clear();
    if !args.json {
        println!("{}", table(&lines));
        return Ok(());
    }
    for line in &lines {
        println!("{}", serde_json::to_string(line)?);
    }
    Ok(())
}

/// An engine to be measured, with nobody else in it.
pub(super) struct Bench {
    engine: Engine,
    asked: AtomicUsize,
}

impl Bench {
    pub(super) fn new(model: Arc<Model>, limits: Limits) -> Self {
        Self { engine: Engine::start(model, limits), asked: AtomicUsize::new(0) }
    }

    /// Tokens of which the engine keeps keys and values.
    pub(super) fn cache_tokens(&self) -> usize {
        self.engine.cache_tokens()
    }

    /// As many of these tokens as the model holds behind a short prompt.
    pub(super) fn longest(&self, tokens: usize) -> usize {
        tokens.min(self.engine.model().context_length().saturating_sub(SHORT_PROMPT + 1)).max(2)
    }

    /// Tokens of a prompt each second, until the first token of the answer.
    pub(super) async fn prefill(&self, tokens: usize) -> anyhow::Result<f64> {
        self.submit(tokens, 1, 0)?.whole().await?;
        let start = Instant::now();
        self.submit(tokens, 1, 1)?.whole().await?;
        Ok(tokens as f64 / start.elapsed().as_secs_f64())
    }

    /// Tokens of all answers each second, from asking to the last token, short prompts included.
    pub(super) async fn streams(&self, streams: usize, tokens: usize) -> anyhow::Result<f64> {
        let (start, mut count) = (Instant::now(), 0);
        let answers = (0..streams).map(|stream| self.submit(SHORT_PROMPT, tokens, stream));
        for answer in answers.collect::<anyhow::Result<Vec<_>>>()? {
            count += answer.whole().await?.tokens.len();
        }
        Ok(count as f64 / start.elapsed().as_secs_f64())
    }

    /// Any tokens will do for a prompt: speed does not depend on what they say. No two begin alike, or the second would
    /// find what the first has left.
    fn submit(&self, prompt: usize, max_tokens: usize, seed: usize) -> anyhow::Result<Answering> {
        let vocab = self.engine.model().vocab_size();
        let first = self.asked.fetch_add(1, Ordering::Relaxed);
        let prompt = (0..prompt).map(|position| ((first + position * 31) % vocab) as u32).collect();
        let noise = [seed as u8; 32];
        Ok(self.engine.submit(prompt, Sampling { temperature: 1.0, max_tokens, noise })?)
    }
}

fn table(lines: &[Measured]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_header(["", "", "tokens/s"]);
    for Measured { what, size, tokens_per_second } in lines {
        let size = match *what {
            "prefill" => format!("{size} tokens"),
            _ => format!("{size} at once"),
        };
        table.add_row([what.to_string(), size, format!("{tokens_per_second:.1}")]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
