//! One request on its way through the engine.

use candle_core::Tensor;
use tokio::sync::mpsc;

use super::reading::Reading;
use super::writer::{Writer, Written};
use super::Event;
use crate::decoder::{Decoder, Step};
use crate::error::InferenceError;
use crate::generate::Finish;
use crate::kv_cache::KvCache;
use crate::text::Text;

pub(super) struct Sequence {
    /// The prompt, then the answer as far as it is drawn.
    tokens: Vec<u32>,
    prompt: usize,
    /// Most tokens of the answer.
    limit: usize,
    /// What it wants to know about its prompt.
    reading: Reading,
    writer: Writer,
    /// Absent until the sequence is let in.
    cache: Option<KvCache>,
    /// Has room for every event, so that a slow reader never holds up the others.
    events: mpsc::Sender<Event>,
    over: bool,
}

impl Sequence {
    pub(super) fn new(
        prompt: Vec<u32>,
        limit: usize,
        reading: Reading,
        writer: Writer,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self { prompt: prompt.len(), tokens: prompt, limit, reading, writer, cache: None, events, over: false }
    }

    /// Tokens whose keys and values it keeps at most.
    pub(super) fn room(&self) -> usize {
        self.prompt + self.limit
    }

    pub(super) fn start(&mut self, cache: KvCache) {
        self.cache = Some(cache);
    }

    /// Answered, failed, or nobody wants the answer any more.
    pub(super) fn is_over(&self) -> bool {
        self.over || self.events.is_closed()
    }

    pub(super) fn is_prefilling(&self) -> bool {
        self.tokens.len() == self.prompt
    }

    /// Tokens that the decoder has not seen.
    pub(super) fn pending(&self) -> usize {
        self.tokens.len() - self.known()
    }

    /// The next `take` of the pending tokens.
    pub(super) fn step(&mut self, take: usize) -> Step<'_> {
        let known = self.known();
        let cache = self.cache.as_mut().expect("only sequences that were let in take steps");
        Step { tokens: &self.tokens[known..known + take], cache }
    }

    /// Whether the hidden states of its whole prompt are wanted, and not only the last one.
    pub(super) fn reads(&self) -> bool {
        self.reading.is_wanted()
    }

    /// Takes the final hidden states `[rows, hidden]` of the tokens of the last step.
    pub(super) fn read(&mut self, hidden: &Tensor, decoder: &Decoder) -> candle_core::Result<()> {
        let first = self.known() - hidden.dim(0)?;
        self.reading.read(hidden, first, &self.tokens[..self.prompt], decoder)?;
        if self.known() < self.prompt {
            return Ok(());
        }
        let ends = self.limit == 0 || self.reading.is_all();
        if let Some(event) = self.reading.finished() {
            self.tell(event);
        }
        if ends {
            self.finish(Event::Done(Finish::Length));
        }
        Ok(())
    }

    /// Draws the next token, whose logits these are, and tells it.
    pub(super) fn draw(&mut self, logits: &[f32], text: &Text) {
        let Written { choice, text, finish } = match self.writer.write(logits, text) {
            Ok(written) => written,
            Err(error) => return self.fail(error),
        };
        self.tokens.push(choice.token);
        self.tell(Event::Token { choice, text });
        if let Some(finish) = finish {
            self.finish(Event::Done(finish));
        }
    }

    pub(super) fn fail(&mut self, error: InferenceError) {
        self.finish(Event::Failed(error));
    }

    fn finish(&mut self, event: Event) {
        self.tell(event);
        self.over = true;
    }

    fn tell(&self, event: Event) {
        // Whoever asked may be gone, which `is_over` sees.
        let _ = self.events.try_send(event);
    }

    fn known(&self) -> usize {
        self.cache.as_ref().map_or(0, KvCache::length)
    }
}
