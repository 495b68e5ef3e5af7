//! What the model learns from, in which shares: running text, and conversations about the network, of tasks and of prose.

use tokenizers::Tokenizer;

use crate::args::Args;
use crate::batch::{stack, Batch, Window, Writer};
use crate::corpus::{passages, Corpus};
use crate::draw::Draw;
use crate::exchange::Exchange;
use crate::facts::Fact;
use crate::prose::Prose;
use crate::tasks::Tasks;

/// Share of conversations that begin with a message of the system.
const WITH_SYSTEM: f64 = 0.15;
const MOST_EXCHANGES: usize = 4;
/// Whatever the system says, the answers are the same; the model is to learn to read past it.
const SYSTEMS: [&str; 6] = [
    "You are a helpful assistant.",
    "You are Plexus, a helpful assistant.",
    "Answer briefly.",
    "You are the assistant of the Plexus network.",
    "Be kind and exact.",
    "You answer questions about the network and solve small tasks.",
];

/// Draws windows to learn from.
pub struct Mixture<'a> {
    facts: &'a [Fact],
    tasks: &'a Tasks,
    prose: Prose<'a>,
    writer: Writer<'a>,
    text: Window,
    text_share: f64,
    /// Of exchanges about the network, of tasks and of prose.
    shares: [f64; 3],
    context: usize,
}

impl<'a> Mixture<'a> {
    pub fn new(
        args: &Args,
        corpus: &'a Corpus,
        facts: &'a [Fact],
        tasks: &'a Tasks,
        tokenizer: &'a Tokenizer,
    ) -> anyhow::Result<Self> {
        let writer = Writer::new(tokenizer)?;
        let text = writer.text(&corpus.train)?;
        anyhow::ensure!(text.len() > args.context + 1, "the text has fewer tokens than one window: give more of it");
        Ok(Self {
            facts,
            tasks,
            prose: Prose::new(passages(&corpus.train))?,
            writer,
            text,
            text_share: args.text_share,
            shares: [args.network_share, args.task_share, args.prose_share],
            context: args.context,
        })
    }

    /// Windows drawn at random.
    pub fn batch(&self, windows: usize, draw: &mut Draw) -> anyhow::Result<Batch> {
        let all = (0..windows).map(|_| self.window(draw)).collect::<anyhow::Result<Vec<_>>>()?;
        stack(&all)
    }

    /// Tokens of running text.
    pub fn text_tokens(&self) -> usize {
        self.text.len()
    }

    /// Running text, or conversations one after the other; running text too where no answer begins within the window.
    fn window(&self, draw: &mut Draw) -> anyhow::Result<Window> {
        let length = self.context + 1;
        if !draw.chance(self.text_share) {
            let mut window = Window::new();
            while window.len() < length {
                self.conversation(draw, &mut window)?;
            }
            window.truncate(length);
            if window.iter().any(|(_, counts)| *counts) {
                return Ok(window);
            }
        }
        let start = draw.below(self.text.len() - length);
        Ok(self.text[start..start + length].to_vec())
    }

    fn conversation(&self, draw: &mut Draw, window: &mut Window) -> anyhow::Result<()> {
        if draw.chance(WITH_SYSTEM) {
            self.writer.system(draw.one::<&str>(&SYSTEMS), window)?;
        }
        for _ in 0..1 + draw.below(MOST_EXCHANGES) {
            self.writer.exchange(&self.exchange(draw), window)?;
        }
        Ok(())
    }

    fn exchange(&self, draw: &mut Draw) -> Exchange {
        match draw.weighted(&self.shares) {
            0 => {
                let fact = draw.one(self.facts);
                Exchange::new(draw.one(&fact.questions), &fact.answer)
            }
            1 => self.tasks.train(draw),
            _ => self.prose.exchange(draw),
        }
    }
}

/// Texts that the tokenizer is made from: the running text, each fact with its questions, and tasks.
pub fn sample(corpus: &Corpus, facts: &[Fact], tasks: &Tasks, draw: &mut Draw) -> Vec<String> {
    const TASKS: usize = 4000;
    // Facts are said more often than they stand in the file.
    const EACH_FACT: usize = 4;
    let paragraphs = corpus.train.split_inclusive("\n\n").map(String::from);
    let facts =
        facts.iter().flat_map(|fact| std::iter::repeat_n(&fact.answer, EACH_FACT).chain(&fact.questions).cloned());
    let tasks = (0..TASKS).map(|_| tasks.train(draw)).flat_map(|Exchange { question, answer }| [question, answer]);
    paragraphs.chain(facts).chain(tasks).collect()
}
