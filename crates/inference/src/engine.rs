//! Answering many prompts at once, on one thread that owns the device.
//!
//! Each pass of the decoder takes one token of every answer that is being written, and fills up with parts of new
//! prompts. So an answer joins and leaves between two passes, nobody waits for the longest, and a long prompt does not
//! stop the others. A pass reads the weights once, for however many sequences: that is what batching wins.

mod reading;
mod request;
mod sequence;
mod writer;

pub use request::Request;

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use candle_core::Tensor;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::constraint::Constraint;
use crate::error::{InferenceError, SubmitError};
use crate::generate::{Finish, Generation};
use crate::model::Model;
use crate::sampling::Sampling;
use reading::Reading;
use sequence::Sequence;
use writer::Writer;

/// Requests in the queue, besides those with a place, that nobody wants any more: places are free before the thread has
/// seen who left.
const GONE: usize = 256;

/// How much an engine takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Answers written at the same time, at least 1.
    pub running: usize,
    /// Requests that wait for their turn; further ones are refused.
    pub waiting: usize,
    /// Tokens in one pass: how long the others wait for a part of a new prompt. At least `running`.
    pub tokens_per_pass: usize,
    /// Tokens of which keys and values are kept, of all sequences together. A request that would exceed it waits.
    pub cache_tokens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { running: 32, waiting: 64, tokens_per_pass: 512, cache_tokens: 65_536 }
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
    /// One for each answer that runs or waits.
    places: Arc<Semaphore>,
    queue: Option<mpsc::Sender<Sequence>>,
    thread: Option<JoinHandle<()>>,
}

/// An answer that is being written. Whoever drops it wants no more of it: its place is free with the next pass.
pub struct Answering {
    model: Arc<Model>,
    events: mpsc::Receiver<Event>,
    /// Whether a stop string may have cut the text, so that it is not that of the tokens.
    is_cut: bool,
    _place: OwnedSemaphorePermit,
}

impl Engine {
    pub fn start(model: Arc<Model>, limits: Limits) -> Self {
        let places = limits.running.max(1) + limits.waiting;
        let (queue, arriving) = mpsc::channel(places + GONE);
        let batch = Batch { model: model.clone(), limits, arriving, waiting: None, running: Vec::new() };
        let thread = thread::Builder::new().name("engine".into()).spawn(move || batch.run());
        let thread = Some(thread.expect("a process that cannot start one thread cannot serve"));
        Self { model, limits, places: Arc::new(Semaphore::new(places)), queue: Some(queue), thread }
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Asks for a plain answer; the same prompt and sampling give the same tokens, whoever else asks at the time.
    pub fn submit(&self, prompt: Vec<u32>, sampling: Sampling) -> Result<Answering, SubmitError> {
        self.ask(Request::new(prompt, sampling))
    }

    /// Asks for an answer; the same request gives the same tokens, whoever else asks at the time. Blocks for as long as
    /// it takes to understand the request's grammar, if it has one.
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
        let tokens = request.prompt.len() + limit;
        if tokens > self.limits.cache_tokens {
            return Err(SubmitError::TooLarge { tokens, most: self.limits.cache_tokens });
        }
        let full = || SubmitError::Full { places: self.places() };
        let place = self.places.clone().try_acquire_owned().map_err(|_| full())?;
        // What the prompt says, the tokens, and the end.
        let (events, answering) = mpsc::channel(limit + 2);
        let is_cut = !request.stop.is_empty();
        let prompt = std::mem::take(&mut request.prompt);
        let writer = Writer::new(&prompt, request, constraint, limit);
        let queue = self.queue.as_ref().ok_or(SubmitError::Stopped)?;
        queue.try_send(Sequence::new(prompt, limit, reading, writer, events)).map_err(|error| match error {
            TrySendError::Full(_) => full(),
            TrySendError::Closed(_) => SubmitError::Stopped,
        })?;
        Ok(Answering { model: self.model.clone(), events: answering, is_cut, _place: place })
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
            // A panic of the thread has been told by the panic hook; all requests have ended.
            let _ = thread.join();
        }
    }
}

impl Answering {
    /// The next event; `None` after the last one, or when the engine has ended.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Waits for the whole answer.
    pub async fn whole(mut self) -> Result<Generation, InferenceError> {
        let (mut tokens, mut logprobs, mut told) = (Vec::new(), Vec::new(), String::new());
        loop {
            match self.next().await {
                Some(Event::Token { choice, text }) => {
                    tokens.push(choice.token);
                    logprobs.push(choice.logprob);
                    told.push_str(&text);
                }
                Some(Event::Done(finish)) => {
                    let text = if self.is_cut { told } else { self.model.decode(&tokens)? };
                    return Ok(Generation { text, tokens, logprobs, finish });
                }
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
    arriving: mpsc::Receiver<Sequence>,
    /// The next in turn, for whom there is no room yet.
    waiting: Option<Sequence>,
    /// Those whose answers are being written, and then those whose prompts are not known yet; oldest first.
    running: Vec<Sequence>,
}

impl Batch {
    fn run(mut self) {
        while self.admit() {
            if self.running.is_empty() {
                continue;
            }
            if let Err(error) = self.pass() {
                self.fail_all(&error);
            }
        }
    }

    /// Lets in whom there is room for, in the order of their arrival; sleeps while there is nothing to do. False when
    /// nobody can ask any more.
    fn admit(&mut self) -> bool {
        self.running.retain(|sequence| !sequence.is_over());
        if self.running.is_empty() && self.waiting.is_none() {
            self.waiting = self.arriving.blocking_recv();
        }
        while let Some(sequence) = self.waiting.take().or_else(|| self.arriving.try_recv().ok()) {
            if sequence.is_over() {
                continue;
            }
            if !self.has_room(&sequence) {
                self.waiting = Some(sequence);
                break;
            }
            self.start(sequence);
        }
        !self.running.is_empty() || !self.arriving.is_closed()
    }

    fn has_room(&self, sequence: &Sequence) -> bool {
        let taken = self.running.iter().map(Sequence::room).sum::<usize>();
        self.running.len() < self.limits.running.max(1) && taken + sequence.room() <= self.limits.cache_tokens
    }

    fn start(&mut self, mut sequence: Sequence) {
        match self.model.decoder.cache(sequence.room()) {
            Ok(cache) => {
                sequence.start(cache);
                self.running.push(sequence);
            }
            Err(error) => sequence.fail(InferenceError::Device(error)),
        }
    }

    /// One step of every answer, and as much of the new prompts as the pass has room for.
    fn pass(&mut self) -> candle_core::Result<()> {
        // Answers come first: each takes one token, so that no prompt holds them up.
        self.running.sort_by_key(Sequence::is_prefilling);
        let takes = self.plan();
        let mut steps =
            self.running.iter_mut().zip(&takes).map(|(sequence, take)| sequence.step(*take)).collect::<Vec<_>>();
        let decoder = &self.model.decoder;
        let hidden = decoder.pass(&mut steps)?;
        drop(steps);
        let (mut drawing, mut rows, mut next_row) = (Vec::new(), Vec::new(), 0);
        for (sequence, take) in self.running.iter_mut().zip(takes) {
            if sequence.reads() {
                sequence.read(&hidden.narrow(0, next_row as usize, take)?, decoder)?;
            }
            next_row += take as u32;
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
        let logits = decoder.logits(&ends, 0, drawing.len())?;
        for (sequence, logits) in drawing.into_iter().zip(logits) {
            sequence.draw(&logits, &self.model.text);
        }
        Ok(())
    }

    /// How many tokens each of the first sequences takes in the next pass, at least one.
    fn plan(&self) -> Vec<usize> {
        let mut budget = self.limits.tokens_per_pass.max(self.limits.running).max(1);
        let takes = self.running.iter().map(|sequence| {
            let take = sequence.pending().min(budget);
            budget -= take;
            take
        });
        takes.take_while(|take| *take > 0).collect()
    }

    /// A device that fails a pass has left every cache in doubt.
    fn fail_all(&mut self, error: &candle_core::Error) {
        for mut sequence in self.running.drain(..) {
            sequence.fail(InferenceError::Pass(error.to_string()));
        }
    }
}
