//! The running miner: bound, serving, announced.

use crate::admission::Registered;
use crate::announce::Announcer;
use crate::config::Config;
use crate::metrics::{observe, Metrics};
use crate::queue::Queue;
use crate::server::{router, Service};
use anyhow::{bail, Context};
use chain_client::view::{self, View};
use chain_client::Chain;
use primitives::{AccountId, Axon, Metagraph, Uid};
use protocol::{Gate, Limits};
use serde::Serialize;
use sp_core::crypto::Ss58Codec;
use sp_core::{sr25519, Pair};
use std::sync::Arc;
use std::time::Duration;
use subnet::{AnySolver, Spec};
use subnet_catalog::{CopyFrom, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// How long a validator may let a request live.
const MAX_LIFETIME: Duration = Duration::from_secs(120);
/// From one look at whether the model still runs to the next.
const WATCH: Duration = Duration::from_secs(2);

/// A miner whose address is taken; nothing is served yet.
pub struct Miner {
    config: Config,
    pair: sr25519::Pair,
    hotkey: AccountId,
    /// Whom the seat should pay, if that is known.
    coldkey: Option<AccountId>,
    listener: TcpListener,
    axon: Axon,
    chain: Chain,
    view: View,
}

/// The one line on standard output by which others know that the miner serves.
#[derive(Debug, Serialize)]
pub struct Ready {
    pub role: &'static str,
    pub hotkey: String,
    pub axon: String,
    pub uid: Uid,
}

impl Miner {
    pub async fn bind(config: Config, pair: sr25519::Pair, coldkey: Option<AccountId>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!("cannot listen on {}: another process may, so choose another --listen", config.listen)
        })?;
        let axon = config.axon(listener.local_addr()?)?;
        let chain = Chain::new(&config.node);
        let view = view::follow(chain.clone(), config.netuid);
        Ok(Self { hotkey: pair.public().into(), coldkey, config, pair, listener, axon, chain, view })
    }

    /// Serves, and returns once the seat is known. Waits for the node, for the registration and, where another miner is
    /// copied, for that miner, for as long as it takes.
    pub async fn start(mut self, stop: CancellationToken) -> anyhow::Result<Serving> {
        let solver = self.solver().await?;
        self.start_with(solver, stop).await
    }

    /// The same with a solver that does not come from the catalog.
    pub async fn start_with(self, solver: Arc<dyn AnySolver>, stop: CancellationToken) -> anyhow::Result<Serving> {
        let registry = daemon::metrics::registry("miner")?;
        let metrics = Metrics::new(&registry)?;
        let rules = self.config.rules()?;
        let queue = Queue::new(self.config.at_once, self.config.queue);
        observe(&registry, queue.clone(), solver.clone())?;
        if let Some(address) = self.config.metrics {
            daemon::metrics::serve(address, registry, stop.clone()).await?;
        }
        let Self { config, pair, hotkey, coldkey, listener, axon, chain, mut view } = self;
        let netuid = config.netuid;
        let limits = limits(&config, &solver.spec());
        let callers = Arc::new(Registered::new(netuid, view.clone(), rules));
        let gate = Gate::new(pair.clone(), callers.clone(), limits);
        let watched = solver.clone();
        let service = Service { solver, hotkey: hotkey.clone(), netuid, queue: queue.clone(), callers, metrics };
        let stopping = async move {
            stop.cancelled_owned().await;
            queue.close();
        };
        let grace = Duration::from_secs(config.grace);
        let server = tokio::spawn(protocol::serve_with_grace(listener, router(service, gate), stopping, grace));
        let announcer = Announcer { chain, pair, hotkey: hotkey.clone(), netuid, axon };
        let announcer = tokio::spawn(announcer.run(view.clone()));
        info!(%axon, %hotkey, threads = inference::threads(), "serving");
        let uid = view::seat(&mut view, netuid, &hotkey, coldkey.as_ref()).await?;
        let ready = Ready { role: "miner", hotkey: hotkey.to_ss58check(), axon: axon.to_string(), uid };
        let solver = tokio::spawn(stopped(watched));
        Ok(Serving { ready, server, announcer, solver })
    }

    async fn solver(&mut self) -> anyhow::Result<Arc<dyn AnySolver>> {
        let copy_from = match self.config.copy_from.clone() {
            Some(hotkey) => Some(self.victim(hotkey).await?),
            None => None,
        };
        let (model, claim) = (self.config.model.clone(), self.config.claim_model.clone());
        let Config { cuda, quantize: format, kv_memory, at_once, .. } = self.config;
        let cache_bytes = kv_memory.map(|bytes| bytes.0);
        let (backends, program) = (self.config.backend.clone(), self.config.program.clone());
        let running = Some(at_once);
        let settings = Settings { model, cuda, format, cache_bytes, running, claim, backends, program, copy_from };
        let name = self.config.subnet.clone();
        let load = move || subnet_catalog::solver(&name, &settings);
        Ok(tokio::task::spawn_blocking(load).await.context("loading the model failed")??)
    }

    /// The miner to copy from, once it serves.
    async fn victim(&mut self, hotkey: AccountId) -> anyhow::Result<CopyFrom> {
        info!(%hotkey, "waiting for the miner to copy from");
        let serves = |view: &Option<Arc<Metagraph>>| view.as_ref()?.by_hotkey(&hotkey)?.axon;
        let view = self.view.wait_for(|view| serves(view).is_some()).await?;
        let axon = serves(&view).context("it has just left the subnet")?;
        Ok(CopyFrom { netuid: self.config.netuid, axon, pair: self.pair.clone(), hotkey: hotkey.clone() })
    }
}

/// Waits until `solver` says that it has stopped for good; returns why.
async fn stopped(solver: Arc<dyn AnySolver>) -> String {
    let mut clock = tokio::time::interval(WATCH);
    loop {
        clock.tick().await;
        if let Some(reason) = solver.report().stopped {
            return reason;
        }
    }
}

/// What the gate lets through: more than fits, so that it is the queue, which knows stakes, that decides who waits.
pub fn limits(config: &Config, spec: &Spec) -> Limits {
    Limits {
        max_body: spec.max_challenge_bytes,
        max_in_flight: config.at_once.saturating_add(config.queue).saturating_mul(2),
        max_per_sender_per_second: config.rate,
        max_lifetime: MAX_LIFETIME,
        ..Limits::default()
    }
}

/// A miner that answers.
pub struct Serving {
    pub ready: Ready,
    server: JoinHandle<()>,
    announcer: JoinHandle<()>,
    /// Ends with the reason when nothing will be answered any more.
    solver: JoinHandle<String>,
}

impl Serving {
    /// Until the process is asked to stop and the open requests are answered. Fails when the model stops, so that a
    /// service manager starts the miner again, and when the part that follows the chain ends, which it should never do:
    /// the miner would not notice who may ask.
    pub async fn wait(self) -> anyhow::Result<()> {
        tokio::select! {
            served = self.server => served.context("the server failed"),
            ended = self.solver => ended.context("watching the model failed").and_then(|reason| bail!("{reason}")),
            ended = self.announcer => ended.context("following the chain failed").and_then(|()| bail!("lost the chain")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixtures::{account, metagraph};
    use primitives::NetUid;

    /// The chain asks no hotkey whose it is: a stranger that named it first would be paid for its work.
    #[tokio::test]
    async fn a_hotkey_that_a_stranger_has_registered_does_not_work_for_it() {
        let (_chain, mut view) = tokio::sync::watch::channel(Some(Arc::new(metagraph(2))));
        let (netuid, hotkey, owner, wallet) = (NetUid(1), account(1), account(200), account(9));
        for coldkey in [None, Some(&owner)] {
            assert_eq!(view::seat(&mut view, netuid, &hotkey, coldkey).await.unwrap(), 1);
        }
        let refused = view::seat(&mut view, netuid, &hotkey, Some(&wallet)).await.unwrap_err().to_string();
        assert!(refused.contains("plexus wallet new") && refused.contains(&owner.to_string()), "{refused}");
    }
}
