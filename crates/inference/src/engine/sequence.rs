//! One request on its way through the engine.

use tokio::sync::mpsc;

use super::Event;
use crate::decoder::Step;
use crate::error::InferenceError;
use crate::generate::Finish;
use crate::kv_cache::KvCache;
use crate::sampling::Sampling;

pub(super) struct Sequence {
    /// The prompt, then the answer as far as it is drawn.
    tokens: Vec<u32>,
    prompt: usize,
    /// Most tokens of the answer.
    limit: usize,
    sampling: Sampling,
    /// Absent until the sequence is let in.
    cache: Option<KvCache>,
    /// Has room for every event, so that a slow reader never holds up the others.
    events: mpsc::Sender<Event>,
    over: bool,
}

impl Sequence {
    pub(super) fn new(tokens: Vec<u32>, sampling: Sampling, limit: usize, events: mpsc::Sender<Event>) -> Self {
        Self { prompt: tokens.len(), tokens, limit, sampling, cache: None, events, over: false }
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

    fn known(&self) -> usize {
        self.cache.as_ref().map_or(0, KvCache::length)
    }
}
