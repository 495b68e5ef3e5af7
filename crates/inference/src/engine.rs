//! Answering many prompts at once, on one thread that owns the device.
//!
//! Each pass of the decoder takes one token of every answer that is being written, and fills up with parts of new
//! prompts. So an answer joins and leaves between two passes, nobody waits for the longest, and a long prompt does not
//! stop the others. A pass reads the weights once, for however many sequences: that is what batching wins.
//!
//! Keys and values lie in blocks ([`crate::blocks`]). An answer takes the next block when it needs it; where none is
//! free, the youngest answer gives up all of its own, waits first in line, and is computed again as far as it was:
//! nothing is drawn twice. A prompt whose beginning is still in some block starts behind it.

mod load;
mod reading;
mod request;
mod sequence;
mod writer;

pub use load::Load;
pub use request::Request;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use candle_core::Tensor;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::blocks::BLOCK;
use crate::commitment::{Commitment, Directions};
use crate::constraint::Constraint;
use crate::error::{InferenceError, SubmitError};
use crate::generate::{Finish, Generation};
use crate::host;
use crate::kv_cache::KvCache;
use crate::memory;
use crate::model::Model;
use crate::sampling::Sampling;
use load::Gauges;
use reading::Reading;
use sequence::Sequence;
use writer::Writer;

/// Requests in the queue, besides those with a place, that nobody wants any more: places are free before the thread has
/// seen who left.
const GONE: usize = 256;

/// The part of the free memory that keys and values may take, where nobody says how much.
const SHARE_OF_FREE: u64 = 2;
/// Tokens whose keys and values are kept where nobody says how much and free memory is not known, as on a GPU.
const USUAL_TOKENS: usize = 65_536;
/// Operations of drawing a token, for each token of the vocabulary.
pub(crate) const DRAWING: usize = 16;

/// How much an engine takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Answers written at the same time, at least 1.
    pub running: usize,
    /// Requests that wait for their turn; further ones are refused.
    pub waiting: usize,
    /// Tokens in one pass: how long the others wait for a part of a new prompt. At least `running`.
    pub tokens_per_pass: usize,
    /// Bytes for the keys and values of all answers together; memory that is never needed is not taken. Without a
    /// number, half of what is free when the engine starts, on a GPU room for 65,536 tokens, but in any case enough for
    /// the longest answer of the model, and no more than `running` of those can use.
    pub cache_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { running: 32, waiting: 64, tokens_per_pass: 512, cache_bytes: None }
    }
}

impl Limits {
    /// Blocks of a cache, of which each takes `block_bytes` and the longest answer needs `longest`.
    fn blocks(&self, block_bytes: u64, longest: usize, free: Option<u64>) -> usize {
        let most = longest * self.running.max(1);
        let fitting = |bytes: u64| usize::try_from(bytes / block_bytes.max(1)).unwrap_or(usize::MAX);
        match (self.cache_bytes, free) {
            (Some(bytes), _) => fitting(bytes).clamp(1, most),
            (None, Some(free)) => fitting(free / SHARE_OF_FREE).clamp(longest, most),
            (None, None) => (USUAL_TOKENS / BLOCK).clamp(longest, most),
        }
    }
}

/// What becomes of a request, one after the other; the last one is `Done` or `Failed`.
#[derive(Debug)]
pub enum Event {
    /// What the model says about each token of the prompt but the first, where that was asked for.
    Prompt(Vec<TokenChoice>),
    /// The mean of the final hidden states of the prompt, where that was asked for.
    Embedding(Vec<f32>),
    /// The next token of the answer, and what can be told of the answer's text with it. The texts of all tokens are the
    /// text of the answer.
    Token {
        choice: TokenChoice,
        text: String,
    },
    /// What is told of the hidden states behind the answer, where that was asked for; the next event is `Done`.
    Commitments(Vec<Commitment>),
    Done(Finish),
    Failed(InferenceError),
}

/// A token at its position, with natural logarithms of probabilities at temperature 1, before any shaping.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenChoice {
    pub token: u32,
    pub logprob: f32,
    /// As many of the likeliest tokens as were asked for, likeliest first.
    pub top: Vec<(u32, f32)>,
}

/// A running engine. Dropping it waits for the answers that somebody still wants.
pub struct Engine {
    model: Arc<Model>,
    limits: Limits,
    cache_tokens: usize,
    gauges: Arc<Gauges>,
    /// One for each answer that runs or waits.
    places: Arc<Semaphore>,
    queue: Option<mpsc::Sender<Sequence>>,
    thread: Option<JoinHandle<()>>,
}

/// An answer that is being written. Whoever drops it wants no more of it: its place is free at once, its memory with the
/// next pass.
pub struct Answering {
    model: Arc<Model>,
    events: mpsc::Receiver<Event>,
    cached: Arc<OnceLock<usize>>,
    /// Whether a stop string may have cut the text, so that it is not that of the tokens.
    is_cut: bool,
    /// When it was asked for, until its first token is there.
    asked: Option<Instant>,
    gauges: Arc<Gauges>,
    _place: OwnedSemaphorePermit,
}

impl Engine {
    pub fn start(model: Arc<Model>, limits: Limits) -> Self {
        let places = limits.running.max(1) + limits.waiting;
        let (queue, arriving) = mpsc::channel(places + GONE);
        let longest = model.context_length().div_ceil(BLOCK);
        let free = model.is_on_cpu().then(memory::free).flatten();
        let blocks = limits.blocks(model.size().bytes_per_token * BLOCK as u64, longest, free);
        let (own, gauges) = (model.clone(), Arc::<Gauges>::default());
        let written = gauges.clone();
        let run = move || match own.decoder.shared_cache(blocks) {
            Ok(cache) => Batch::new(own, limits, cache, written, arriving).run(),
            Err(error) => refuse_all(arriving, &error),
        };
        let thread = thread::Builder::new().name("engine".into()).spawn(run);
        let thread = Some(thread.expect("a process that cannot start one thread cannot serve"));
        let (places, cache_tokens) = (Arc::new(Semaphore::new(places)), blocks * BLOCK);
        Self { model, limits, cache_tokens, gauges, places, queue: Some(queue), thread }
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Tokens of which it keeps keys and values, of all answers together.
    pub fn cache_tokens(&self) -> usize {
        self.cache_tokens
    }

    pub fn load(&self) -> Load {
        self.gauges.load(BLOCK, self.cache_tokens)
    }

    /// Asks for a plain answer, as [`Self::ask`] does.
    pub fn submit(&self, prompt: Vec<u32>, sampling: Sampling) -> Result<Answering, SubmitError> {
        self.ask(Request::new(prompt, sampling))
    }

    /// Asks for an answer. Where `max_tokens` is [`usize::MAX`] it is as long as the context and the cache allow. Blocks
    /// for as long as it takes to understand the request's grammar, if it has one.
    ///
    /// The same request gives the same tokens, whoever else asks at the time, up to rounding: kernels add in another
    /// order for another number of rows in a pass, so one of two tokens whose scores are equal but for the last places
    /// may be drawn in place of the other.
    pub fn ask(&self, mut request: Request) -> Result<Answering, SubmitError> {
        let limit = request.limit(&self.model)?;
        let constraint = request.grammar.take().map(|grammar| self.model.constraint(grammar)).transpose()?;
        let reading = match request.prompt_logprobs {
            true => Reading::Logprobs { top: request.top_logprobs, choices: Vec::new() },
            false => Reading::Nothing,
        };
        self.enqueue(request, constraint, reading, limit)
    }

    /// Asks for the mean of the final hidden states of a text's tokens, which [`Answering::embedding`] waits for.
    pub fn embed(&self, tokens: Vec<u32>) -> Result<Answering, SubmitError> {
        let request = Request::new(tokens, Sampling { max_tokens: 1, ..Sampling::default() });
        request.limit(&self.model)?;
        self.enqueue(request, None, Reading::Embedding { sum: Vec::new(), tokens: 0 }, 0)
    }

    fn enqueue(
        &self,
        mut request: Request,
        constraint: Option<Constraint>,
        reading: Reading,
        limit: usize,
    ) -> Result<Answering, SubmitError> {
        let limit = match request.sampling.max_tokens {
            // Nobody asked for more than there is room for.
            usize::MAX => limit.min(self.cache_tokens.saturating_sub(request.prompt.len())).max(1),
            _ => limit,
        };
        let tokens = request.prompt.len() + limit;
        if tokens > self.cache_tokens {
            return Err(SubmitError::TooLarge { tokens, most: self.cache_tokens });
        }
        let full = || SubmitError::Full { places: self.places() };
        let place = self.places.clone().try_acquire_owned().map_err(|_| full())?;
        // What the prompt says, the tokens, the commitments, and the end.
        let (events, answering) = mpsc::channel(limit + 3);
        let is_cut = !request.stop.is_empty();
        let prompt = std::mem::take(&mut request.prompt);
        let hidden = self.model.decoder.hidden_size();
        let directions = request.commits.then(|| Directions::new(request.sampling.noise, hidden));
        let writer = Writer::new(&prompt, request, constraint, limit);
        let sequence = Sequence::new(prompt, limit, reading, writer, events).committing(directions);
        let cached = sequence.cached();
        let queue = self.queue.as_ref().ok_or(SubmitError::Stopped)?;
        queue.try_send(sequence).map_err(|error| match error {
            TrySendError::Full(_) => full(),
            TrySendError::Closed(_) => SubmitError::Stopped,
        })?;
        let (model, gauges, asked) = (self.model.clone(), self.gauges.clone(), Some(Instant::now()));
        Ok(Answering { model, events: answering, cached, is_cut, asked, gauges, _place: place })
    }

    /// Whether the thread runs. It ends where a computation panics: what that left behind is not to be trusted. All that
    /// was asked then fails with [`InferenceError::EngineStopped`], and all that is asked with [`SubmitError::Stopped`].
    pub fn is_alive(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| !queue.is_closed())
    }

    /// Answers that can run or wait at the same time.
    pub fn places(&self) -> usize {
        self.limits.running.max(1) + self.limits.waiting
    }

    /// How many of them are free now.
    pub fn free_places(&self) -> usize {
        self.places.available_permits()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told by the panic hook; all requests have ended with the queue.
            let _ = thread.join();
        }
    }
}

impl Answering {
    /// The next event; `None` after the last one, or when the engine has ended.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.events.recv().await;
        if let (Some(Event::Token { .. }), Some(asked)) = (&event, self.asked) {
            self.asked = None;
            self.gauges.saw_first_token(asked.elapsed());
        }
        event
    }

    /// Tokens of the prompt that were known from earlier prompts, and so cost nothing; known with the first event.
    pub fn cached_tokens(&self) -> usize {
        self.cached.get().copied().unwrap_or(0)
    }

    /// Waits for the whole answer.
    pub async fn whole(mut self) -> Result<Generation, InferenceError> {
        let (mut tokens, mut logprobs, mut told, mut commitments) = (Vec::new(), Vec::new(), String::new(), Vec::new());
        loop {
            match self.next().await {
                Some(Event::Token { choice, text }) => {
                    tokens.push(choice.token);
                    logprobs.push(choice.logprob);
                    told.push_str(&text);
                }
                Some(Event::Done(finish)) => {
                    let text = if self.is_cut { told } else { self.model.decode(&tokens)? };
                    return Ok(Generation { text, tokens, logprobs, finish, commitments });
                }
                Some(Event::Commitments(all)) => commitments = all,
                Some(Event::Prompt(_) | Event::Embedding(_)) => {}
                Some(Event::Failed(error)) => return Err(error),
                None => return Err(InferenceError::EngineStopped),
            }
        }
    }

    /// Waits for what [`Engine::embed`] asked for: as many numbers as the model's hidden states have.
    pub async fn embedding(mut self) -> Result<Vec<f32>, InferenceError> {
        loop {
            match self.next().await {
                Some(Event::Embedding(mean)) => return Ok(mean),
                Some(Event::Failed(error)) => return Err(error),
                Some(_) => {}
                None => return Err(InferenceError::EngineStopped),
            }
        }
    }
}

/// What the thread owns.
struct Batch {
    model: Arc<Model>,
    limits: Limits,
    cache: KvCache,
    gauges: Arc<Gauges>,
    arriving: mpsc::Receiver<Sequence>,
    /// The next in turn: those that had to give up their blocks, then those for whom there is no room yet.
    waiting: VecDeque<Sequence>,
    /// Those with blocks, in the order in which they arrived.
    running: Vec<Sequence>,
}

impl Batch {
    fn new(
        model: Arc<Model>,
        limits: Limits,
        cache: KvCache,
        gauges: Arc<Gauges>,
        arriving: mpsc::Receiver<Sequence>,
    ) -> Self {
        let (waiting, running) = (VecDeque::new(), Vec::new());
        Self { model, limits, cache, gauges, arriving, waiting, running }
    }

    /// Until nobody can ask any more. A panic drops the queue first and then all sequences, so that nobody waits for it.
    fn run(mut self) {
        let blocks = self.cache.pool.free();
        while self.admit() {
            if self.running.is_empty() {
                continue;
            }
            self.make_room();
            self.tell(blocks);
            if let Err(error) = self.pass() {
                self.fail_all(&error);
            }
        }
    }

    /// What the next pass is about, with a cache of so many blocks.
    fn tell(&self, blocks: usize) {
        self.gauges.batch.store(self.running.len(), Ordering::Relaxed);
        self.gauges.blocks_used.store(blocks - self.cache.pool.free(), Ordering::Relaxed);
    }

    /// Lets in whom there is room for, in the order of their arrival; sleeps while there is nothing to do. False when
    /// nobody can ask any more.
    fn admit(&mut self) -> bool {
        for over in self.running.extract_if(.., |sequence| sequence.is_over()) {
            over.leave(&mut self.cache.pool);
        }
        if self.running.is_empty() && self.waiting.is_empty() {
            self.gauges.batch.store(0, Ordering::Relaxed);
            self.gauges.blocks_used.store(0, Ordering::Relaxed);
            self.waiting.extend(self.arriving.blocking_recv());
        }
        // All of them, so that those whom nobody wants any more do not fill the queue. The others are as many as there
        // are places, and those that come meanwhile have the next turn.
        for _ in 0..self.arriving.len() {
            self.waiting.extend(self.arriving.try_recv());
        }
        self.waiting.retain(|sequence| !sequence.is_over());
        while self.running.len() < self.limits.running.max(1) {
            let Some(mut sequence) = self.waiting.pop_front() else { break };
            // The others need a block each before long: who takes the last ones would be the first to give them up.
            if !sequence.start(self.running.len(), &mut self.cache.pool) {
                self.waiting.push_front(sequence);
                break;
            }
            self.running.push(sequence);
        }
        !self.running.is_empty() || !self.arriving.is_closed() || !self.arriving.is_empty()
    }

    /// A place in a block for the next token of every answer. Where there is none, the youngest gives up its own, so
    /// that the oldest always goes on; alone it has room, or it would have been refused.
    fn make_room(&mut self) {
        let mut roomy = 0;
        while let Some(sequence) = self.running.get_mut(roomy) {
            if sequence.grow(&mut self.cache.pool) {
                roomy += 1;
            } else if let Some(mut youngest) = self.running.pop() {
                youngest.stop(&mut self.cache.pool);
                self.gauges.preemptions.fetch_add(1, Ordering::Relaxed);
                self.waiting.push_front(youngest);
            }
        }
    }

    /// One step of every answer, and as much of the new prompts as the pass has room for.
    fn pass(&mut self) -> candle_core::Result<()> {
        let takes = self.plan();
        let chosen = self.running.iter_mut().zip(&takes).filter(|(_, take)| **take > 0);
        let mut steps = chosen.map(|(sequence, take)| sequence.step(*take)).collect::<Vec<_>>();
        let decoder = &self.model.decoder;
        let hidden = decoder.pass(&mut self.cache, &mut steps)?;
        drop(steps);
        let (mut drawing, mut rows, mut next_row) = (Vec::new(), Vec::new(), 0);
        for (sequence, take) in self.running.iter_mut().zip(takes) {
            if take > 0 && sequence.reads() {
                sequence.read(&hidden.narrow(0, next_row as usize, take)?, decoder)?;
            }
            next_row += take as u32;
            sequence.publish(&mut self.cache.pool);
            // A prompt that is known in part says nothing yet about the answer.
            if sequence.pending() == 0 && !sequence.is_over() {
                drawing.push(sequence);
                rows.push(next_row - 1);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let ends = hidden.index_select(&Tensor::new(rows, hidden.device())?, 0)?;
        if drawing.iter().any(|sequence| sequence.commits()) {
            let states: Vec<Vec<f32>> = ends.to_vec2()?;
            drawing.iter_mut().zip(states).for_each(|(sequence, state)| sequence.commit(&state));
        }
        let logits = decoder.logits(&ends, 0, drawing.len())?;
        let drawing = drawing.into_iter().zip(logits).collect::<Vec<_>>();
        let work = drawing.len() * DRAWING * self.model.vocab_size();
        host::for_each(drawing, work, |(sequence, logits)| {
            sequence.draw(&logits, &self.model.text);
        });
        Ok(())
    }

    /// How many tokens each sequence takes in the next pass. Answers come first: each takes one, so that no prompt
    /// holds them up; the rest of the pass goes to prompts, oldest first.
    fn plan(&self) -> Vec<usize> {
        let answers = self.running.iter().filter(|sequence| sequence.pending() == 1).count();
        let mut left = self.limits.tokens_per_pass.max(self.limits.running).max(1) - answers;
        let takes = self.running.iter().map(|sequence| match sequence.pending() {
            1 => 1,
            pending => {
                let take = pending.min(left);
                left -= take;
                take
            }
        });
        takes.collect()
    }

    /// A device that fails a pass has left what the pass wrote in doubt.
    fn fail_all(&mut self, error: &candle_core::Error) {
        for mut sequence in self.running.drain(..) {
            sequence.fail(InferenceError::Pass(error.to_string()));
            sequence.leave(&mut self.cache.pool);
        }
    }
}

/// What is left to do without room for a cache.
fn refuse_all(mut arriving: mpsc::Receiver<Sequence>, error: &candle_core::Error) {
    while let Some(mut sequence) = arriving.blocking_recv() {
        sequence.fail(InferenceError::NoRoom(error.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviceChoice;
    use std::path::Path;

    #[test]
    fn a_cache_takes_half_of_what_is_free_within_what_can_be_used() {
        let limits = Limits { running: 4, ..Limits::default() };
        let blocks = |free| limits.blocks(1_000, 10, Some(free));
        assert_eq!(blocks(50_000), 25);
        assert_eq!(blocks(1_000), 10, "one answer must fit");
        assert_eq!(blocks(1 << 40), 40, "more could not be used");
        assert_eq!(limits.blocks(1_000, 10, None), 40);
        assert_eq!(Limits { running: 1_000, ..limits }.blocks(1_000, 10, None), USUAL_TOKENS / BLOCK);
    }

    #[test]
    fn a_cache_of_a_stated_size_has_that_size() {
        let stated = |bytes| Limits { running: 4, cache_bytes: Some(bytes), ..Limits::default() };
        assert_eq!(stated(5_999).blocks(1_000, 10, Some(0)), 5);
        assert_eq!(stated(0).blocks(1_000, 10, Some(0)), 1);
        assert_eq!(stated(u64::MAX).blocks(1_000, 10, Some(0)), 40);
    }

    fn shipped() -> Arc<Model> {
        let path = Path::new("../../models/tiny");
        Arc::new(Model::load(path, DeviceChoice::Cpu).unwrap())
    }

    #[test]
    fn whoever_left_does_not_fill_the_queue_while_others_run() {
        let (model, limits) = (shipped(), Limits { running: 1, ..Limits::default() });
        let cache = model.decoder.shared_cache(8).unwrap();
        let (queue, arriving) = mpsc::channel(4);
        let mut batch = Batch::new(model, limits, cache, Arc::default(), arriving);
        let mut kept = Vec::new();
        let mut arrive = |is_wanted: bool| {
            let (sequence, answering) = sequence::tests::asked(vec![1; 10]);
            assert!(queue.try_send(sequence).is_ok());
            kept.extend(is_wanted.then_some(answering));
        };
        (0..4).for_each(|_| arrive(true));
        assert!(batch.admit());
        for _ in 0..3 {
            (0..4).for_each(|_| arrive(false));
            assert!(batch.admit());
        }
        arrive(true);
        assert!(batch.admit());
        assert_eq!((batch.running.len(), batch.waiting.len()), (1, 4));
    }

    #[tokio::test]
    async fn an_engine_whose_computation_panics_says_that_it_has_stopped() {
        let engine = Engine::start(shipped(), Limits { running: 1, ..Limits::default() });
        assert!(engine.is_alive());
        let mut request = Request::new(vec![1, 2, 3], Sampling { max_tokens: 1, ..Sampling::default() });
        let waiting = request.clone();
        // `ask` would refuse it: a bias of a token that is none.
        request.shaping.logit_bias = vec![(u32::MAX, 1.0)];
        let asked = [request, waiting].map(|request| engine.enqueue(request, None, Reading::Nothing, 1).ok());
        for answering in asked.into_iter().flatten() {
            assert!(matches!(answering.whole().await, Err(InferenceError::EngineStopped)));
        }
        assert!(!engine.is_alive());
        let refused = engine.submit(vec![1, 2, 3], Sampling::default());
        assert!(matches!(refused, Err(SubmitError::Stopped)));
    }
}
