//! `plexus-trainer`: trains a small Llama model from a text, facts about the network and small tasks, and writes it as a
//! Hugging Face style folder.

mod adam;
mod args;
mod batch;
mod card;
mod corpus;
mod draw;
mod evaluate;
mod exchange;
mod facts;
mod folder;
mod gradients;
mod mixture;
mod model;
mod ops;
mod plot;
mod prose;
mod talk;
mod tasks;
mod tokenizer;
mod train;

use anyhow::Context;
use clap::Parser;

/// Streams of chance other than that of the windows.
const TOKENIZER_STREAM: u64 = 2;
const EXAM_STREAM: u64 = 3;

fn main() -> anyhow::Result<()> {
    let args = args::Args::parse();
    args.check()?;
    one_thread_per_operation();
    let text = std::fs::read_to_string(&args.text)
        .with_context(|| format!("cannot read the training text {}; give a UTF-8 file", args.text.display()))?;
    let corpus = corpus::Corpus::new(&text, args.held_out)?;
    let (facts, tasks) = (facts::network()?, tasks::Tasks::new()?);
    let sample = mixture::sample(&corpus, &facts, &tasks, &mut draw::Draw::new(args.seed, TOKENIZER_STREAM));
    let tokenizer = tokenizer::train(sample.iter().map(String::as_str), args.vocab_size)?;
    let mixture = mixture::Mixture::new(&args, &corpus, &facts, &tasks, &tokenizer)?;
    let writer = batch::Writer::new(&tokenizer)?;
    let mut draw = draw::Draw::new(args.seed, EXAM_STREAM);
    let exam = evaluate::Exam::new(&args, &corpus, &facts, &tasks, &writer, &mut draw)?;
    let model = model::Model::new(args.shape(tokenizer.get_vocab_size(true)), args.seed)?;
    println!("{}", summary(&args, &mixture, facts.len(), &model));
    let folder = folder::Folder { args: &args, text: &text, tokenizer: &tokenizer };
    train::run(&args, &mixture, &exam, &folder, &model)
}

/// Parallelism comes from whole micro-batches: a matrix product spread over more threads would fight with them.
/// Both variables are read by candle at every product, so they are set before the first thread starts.
fn one_thread_per_operation() {
    for name in ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"] {
        std::env::set_var(name, "1");
    }
}

fn summary(args: &args::Args, mixture: &mixture::Mixture, facts: usize, model: &model::Model) -> String {
    format!(
        "{} parameters, {} tokens of running text, {facts} facts, {} kinds of tasks, {} steps of {} tokens",
        model.parameter_count(),
        mixture.text_tokens(),
        tasks::KINDS.len(),
        args.steps,
        args.batch * args.context
    )
}
