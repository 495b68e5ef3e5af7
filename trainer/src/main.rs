//! `plexus-trainer`: trains a small Llama model from a text file and writes it as a Hugging Face style folder.

mod args;
mod batch;
mod card;
mod causal_softmax;
mod corpus;
mod evaluate;
mod folder;
mod gradients;
mod model;
mod tokenizer;
mod train;

use anyhow::Context;
use clap::Parser;

fn main() -> anyhow::Result<()> {
    let args = args::Args::parse();
    args.check()?;
    one_thread_per_operation();
    let text = std::fs::read_to_string(&args.text)
        .with_context(|| format!("cannot read the training text {}; give a UTF-8 file", args.text.display()))?;
    let corpus = corpus::Corpus::new(&text, args.held_out)?;
    let tokenizer = tokenizer::train(&corpus.train, args.vocab_size)?;
    let data = batch::Dataset::new(&corpus, &tokenizer, args.context, args.chat_share)?;
    let model = model::Model::new(args.shape(tokenizer.get_vocab_size(true)), args.seed)?;
    println!("{}", summary(&args, &data, &model));
    train::run(&args, &text, &tokenizer, &data, &model)
}

/// Parallelism comes from whole micro-batches: a matrix product spread over more threads would fight with them.
/// Both variables are read by candle at every product, so they are set before the first thread starts.
fn one_thread_per_operation() {
    for name in ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"] {
        std::env::set_var(name, "1");
    }
}

fn summary(args: &args::Args, data: &batch::Dataset, model: &model::Model) -> String {
    format!(
        "{} parameters, {} training tokens, {} held-out tokens, {} steps of {} tokens",
        model.parameter_count(),
        data.train.plain_tokens(),
        data.held_out.plain_tokens(),
        args.steps,
        args.batch * args.context
    )
}
