//! `plexus-miner check`.

use super::bench::Bench;
use super::{bytes, ModelArgs};
use inference::{threads, Limits, Model};
use serde::Serialize;

const EXAMPLE: &str = "Example:
  plexus-miner check models/tiny";

#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub struct CheckArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What there is to know before serving a model.
#[derive(Debug, Serialize)]
struct Report {
    id: String,
    parameters: u64,
    weight_bytes: u64,
    bits_per_weight: f64,
    context_length: usize,
    /// What the keys and values of all answers take when there are most of them, and how many tokens that is.
    cache_bytes: u64,
    cache_tokens: usize,
    /// How many answers of the greatest length fit at the same time; further ones wait their turn.
    longest_answers: usize,
    threads: usize,
    prefill_tokens_per_second: f64,
    stream_tokens_per_second: f64,
}

pub async fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let model = args.model.load()?;
    let bench = Bench::new(model.clone(), args.model.limits(Limits::default().running));
    let speed = (bench.prefill(bench.longest(128)).await?, bench.streams(1, bench.longest(32)).await?);
    let report = Report::new(&model, bench.cache_tokens(), speed);
    match args.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => report.print(),
    }
    Ok(())
}

impl Report {
    fn new(model: &Model, cache_tokens: usize, (prefill, stream): (f64, f64)) -> Self {
        let size = model.size();
        Self {
            id: model.id().into(),
            parameters: size.parameters,
            weight_bytes: size.bytes,
            bits_per_weight: size.bytes as f64 * 8.0 / size.parameters as f64,
            context_length: model.context_length(),
            cache_bytes: size.bytes_per_token * cache_tokens as u64,
            cache_tokens,
            longest_answers: cache_tokens / model.context_length(),
            threads: threads(),
            prefill_tokens_per_second: prefill,
            stream_tokens_per_second: stream,
        }
    }

    fn users(&self) -> String {
        match self.longest_answers {
            0 => "less than one answer of full length; give it more with --kv-memory".into(),
            most => format!("{most} at once with the whole context, more with less"),
        }
    }

    fn print(&self) {
        let millions = self.parameters as f64 / 1e6;
        println!("runs here      yes");
        println!("model id       {}", self.id);
        println!("parameters     {millions:.1} million, {:.1} bits each", self.bits_per_weight);
        println!("memory         {} weights, up to {} KV cache", bytes(self.weight_bytes), bytes(self.cache_bytes));
        println!("context        {} tokens", self.context_length);
        println!("KV cache       {} tokens: {}", self.cache_tokens, self.users());
        println!("threads        {}", self.threads);
        println!("prefill        {:.0} tokens/s", self.prefill_tokens_per_second);
        println!("one stream     {:.1} tokens/s", self.stream_tokens_per_second);
        println!(
            "\nMeasure more with `plexus-miner bench`; a smaller and faster copy is made by `plexus-miner quantize`."
        );
    }
}
