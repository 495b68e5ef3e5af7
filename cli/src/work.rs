//! A seat for work: works on each new block until a seal is worth the difficulty, and shows it.

use crate::context::Context;
use crate::solver::Search;
use anyhow::{bail, ensure, Context as _, Result};
use chain_client::{Call, Chain, ChainError, Included, Refusal};
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use primitives::{AccountId, Metagraph, NetUid, Work};
use sp_core::{sr25519, Pair};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);
/// Others can be faster, but not for ever: after so many refusals something else is wrong.
const REFUSALS: u32 = 10;

pub struct Worker<'a> {
    pub chain: &'a Chain,
    pub signer: &'a sr25519::Pair,
    pub netuid: NetUid,
    pub hotkey: AccountId,
    pub threads: NonZeroUsize,
}

/// One block's task.
struct Task {
    work: Work,
    block: u32,
    difficulty: u64,
}

impl Worker<'_> {
    pub async fn register(&self, context: &Context) -> Result<Included> {
        self.check_account().await?;
        let (hashes, bar) = (Arc::new(AtomicU64::new(0)), bar(context));
        let (mut refusals, mut before) = (0, None);
        loop {
            // Followed anew: what was found before a block came is not for the block after it.
            let task = self.task().await?;
            announce(&bar, &task, before.replace(task.difficulty));
            let Some(nonce) = self.solve(&task, &hashes, &bar).await? else { continue };
            let (netuid, hotkey) = (self.netuid, self.hotkey.clone());
            let call = Call::RegisterPow { netuid, hotkey, block_number: task.block, nonce };
            match self.chain.submit(self.signer, call).await {
                Err(error) if was_overtaken(&error) && refusals < REFUSALS => {
                    refusals += 1;
                    bar.println(format!("somebody was faster ({error}); working on"));
                }
                outcome => {
                    bar.finish_and_clear();
                    return Ok(outcome?);
                }
            }
        }
    }

    /// Work saves the price and the fee, but only an account that exists can sign.
    async fn check_account(&self) -> Result<()> {
        let coldkey = AccountId::from(self.signer.public());
        let balance = self.chain.balance(&coldkey).await?;
        ensure!(balance > 0, "account {coldkey} does not exist on this chain yet: have it sent 0.000001 tokens first");
        Ok(())
    }

    async fn task(&self) -> Result<Task> {
        let Metagraph { subnet, block, neurons, .. } = self.chain.metagraph(self.netuid).await?;
        ensure!(subnet.hyperparams.pow_allowed, "subnet {} takes no work: leave out --pow", self.netuid);
        if let Some(seat) = neurons.iter().find(|neuron| neuron.hotkey == self.hotkey) {
            bail!("{} already sits at uid {}", self.hotkey, seat.uid);
        }
        let block_hash = self.chain.block_hash(block).await?.context("the node lost its newest block: try again")?;
        let coldkey = self.signer.public().into();
        let work = Work { block_hash, netuid: self.netuid, hotkey: self.hotkey.clone(), coldkey };
        Ok(Task { work, block, difficulty: subnet.difficulty })
    }

    /// A nonce, or nothing when a new block came first: it may have raised the difficulty, and makes this work older.
    async fn solve(&self, task: &Task, hashes: &Arc<AtomicU64>, bar: &ProgressBar) -> Result<Option<u64>> {
        let mut blocks = self.chain.follow();
        let mut search = Search::start(&task.work, task.difficulty, self.threads, hashes);
        loop {
            tokio::select! {
                nonce = search.nonce() => return Ok(nonce),
                newer = blocks.wait_for(|number| *number > task.block) => return newer.map(|_| None).map_err(Into::into),
                () = sleep(TICK) => bar.set_position(hashes.load(Ordering::Relaxed)),
            }
        }
    }
}

fn announce(bar: &ProgressBar, task: &Task, before: Option<u64>) {
    if let Some(before) = before.filter(|before| *before < task.difficulty) {
        let (before, now) = (HumanCount(before), HumanCount(task.difficulty));
        bar.println(format!("somebody registered: the difficulty rose from {before} to {now}"));
    }
    bar.set_length(task.difficulty);
    bar.set_message(format!("block {}, {} hashes expected", task.block, HumanCount(task.difficulty)));
}

/// The chain took another registration first, or a block went by.
fn was_overtaken(error: &ChainError) -> bool {
    match error {
        ChainError::Rejected { error, .. } => {
            ["StaleWork", "WorthlessWork", "TooManyRegistrationsThisBlock"].contains(&error.as_str())
        }
        // What comes too late is not free, and a coldkey that has little cannot pay for it.
        ChainError::Refused(Refusal::CannotPay(_)) => true,
        other => other.is_transient(),
    }
}

fn bar(context: &Context) -> ProgressBar {
    if context.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A bar that cannot be drawn is no reason to stop working.
        let _ = write!(out, "{:.1} million a second", state.per_sec() / 1e6);
    };
    if let Ok(style) = ProgressStyle::with_template("{elapsed:>8}  {bar:24.cyan} {msg}, {rate}") {
        bar.set_style(style.with_key("rate", rate));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(error: &str) -> ChainError {
        ChainError::Rejected { pallet: "Neurons".into(), error: error.into(), docs: String::new() }
    }

    #[test]
    fn work_that_came_too_late_is_tried_again_and_what_cannot_work_is_not() {
        assert!(was_overtaken(&rejected("StaleWork")));
        assert!(was_overtaken(&rejected("WorthlessWork")));
        assert!(was_overtaken(&Refusal::CannotPay(crate::testing::account(1)).into()));
        assert!(!was_overtaken(&rejected("RegistrationClosed")));
        assert!(!was_overtaken(&rejected("TooManyRegistrationsThisInterval")));
        assert!(!was_overtaken(&ChainError::NoSuchSubnet(NetUid(1))));
    }
}
