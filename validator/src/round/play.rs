//! Asking and judging, without anything that is stored.

use crate::ask::{Asker, Bounds, Miner};
use anyhow::Context;
use futures::{stream, StreamExt};
use std::sync::Arc;
use std::time::Instant;
use subnet::{AnyRound, AnySubnet, Received, RecordedAnswer};
use tracing::debug;

/// What `miners` answered to the challenge within the subnet's deadline, in their order; `at_once` are asked at a time.
pub async fn ask(
    asker: &Asker,
    subnet: &Arc<dyn AnySubnet>,
    drawn: &AnyRound,
    miners: &[Miner],
    at_once: usize,
) -> Vec<Received<Vec<u8>>> {
    let spec = subnet.spec();
    let bounds = Bounds { deadline: spec.deadline, max_answer: spec.max_answer_bytes };
    let ask = |miner: Miner| {
        let challenge = drawn.challenge.clone();
        async move {
            let start = Instant::now();
            let answer = answer(asker, &miner, challenge, bounds).await;
            Received { answer, took: start.elapsed(), miner: miner.hotkey }.in_milliseconds()
        }
    };
    stream::iter(miners.to_vec()).map(ask).buffered(at_once.max(1)).collect().await
}

async fn answer(asker: &Asker, miner: &Miner, challenge: Vec<u8>, bounds: Bounds) -> Option<Vec<u8>> {
    match asker.ask(miner, challenge, bounds).await {
        Ok(signed) => Some(signed.body),
        Err(error) => {
            debug!(uid = miner.uid, hotkey = %miner.hotkey, axon = %miner.axon, "no answer: {error}");
            None
        }
    }
}

/// What the subnet thinks of each answer, in their order. An error is nobody's fault.
pub async fn judge(
    subnet: &Arc<dyn AnySubnet>,
    drawn: AnyRound,
    answers: Vec<Received<Vec<u8>>>,
) -> anyhow::Result<Vec<RecordedAnswer>> {
    if answers.is_empty() {
        return Ok(Vec::new());
    }
    let scorer = subnet.clone();
    let judge = move || -> anyhow::Result<_> {
        let judged = scorer.score(&drawn, &answers)?;
        anyhow::ensure!(judged.len() == answers.len(), "{} scores for {} miners", judged.len(), answers.len());
        let recorded = answers.iter().zip(judged).map(|(answer, judgement)| RecordedAnswer::new(answer, judgement));
        Ok(recorded.collect())
    };
    tokio::task::spawn_blocking(judge).await.context("judging panicked")?
}
