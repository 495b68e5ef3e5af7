//! One request on its way through the engine.

use std::sync::{Arc, OnceLock};

use candle_core::Tensor;
use tokio::sync::mpsc;

use super::reading::Reading;
use super::writer::{Writer, Written};
use super::Event;
use crate::blocks::{BlockPool, Table};
use crate::decoder::{Decoder, Step};
use crate::error::InferenceError;
use crate::generate::Finish;
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
    /// Empty while the sequence waits.
    table: Table,
    /// Tokens of the prompt that were known when it was let in first.
    cached: Arc<OnceLock<usize>>,
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
        let (table, cached) = (Table::default(), Arc::default());
        Self { prompt: prompt.len(), tokens: prompt, limit, reading, writer, table, cached, events, over: false }
    }

    pub(super) fn cached(&self) -> Arc<OnceLock<usize>> {
        self.cached.clone()
    }

    /// Takes blocks for all its tokens, with what is known of them, and leaves at least `others` free. False, and none
    /// taken, if there are too few.
    pub(super) fn start(&mut self, others: usize, pool: &mut BlockPool) -> bool {
        if !self.reading.is_wanted() {
            self.table.reuse(&self.tokens, pool);
        }
        let known = self.table.length();
        let started = self.table.grow(self.tokens.len(), pool) && pool.free() >= others;
        match started {
            // Of a sequence that had to stop, what it has computed itself is known too.
            true => drop(self.cached.set(known)),
            false => self.table.release(pool),
        }
        started
    }

    /// Takes a block where the next token needs one. False if none is free.
    pub(super) fn grow(&mut self, pool: &mut BlockPool) -> bool {
        self.table.grow(self.tokens.len(), pool)
    }

    /// Gives up its blocks, to be computed again later.
    pub(super) fn stop(&mut self, pool: &mut BlockPool) {
        self.table.release(pool);
    }

    pub(super) fn leave(mut self, pool: &mut BlockPool) {
        self.table.release(pool);
    }

    /// Lets others use the blocks that have become full.
    pub(super) fn publish(&mut self, pool: &mut BlockPool) {
        self.table.publish(&self.tokens, pool);
    }

    /// Answered, failed, or nobody wants the answer any more.
    pub(super) fn is_over(&self) -> bool {
        self.over || self.events.is_closed()
    }

    /// Tokens that the decoder has not seen.
    pub(super) fn pending(&self) -> usize {
        self.tokens.len() - self.table.length()
    }

    /// The next `take` of the pending tokens.
    pub(super) fn step(&mut self, take: usize) -> Step<'_> {
        let known = self.table.length();
        Step { tokens: &self.tokens[known..known + take], table: &mut self.table }
    }

    /// Whether the hidden states of its whole prompt are wanted, and not only the last one.
    pub(super) fn reads(&self) -> bool {
        self.reading.is_wanted()
    }

    /// Takes the final hidden states `[rows, hidden]` of the tokens of the last step.
    pub(super) fn read(&mut self, hidden: &Tensor, decoder: &Decoder) -> candle_core::Result<()> {
        let first = self.table.length() - hidden.dim(0)?;
        self.reading.read(hidden, first, &self.tokens[..self.prompt], decoder)?;
        if self.table.length() < self.prompt {
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
}
