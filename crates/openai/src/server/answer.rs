//! One answer on its way from the engine to the app.

use super::metrics::Metrics;
use super::{internal, invalid};
use crate::error::ApiError;
use crate::object::usage;
use axum::http::StatusCode;
use inference::{Answering, Event, Finish, InferenceError, TokenChoice, ToolCall, ToolCalls};
use serde_json::{json, Value};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{timeout_at, Instant as Deadline};

/// What becomes of an answer, in this order; the last one is `Finish` or an error.
#[derive(Debug)]
pub enum Delta {
    /// What the model says about the prompt, where that was asked for.
    Prompt(Vec<TokenChoice>),
    /// Further text, and the tokens since the last one.
    Text(String, Vec<TokenChoice>),
    Calls(Vec<ToolCall>),
    Finish(&'static str),
}

/// An answer that is being written. Whoever drops it wants no more of it.
pub struct Answer {
    pub index: usize,
    answering: Answering,
    /// Where the answer may call tools.
    calls: Option<ToolCalls>,
    /// Whether each token is told, and not only each text.
    each_token: bool,
    untold: Vec<TokenChoice>,
    /// Whether what is known of its prompt has yet to be counted.
    counts_cached: bool,
    ready: VecDeque<Delta>,
    over: bool,
    deadline: Deadline,
    count: Count,
}

/// Counts the tokens of all answers to one request.
#[derive(Clone)]
pub struct Count {
    start: Instant,
    tokens: Arc<AtomicUsize>,
    /// Of the prompts, known from earlier ones.
    cached: Arc<AtomicUsize>,
    metrics: Arc<Metrics>,
}

/// A complete answer.
#[derive(Default)]
pub struct Whole {
    pub prompt: Vec<TokenChoice>,
    pub text: String,
    pub choices: Vec<TokenChoice>,
    pub calls: Vec<ToolCall>,
    pub finish: &'static str,
}

impl Count {
    pub fn new(metrics: Arc<Metrics>, prompt: usize) -> Self {
        metrics.prompt_tokens.inc_by(prompt as u64);
        Self { start: Instant::now(), tokens: Arc::default(), cached: Arc::default(), metrics }
    }

    /// What the request has taken so far, for whoever pays for it.
    pub fn usage(&self, prompt: usize) -> Value {
        let [cached, tokens] = [&self.cached, &self.tokens].map(|count| count.load(Ordering::Relaxed));
        let mut usage = usage(prompt, tokens);
        usage["prompt_tokens_details"] = json!({ "cached_tokens": cached });
        usage
    }
}

impl Answer {
    pub fn new(index: usize, answering: Answering, patience: Duration, count: Count) -> Self {
        count.metrics.running.inc();
        Self {
            index,
            answering,
            calls: None,
            each_token: false,
            untold: Vec::new(),
            counts_cached: false,
            ready: VecDeque::new(),
            over: false,
            deadline: Deadline::now() + patience,
            count,
        }
    }

    pub fn with_calls(mut self, calls: Option<ToolCalls>) -> Self {
        self.calls = calls;
        self
    }

    pub fn with_each_token(mut self, each_token: bool) -> Self {
        self.each_token = each_token;
        self
    }

    /// Whether it is the first answer to its prompt: the others, which start with what that one read, say nothing about
    /// what was known before.
    pub fn with_new_prompt(mut self, is_new: bool) -> Self {
        self.counts_cached = is_new;
        self
    }

    /// What comes next; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<Delta, ApiError>> {
        loop {
            if let Some(delta) = self.ready.pop_front() {
                return Some(Ok(delta));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.wait().await {
                self.over = true;
                return Some(Err(error));
            }
        }
    }

    async fn wait(&mut self) -> Result<(), ApiError> {
        let event = timeout_at(self.deadline, self.answering.next()).await.map_err(|_| too_slow())?;
        if std::mem::take(&mut self.counts_cached) {
            self.count.cached.fetch_add(self.answering.cached_tokens(), Ordering::Relaxed);
        }
        match event {
            Some(Event::Prompt(choices)) => self.ready.push_back(Delta::Prompt(choices)),
            Some(Event::Token { choice, text }) => self.take(choice, text),
            Some(Event::Done(finish)) => self.end(finish),
            Some(Event::Embedding(_) | Event::Commitments(_)) => {}
            Some(Event::Failed(error)) => return Err(invalid(error)),
            None => return Err(internal(InferenceError::EngineStopped)),
        }
        Ok(())
    }

    fn take(&mut self, choice: TokenChoice, text: String) {
        let Count { start, tokens, metrics, .. } = &self.count;
        metrics.completion_tokens.inc();
        if tokens.fetch_add(1, Ordering::Relaxed) == 0 {
            metrics.first_token.observe(start.elapsed().as_secs_f64());
        }
        let text = match &mut self.calls {
            Some(calls) => calls.push(&text),
            None => text,
        };
        if self.each_token {
            self.untold.push(choice);
        }
        self.tell(text);
    }

    fn tell(&mut self, text: String) {
        if !text.is_empty() || !self.untold.is_empty() {
            self.ready.push_back(Delta::Text(text, std::mem::take(&mut self.untold)));
        }
    }

    fn end(&mut self, finish: Finish) {
        self.over = true;
        self.count.metrics.answer.observe(self.count.start.elapsed().as_secs_f64());
        let (rest, calls) = self.calls.take().map(ToolCalls::finish).unwrap_or_default();
        self.tell(rest);
        let finish = match (calls.is_empty(), finish) {
            (false, _) => "tool_calls",
            (true, Finish::Stop) => "stop",
            (true, Finish::Length) => "length",
        };
        self.ready.extend((!calls.is_empty()).then_some(Delta::Calls(calls)));
        self.ready.push_back(Delta::Finish(finish));
    }

    pub async fn whole(mut self) -> Result<Whole, ApiError> {
        let mut whole = Whole::default();
        while let Some(delta) = self.next().await {
            match delta? {
                Delta::Prompt(prompt) => whole.prompt = prompt,
                Delta::Text(text, choices) => {
                    whole.text.push_str(&text);
                    whole.choices.extend(choices);
                }
                Delta::Calls(calls) => whole.calls = calls,
                Delta::Finish(finish) => whole.finish = finish,
            }
        }
        Ok(whole)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.count.metrics.running.dec();
    }
}

pub(super) fn too_slow() -> ApiError {
    let message = "the answer took too long: ask for fewer tokens, or try again when fewer people ask";
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "server_error", message)
}
