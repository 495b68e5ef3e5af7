//! One request on its way through the engine.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use super::Event;
use crate::blocks::{BlockPool, Table};
use crate::decoder::Step;
use crate::error::InferenceError;
use crate::generate::Finish;
use crate::sampling::Sampling;

pub(super) struct Sequence {
    /// The prompt, then the answer as far as it is drawn.
    tokens: Vec<u32>,
    prompt: usize,
    /// Most tokens of the answer.
    limit: usize,
    sampling: Sampling,
    /// Empty while the sequence waits.
    table: Table,
    /// Tokens of the prompt that were known when it was let in first.
    cached: Arc<OnceLock<usize>>,
    /// Has room for every event, so that a slow reader never holds up the others.
    events: mpsc::Sender<Event>,
    over: bool,
}

impl Sequence {
    pub(super) fn new(tokens: Vec<u32>, sampling: Sampling, limit: usize, events: mpsc::Sender<Event>) -> Self {
        let (table, cached) = (Table::default(), Arc::default());
        Self { prompt: tokens.len(), tokens, limit, sampling, table, cached, events, over: false }
    }

    pub(super) fn cached(&self) -> Arc<OnceLock<usize>> {
        self.cached.clone()
    }

    /// Takes blocks for all its tokens, with what is known of them, and leaves at least `others` free. False, and none
    /// taken, if there are too few.
    pub(super) fn start(&mut self, others: usize, pool: &mut BlockPool) -> bool {
        self.table.reuse(&self.tokens, pool);
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

    /// Draws the next token, whose logits these are, and tells it.
    pub(super) fn draw(&mut self, logits: &[f32], is_end: impl Fn(u32) -> bool) {
        let position = self.tokens.len() - self.prompt;
        let (token, logprob) = match self.sampling.draw(logits, position) {
            Ok(drawn) => drawn,
            Err(error) => return self.fail(error),
        };
        self.tokens.push(token);
        self.tell(Event::Token { token, logprob });
        if is_end(token) {
            self.finish(Event::Done(Finish::Stop));
        } else if position + 1 == self.limit {
            self.finish(Event::Done(Finish::Length));
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
