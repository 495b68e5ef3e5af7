//! What the model makes of what it has not seen.

use candle_core::Result;

use crate::args::Args;
use crate::batch::{stack, Window, Writer};
use crate::corpus::{passages, Corpus};
use crate::draw::Draw;
use crate::exchange::Exchange;
use crate::facts::Fact;
use crate::gradients::in_parallel;
use crate::model::Model;
use crate::ops::cross_entropy;
use crate::prose::Prose;
use crate::tasks::{Tasks, KINDS};

/// Instances of each kind of task, passages of prose, and windows of running text that are measured.
const TASKS_PER_KIND: usize = 24;
const PASSAGES: usize = 48;
const TEXT_WINDOWS: usize = 32;
/// Windows in one forward pass.
const AT_ONCE: usize = 12;

/// How a group of windows did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// Nats per counted token.
    pub loss: f64,
    /// Windows in which each counted token is the model's likeliest one, which is to say that it answers just so.
    pub exact: usize,
    pub windows: usize,
}

impl Score {
    pub fn share(&self) -> f64 {
        self.exact as f64 / self.windows.max(1) as f64
    }
}

/// What was measured at one time.
#[derive(Clone, Debug)]
pub struct HeldOut {
    pub text: Score,
    /// Running text, nats per byte: comparable between tokenizers.
    pub text_per_byte: f64,
    pub network: Score,
    pub prose: Score,
    pub tasks: Score,
    /// In the order of [`KINDS`].
    pub kinds: Vec<Score>,
}

impl HeldOut {
    /// What the best state is chosen by: each part counts the same.
    pub fn total(&self) -> f64 {
        self.text.loss + self.network.loss + self.prose.loss + self.tasks.loss
    }
}

impl std::fmt::Display for HeldOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "text {:.3} ({:.3} per byte), prose {:.3}, ", self.text.loss, self.text_per_byte, self.prose.loss)?;
        write!(f, "network {:.3} ({:.0} % exact), ", self.network.loss, 100.0 * self.network.share())?;
        write!(f, "tasks {:.3} nats ({:.0} % exact)", self.tasks.loss, 100.0 * self.tasks.share())
    }
}

/// The questions, as tokens.
pub struct Exam {
    text: Vec<Window>,
    tokens_per_byte: f64,
    network: Vec<Window>,
    prose: Vec<Window>,
    kinds: Vec<Vec<Window>>,
    threads: usize,
}

impl Exam {
    pub fn new(
        args: &Args,
        corpus: &Corpus,
        facts: &[Fact],
        tasks: &Tasks,
        writer: &Writer,
        draw: &mut Draw,
    ) -> anyhow::Result<Self> {
        let answered = |exchange: &Exchange| {
            let mut window = Window::new();
            writer.exchange(exchange, &mut window)?;
            window.truncate(args.max_position);
            Ok(window)
        };
        let all = |exchanges: &[Exchange]| exchanges.iter().map(answered).collect::<anyhow::Result<Vec<_>>>();
        let text = writer.text(&corpus.held_out)?;
        let prose = Prose::new(passages(&corpus.held_out))?;
        let prose = (0..PASSAGES).map(|_| prose.exchange(draw)).collect::<Vec<_>>();
        let network = facts.iter().map(Fact::held_out).collect::<Vec<_>>();
        let kinds = KINDS.iter().map(|kind| all(&tasks.held_out(kind, TASKS_PER_KIND, draw)));
        Ok(Self {
            tokens_per_byte: text.len() as f64 / corpus.held_out.len() as f64,
            text: text.chunks(args.context + 1).take(TEXT_WINDOWS).filter(|w| w.len() > 1).map(<[_]>::to_vec).collect(),
            network: all(&network)?,
            prose: all(&prose)?,
            kinds: kinds.collect::<anyhow::Result<Vec<_>>>()?,
            threads: args.threads,
        })
    }

    pub fn take(&self, model: &Model) -> anyhow::Result<HeldOut> {
        let score = |windows: &[Window]| score(model, windows, self.threads);
        let text = score(&self.text)?;
        let kinds = self.kinds.iter().map(|windows| score(windows)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(HeldOut {
            text,
            text_per_byte: text.loss * self.tokens_per_byte,
            network: score(&self.network)?,
            prose: score(&self.prose)?,
            tasks: together(&kinds),
            kinds,
        })
    }
}

/// All kinds of tasks as one, each with the same weight.
fn together(kinds: &[Score]) -> Score {
    let loss = kinds.iter().map(|kind| kind.loss).sum::<f64>() / kinds.len().max(1) as f64;
    let [exact, windows] =
        [|kind: &Score| kind.exact, |kind: &Score| kind.windows].map(|of| kinds.iter().map(of).sum());
    Score { loss, exact, windows }
}

fn score(model: &Model, windows: &[Window], threads: usize) -> anyhow::Result<Score> {
    let chunks = windows.chunks(AT_ONCE).collect::<Vec<_>>();
    let parts = in_parallel(&chunks, threads, |chunk| part(model, chunk))?;
    let (loss, tokens, exact) =
        parts.iter().fold((0.0, 0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1, sum.2 + part.2));
    Ok(Score { loss: loss / tokens.max(1) as f64, exact, windows: windows.len() })
}

/// Summed loss, counted tokens and exact answers of one forward pass.
fn part(model: &Model, windows: &[Window]) -> Result<(f64, usize, usize)> {
    let batch = stack(windows).map_err(candle_core::Error::wrap)?;
    let logits = model.logits(&batch.inputs, &batch.rows)?.detach();
    let likeliest = logits.argmax(1)?.to_vec1::<u32>()?;
    let mut right = likeliest.iter().zip(&batch.targets).map(|(likeliest, target)| likeliest == target);
    let counts = |window: &Window| window.iter().skip(1).filter(|(_, counts)| *counts).count();
    // Each window takes its own tokens, all of them, from the one sequence.
    let all_right = |window: &&Window| right.by_ref().take(counts(window)).filter(|right| !right).count() == 0;
    let exact = windows.iter().filter(all_right).count();
    let loss = cross_entropy(&logits, &batch.targets)?.to_scalar::<f32>()?;
    Ok((f64::from(loss), batch.targets.len(), exact))
}
