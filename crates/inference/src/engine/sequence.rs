//! One request on its way through the engine.

use std::sync::{Arc, OnceLock};

use candle_core::Tensor;
use tokio::sync::mpsc;

use super::reading::Reading;
use super::writer::{Writer, Written};
use super::Event;
use crate::blocks::{BlockPool, Content, Table};
use crate::commitment::{Commitment, Directions, Point};
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
    /// Where the hidden states behind the answer are wanted: their directions, and the states so far.
    committing: Option<(Directions, Vec<Point>)>,
    /// Empty while the sequence waits.
    table: Table,
    /// What the full blocks of `tokens` hold, as far as it was asked: who waits long asks often.
    contents: Vec<Content>,
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
        Self {
            prompt: prompt.len(),
            tokens: prompt,
            limit,
            reading,
            writer,
            committing: None,
            table: Table::default(),
            contents: Vec::new(),
            cached: Arc::default(),
            events,
            over: false,
        }
    }

    /// Tells the hidden states behind the answer on these directions, if there are any.
    pub(super) fn committing(self, directions: Option<Directions>) -> Self {
        Self { committing: directions.map(|directions| (directions, Vec::new())), ..self }
    }

    pub(super) fn commits(&self) -> bool {
        self.committing.is_some()
    }

    /// Takes the final hidden state of which the next token is drawn.
    pub(super) fn commit(&mut self, state: &[f32]) {
        if let Some((directions, points)) = &mut self.committing {
            points.push(directions.project(state));
        }
    }

    pub(super) fn cached(&self) -> Arc<OnceLock<usize>> {
        self.cached.clone()
    }

    /// Takes blocks for all its tokens, with what is known of them, and leaves at least `others` free. False, and
    /// nothing lost that blocks hold, if there are too few.
    pub(super) fn start(&mut self, others: usize, pool: &mut BlockPool) -> bool {
        if !self.reading.is_wanted() {
            // The last token is never taken for known: its pass gives the logits of the next one.
            Content::extend(&mut self.contents, &self.tokens[..self.tokens.len() - 1]);
            self.table.reuse(&self.contents, pool);
        }
        let known = self.table.length();
        // Seen before one is taken, because a block that is taken forgets what it holds.
        let fits = pool.free() >= self.table.missing(self.tokens.len()) + others;
        if !fits || !self.table.grow(self.tokens.len(), pool) {
            self.table.release(pool);
            return false;
        }
        // Of a sequence that had to stop, what it has computed itself is known too.
        let _ = self.cached.set(known);
        true
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
            if let Some((_, points)) = &self.committing {
                self.tell(Event::Commitments(Commitment::of_all(points)));
            }
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::blocks::BLOCK;
    use crate::engine::Request;

    /// Wants one token behind this prompt, as long as the receiver is kept.
    pub(in crate::engine) fn asked(prompt: Vec<u32>) -> (Sequence, mpsc::Receiver<Event>) {
        let (events, answering) = mpsc::channel(3);
        let writer = Writer::new(&prompt, Request::default(), None, 1);
        (Sequence::new(prompt, 1, Reading::Nothing, writer, events), answering)
    }

    /// How much of the prompt is known when it starts.
    fn known(prompt: &[u32], pool: &mut BlockPool) -> usize {
        let (mut sequence, _events) = asked(prompt.to_vec());
        assert!(sequence.start(0, pool));
        let known = sequence.table.length();
        sequence.leave(pool);
        known
    }

    #[test]
    fn a_sequence_that_cannot_start_leaves_what_idle_blocks_hold() {
        let mut pool = BlockPool::new(4);
        let old = vec![1; 3 * BLOCK];
        let (mut first, _events) = asked(old.clone());
        assert!(first.start(0, &mut pool));
        first.table.advance(3 * BLOCK);
        first.publish(&mut pool);
        first.leave(&mut pool);
        for (prompt, others) in
            [(vec![2; 5 * BLOCK], 0), (vec![2; 2 * BLOCK], 3), ([old.clone(), old.clone()].concat(), 0)]
        {
            let (mut refused, _events) = asked(prompt);
            assert!(!refused.start(others, &mut pool) && !refused.start(others, &mut pool));
            assert_eq!(pool.free(), 4);
        }
        assert_eq!(known(&[old.clone(), vec![3]].concat(), &mut pool), 3 * BLOCK);
        assert_eq!(known(&old, &mut pool), 2 * BLOCK, "the last token is computed");
    }
}
