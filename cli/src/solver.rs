//! Searches on several threads for a nonce whose seal is worth a difficulty.

use primitives::{is_worth, Work};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::thread;
use tokio::sync::mpsc;

/// Hashes between two looks at whether anybody still wants the result: about a millisecond.
const BATCH: u64 = 4_096;

/// Goes on until it has found a nonce or is dropped.
pub struct Search {
    stop: Arc<AtomicBool>,
    found: mpsc::Receiver<u64>,
}

impl Search {
    /// Counts its hashes in `hashes`. The threads share out all nonces, so that none is tried twice.
    pub fn start(work: &Work, difficulty: u64, threads: NonZeroUsize, hashes: &Arc<AtomicU64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, found) = mpsc::channel(threads.get());
        let step = threads.get() as u64;
        for first in 0..step {
            let (stop, hashes, sender) = (stop.clone(), hashes.clone(), sender.clone());
            let seal = work.sealer();
            thread::spawn(move || {
                let mut nonces = (first..=u64::MAX).step_by(step as usize);
                while !stop.load(Ordering::Relaxed) {
                    let nonce = nonces.by_ref().take(BATCH as usize).find(|nonce| is_worth(&seal(*nonce), difficulty));
                    hashes.fetch_add(BATCH, Ordering::Relaxed);
                    if let Some(nonce) = nonce {
                        // Nobody listens any more where another thread was faster.
                        let _ = sender.try_send(nonce);
                        return;
                    }
                }
            });
        }
        Self { stop, found }
    }

    /// The first nonce found; nothing in the unimaginable case that all have been tried.
    pub async fn nonce(&mut self) -> Option<u64> {
        self.found.recv().await
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::account;
    use primitives::{NetUid, H256};
    use std::time::{Duration, Instant};

    fn work() -> Work {
        Work { block_hash: H256([1; 32]), netuid: NetUid(1), hotkey: account(1), coldkey: account(2) }
    }

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[tokio::test]
    async fn what_is_found_is_worth_the_difficulty_on_any_number_of_threads() {
        for count in [1, 2, 7] {
            let hashes = Arc::default();
            let nonce = Search::start(&work(), 20_000, threads(count), &hashes).nonce().await.unwrap();
            assert!(is_worth(&work().seal(nonce), 20_000));
            assert!(hashes.load(Ordering::Relaxed) > 0);
        }
    }

    #[tokio::test]
    async fn a_search_that_nobody_wants_any_more_ends() {
        let hashes: Arc<AtomicU64> = Arc::default();
        drop(Search::start(&work(), u64::MAX, threads(2), &hashes));
        let started = Instant::now();
        // The threads hold the counter for as long as they run.
        while Arc::strong_count(&hashes) > 1 {
            assert!(started.elapsed() < Duration::from_secs(30), "a thread goes on");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
