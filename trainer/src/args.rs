//! What the user can choose.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Parser;

use crate::model::Shape;

/// Train a small Llama model from a text file, facts about the network, and small tasks.
///
/// The result depends on the text and on the options below, not on the number of threads.
#[derive(Parser, Debug)]
#[command(
    name = "plexus-trainer",
    version,
    after_help = "Example:\n  plexus-trainer --text book.txt --out models/own --steps 4000 --threads 2"
)]
pub struct Args {
    /// UTF-8 text to learn from; paragraphs are separated by blank lines
    #[arg(long)]
    pub text: PathBuf,
    /// Where the text comes from, for the model card
    #[arg(long)]
    pub text_source: Option<String>,
    /// Folder to write the model to; the best state so far is written at every evaluation
    #[arg(long)]
    pub out: PathBuf,
    /// Optimiser steps
    #[arg(long, default_value_t = 1600)]
    pub steps: usize,
    /// Steps between two measurements of the held-out loss
    #[arg(long, default_value_t = 100)]
    pub evaluate_every: usize,
    /// Windows per step; a multiple of the micro-batch
    #[arg(long, default_value_t = 8)]
    pub batch: usize,
    /// Windows per forward and backward pass of one thread
    #[arg(long, default_value_t = 4)]
    pub micro_batch: usize,
    /// Tokens per window
    #[arg(long, default_value_t = 256)]
    pub context: usize,
    /// Share of windows that are running text; the rest are conversations
    #[arg(long, default_value_t = 0.1)]
    pub text_share: f64,
    /// Weight of questions about the network among all questions
    #[arg(long, default_value_t = 0.45)]
    pub network_share: f64,
    /// Weight of small tasks
    #[arg(long, default_value_t = 0.4)]
    pub task_share: f64,
    /// Weight of requests for prose, answered from the text
    #[arg(long, default_value_t = 0.15)]
    pub prose_share: f64,
    /// Share of the text, at its end, that is kept for measuring
    #[arg(long, default_value_t = 0.05)]
    pub held_out: f64,
    /// Highest learning rate, reached after the warm-up
    #[arg(long, default_value_t = 2.5e-3)]
    pub learning_rate: f64,
    /// Weight decay of the matrices
    #[arg(long, default_value_t = 0.1)]
    pub weight_decay: f64,
    /// Seed of the first weights and of the order of the windows
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Micro-batches computed at the same time
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Tokens the tokenizer may use, its special tokens included
    #[arg(long, default_value_t = 2048)]
    pub vocab_size: usize,
    /// Width of the model
    #[arg(long, default_value_t = 256)]
    pub hidden_size: usize,
    /// Width of the feed-forward layers
    #[arg(long, default_value_t = 768)]
    pub intermediate_size: usize,
    /// Number of layers
    #[arg(long, default_value_t = 5)]
    pub layers: usize,
    /// Attention heads
    #[arg(long, default_value_t = 4)]
    pub heads: usize,
    /// Key and value heads
    #[arg(long, default_value_t = 2)]
    pub kv_heads: usize,
    /// Longest sequence the model declares, in tokens
    #[arg(long, default_value_t = 1024)]
    pub max_position: usize,
}

impl Args {
    /// Refuses what could not train, before any work is done.
    pub fn check(&self) -> anyhow::Result<()> {
        ensure!(self.steps > 0 && self.evaluate_every > 0, "--steps and --evaluate-every must be at least 1");
        ensure!(self.threads > 0 && self.micro_batch > 0, "--threads and --micro-batch must be at least 1");
        ensure!(
            self.batch > 0 && self.batch.is_multiple_of(self.micro_batch),
            "--batch {} must be a multiple of --micro-batch {}",
            self.batch,
            self.micro_batch
        );
        ensure!(
            (2..=self.max_position).contains(&self.context),
            "--context must be between 2 and --max-position {}",
            self.max_position
        );
        ensure!((0.0..=1.0).contains(&self.text_share), "--text-share must be between 0 and 1");
        let shares = [self.network_share, self.task_share, self.prose_share];
        ensure!(
            shares.iter().all(|share| *share >= 0.0) && shares.iter().sum::<f64>() > 0.0,
            "of --network-share, --task-share and --prose-share none may be negative and one must be positive"
        );
        ensure!((0.01..=0.5).contains(&self.held_out), "--held-out must be between 0.01 and 0.5");
        ensure!(self.learning_rate > 0.0 && self.weight_decay >= 0.0, "--learning-rate must be positive");
        ensure!((300..=65_536).contains(&self.vocab_size), "--vocab-size must be between 300 and 65536");
        self.check_shape()
    }

    fn check_shape(&self) -> anyhow::Result<()> {
        ensure!(self.layers > 0 && self.intermediate_size > 0, "--layers and --intermediate-size must be at least 1");
        ensure!(
            self.kv_heads > 0 && self.heads > 0 && self.heads.is_multiple_of(self.kv_heads),
            "--heads must be a multiple of --kv-heads"
        );
        ensure!(
            self.hidden_size > 0 && self.hidden_size.is_multiple_of(2 * self.heads),
            "--hidden-size must be an even multiple of --heads"
        );
        Ok(())
    }

    /// The model's dimensions; `vocab_size` is what the tokenizer really used.
    pub fn shape(&self, vocab_size: usize) -> Shape {
        Shape {
            vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            layers: self.layers,
            heads: self.heads,
            kv_heads: self.kv_heads,
            max_position: self.max_position,
        }
    }
}
