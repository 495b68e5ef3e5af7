//! What an engine tells those who watch it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// What an engine does now, and what it has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Answers in the last pass.
    pub batch: usize,
    /// Tokens whose keys and values there is room for, and those that answers in progress hold.
    pub cache_tokens: usize,
    pub cache_tokens_used: usize,
    /// How often an answer had to give up its memory for older ones. Where that is not rare, memory is short: give it
    /// more, or let fewer answers run.
    pub preemptions: u64,
    /// Answers whose first token was seen, and how long they waited for it, all together.
    pub first_tokens: u64,
    pub first_token_time: Duration,
}

/// The same, written by the engine's thread and by those who wait for answers.
#[derive(Default)]
pub(super) struct Gauges {
    pub batch: AtomicUsize,
    pub blocks_used: AtomicUsize,
    pub preemptions: AtomicU64,
    first_tokens: AtomicU64,
    first_token_micros: AtomicU64,
}

impl Gauges {
    pub(super) fn saw_first_token(&self, after: Duration) {
        let micros = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.first_token_micros.fetch_add(micros, Ordering::Relaxed);
        self.first_tokens.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn load(&self, block: usize, cache_tokens: usize) -> Load {
        Load {
            batch: self.batch.load(Ordering::Relaxed),
            cache_tokens,
            cache_tokens_used: self.blocks_used.load(Ordering::Relaxed) * block,
            preemptions: self.preemptions.load(Ordering::Relaxed),
            first_tokens: self.first_tokens.load(Ordering::Relaxed),
            first_token_time: Duration::from_micros(self.first_token_micros.load(Ordering::Relaxed)),
        }
    }
}
