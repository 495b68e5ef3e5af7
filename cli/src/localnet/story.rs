//! The run from the first process to the last epoch.

use super::board::Board;
use super::cast;
use super::fleet::Fleet;
use super::founding;
use super::plan::Plan;
use super::progress::Progress;
use super::report::Report;
use super::rundir::RunDir;
use super::scene::Scene;
use super::services::{self, Service};
use super::Audience;
use crate::app::{Answer, App, Prompt};
use crate::context::tokens;
use crate::root;
use anyhow::{bail, Context, Result};
use chain_client::{Chain, ChainError};
use primitives::{BlockNumber, Metagraph, NetUid};
use std::time::{Duration, Instant};
use subnet_catalog::chat::CHAT_TEMPERATURE;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long the node may take to answer and to make its first block.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the chain may stand still.
const STALL: Duration = Duration::from_secs(60);
/// How often the keyboard is looked at and the table redrawn.
const TICK: Duration = Duration::from_millis(200);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);
const MAX_TOKENS: u32 = 64;

pub struct Story<'a> {
    pub plan: &'a Plan,
    pub dir: &'a RunDir,
    pub fleet: &'a Fleet<'a>,
    pub audience: Audience,
    pub progress: &'a Progress,
}

impl Story<'_> {
    /// Ends after the epoch that was asked for, or when the person at the terminal quits.
    pub async fn play(&self) -> Result<Report> {
        let (chain, url) = self.start_chain().await?;
        let netuid = self.found(&chain).await?;
        let services = self.start_services(&url, netuid).await?;
        let scene =
            Scene::new(self.wait_for_root(&chain, netuid).await?, &services, self.plan.stage.chats, self.progress);
        self.watch(&chain, scene).await
    }

    async fn start_chain(&self) -> Result<(Chain, String)> {
        let work = async {
            let url = services::start_node(self.plan, self.dir, self.fleet).await?;
            let chain = Chain::connect(&url, PATIENCE).await?;
            let block = first_block(&chain).await?;
            self.dir.amend(|note| note.node = Some(url.clone()))?;
            Ok((chain, url, block))
        };
        let done = |(_, url, block): &(Chain, String, BlockNumber)| format!("node at {url}, block {block}");
        let (chain, url, _) = self.progress.step("node", "starting the node", work, done).await?;
        Ok((chain, url))
    }

    async fn found(&self, chain: &Chain) -> Result<NetUid> {
        let work = founding::create_subnet(chain);
        let done = |netuid: &NetUid| format!("subnet {netuid} created, its rules set");
        let netuid = self.progress.step("subnet", "creating the subnet", work, done).await?;
        let work = founding::seat_everyone(chain, netuid, self.plan.stage.chats);
        let everyone = cast::headcount(self.plan.stage.chats);
        let done = |(): &()| format!("{everyone} registered, the validators staked");
        self.progress.step("seats", "registering validators and miners", work, done).await?;
        let work = founding::found_root(chain, netuid);
        let done = |(): &()| format!("2 validators seated on root, where they back subnet {netuid}");
        self.progress.step("root", "founding the root network", work, done).await?;
        self.dir.amend(|note| note.netuid = Some(netuid.0))?;
        Ok(netuid)
    }

    async fn start_services(&self, node: &str, netuid: NetUid) -> Result<Vec<Service>> {
        let work = services::start_everyone(self.plan, self.dir, self.fleet, node, netuid);
        let everyone = cast::headcount(self.plan.stage.chats);
        let done = |_: &Vec<Service>| format!("{everyone} are up");
        let services = self.progress.step("services", "starting validators and miners", work, done).await?;
        self.dir.amend(|note| note.apps = services::apps(&services))?;
        Ok(services)
    }

    async fn wait_for_root(&self, chain: &Chain, netuid: NetUid) -> Result<Metagraph> {
        let work = founding::first_share(chain, netuid);
        let done = |metagraph: &Metagraph| {
            let (share, emission) = (root::percent(metagraph.subnet.share), tokens(metagraph.subnet.emission));
            format!("root gives subnet {netuid} {share} of the emission: {emission} a block")
        };
        self.progress.step("emission", "waiting for the first root epoch", work, done).await
    }

    async fn watch(&self, chain: &Chain, mut scene: Scene<'_>) -> Result<Report> {
        let logs = self.dir.path().join("logs");
        let mut board = Board::open(self.audience, self.progress, &logs)?;
        let (mut blocks, mut asking, mut last_block) = (chain.follow(), None, Instant::now());
        loop {
            let new_block = next_block(&mut blocks).await?;
            if new_block {
                last_block = Instant::now();
            } else if last_block.elapsed() > STALL {
                bail!("no block for {} s: look at {}", STALL.as_secs(), self.dir.log("node").display());
            }
            let next = if new_block { snapshot(chain, &scene).await? } else { None };
            if next.is_some_and(|metagraph| scene.advance(metagraph)) {
                board.tell_epoch(&scene);
                self.ask(&scene, &mut asking);
            }
            if take_answer(&mut asking, &mut scene).await {
                board.tell_answer(&scene);
            }
            board.draw(&scene)?;
            let is_over = self.plan.until_epoch.is_some_and(|last| scene.ledger.epochs >= last) && asking.is_none();
            if is_over || board.quit_asked()? {
                return Ok(scene.report());
            }
        }
    }

    /// Sends the prompt once it can be answered, and again after an epoch if it was not.
    fn ask(&self, scene: &Scene, asking: &mut Option<Asking>) {
        if !scene.chats || asking.is_some() || scene.answered.is_some() || !scene.honest_miners_are_paid() {
            return;
        }
        if let Some(app) = scene.app() {
            *asking = Some(tokio::spawn(ask(app, self.plan.prompt.clone())));
        }
    }
}

type Asking = JoinHandle<Result<(String, Answer, f64)>>;

async fn ask(app: String, text: String) -> Result<(String, Answer, f64)> {
    let started = Instant::now();
    let prompt = Prompt { text, max_tokens: Some(MAX_TOKENS), temperature: Some(CHAT_TEMPERATURE) };
    let answer = async { App::new(&app)?.ask(&prompt, |_| ()).await };
    let late = || format!("no answer within {} s", ANSWER.as_secs());
    let answer = tokio::time::timeout(ANSWER, answer).await.with_context(late)??;
    Ok((prompt.text, answer, started.elapsed().as_secs_f64()))
}

/// Takes over what became of the prompt; returns whether that is known now.
async fn take_answer(asking: &mut Option<Asking>, scene: &mut Scene<'_>) -> bool {
    let Some(task) = asking.take_if(|task| task.is_finished()) else { return false };
    match task.await.map_err(anyhow::Error::from).and_then(|outcome| outcome) {
        Ok(answered) => scene.answered = Some(answered),
        Err(error) => scene.unanswered = Some(format!("{error:#}")),
    }
    true
}

/// Waits for a block, but no longer than a tick; returns whether one came.
async fn next_block(blocks: &mut watch::Receiver<BlockNumber>) -> Result<bool> {
    match tokio::time::timeout(TICK, blocks.changed()).await {
        Ok(changed) => changed.context("the chain is no longer followed").map(|()| true),
        Err(_) => Ok(false),
    }
}

/// `None` while the node does not answer; it may again.
async fn snapshot(chain: &Chain, scene: &Scene<'_>) -> Result<Option<Metagraph>> {
    match chain.metagraph(scene.metagraph.subnet.netuid).await {
        Ok(metagraph) => Ok(Some(metagraph)),
        Err(ChainError::Unreachable { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn first_block(chain: &Chain) -> Result<BlockNumber> {
    let mut blocks = chain.follow();
    let first = tokio::time::timeout(PATIENCE, blocks.wait_for(|block| *block > 0)).await;
    let first = first.context("the node makes no blocks")?.context("the chain is no longer followed")?;
    Ok(*first)
}
