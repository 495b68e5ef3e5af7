//! The running validator: rounds, weights and the app side by side.

use crate::app::App;
use crate::ask::{Asker, Bounds};
use crate::beacon;
use crate::board::Board;
use crate::config::Config;
use crate::history::Limits;
use crate::metrics::{observe, Metrics};
use crate::pool::Pool;
use crate::publish::journal::Journal;
use crate::publish::promises::Promises;
use crate::publish::Publisher;
use crate::relay::{Failures, Relay};
use crate::round::Rounds;
use crate::scores::Scores;
use crate::status::{self, Reporter};
use anyhow::{bail, Context};
use axum::Router;
use chain_client::view::{self, View};
use chain_client::Chain;
use primitives::{AccountId, Uid};
use protocol::Client;
use serde::Serialize;
use sp_core::crypto::Ss58Codec;
use sp_core::{sr25519, Pair};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use subnet::Spec;
use subnet_catalog::chat::Chat;
use subnet_catalog::{Grader, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// A validator with its address, its scores and its model; nothing is asked or served yet.
pub struct Validator {
    config: Config,
    pair: sr25519::Pair,
    own: AccountId,
    /// Whom the seat should pay, if that is known.
    coldkey: Option<AccountId>,
    listener: TcpListener,
    scores: Arc<Scores>,
    grader: Grader,
    chain: Chain,
    view: View,
    board: Arc<Board>,
    pool: Arc<Pool>,
}

/// The one line on standard output by which others know that the validator works.
#[derive(Debug, Serialize)]
pub struct Ready {
    pub role: &'static str,
    pub hotkey: String,
    pub app: SocketAddr,
    /// Where `plexus validator status` asks.
    pub status: SocketAddr,
    pub uid: Uid,
}

impl Validator {
    pub async fn bind(config: Config, pair: sr25519::Pair, coldkey: Option<AccountId>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(config.app).await.with_context(|| {
            format!("cannot listen on {}: another process may, so choose another --app", config.app)
        })?;
        let limits = Limits { rounds: config.keep_rounds, bytes: config.keep_mib << 20 };
        let scores = Arc::new(Scores::open(&config.data, config.netuid, config.rate)?.keeping(limits));
        let (model, cuda, format) = (config.model.clone(), config.cuda, config.quantize);
        let program = config.program.clone();
        let settings = Settings { model, cuda, format, program, ..Settings::default() };
        let name = config.subnet.clone();
        let load = move || subnet_catalog::grader(&name, &settings);
        let grader = tokio::task::spawn_blocking(load).await.context("loading the model failed")??;
        let chain = Chain::new(&config.node);
        let view = view::follow(chain.clone(), config.netuid);
        let (own, board, pool) = (pair.public().into(), Arc::default(), Arc::default());
        Ok(Self { own, coldkey, config, pair, listener, scores, grader, chain, view, board, pool })
    }

    /// Starts everything, and returns once the seat is known. Waits for the node and the registration for as long as it
    /// takes; the app is served meanwhile and says that it has no miners.
    pub async fn start(self, stop: CancellationToken) -> anyhow::Result<Working> {
        let registry = daemon::metrics::registry("validator")?;
        let metrics = Arc::new(Metrics::new(&registry)?);
        let reporter = Arc::new(self.reporter());
        let status = status::serve(reporter.clone(), stop.clone()).await?.address;
        observe(&registry, reporter, self.pool.clone())?;
        if let Some(address) = self.config.metrics {
            daemon::metrics::serve(address, registry, stop.clone()).await?;
        }
        let asker = Arc::new(Asker::new(Client::new(self.pair.clone()), self.config.netuid));
        let spec = self.grader.subnet.spec();
        let router = match &self.grader.chat {
            Some(chat) => self.app(chat.clone(), &asker, &spec, &metrics),
            None => Router::new(),
        };
        let rounds = self.rounds(&asker, &metrics);
        let publisher = self.publisher(&spec, &metrics)?;
        let Self { config, own, coldkey, listener, mut view, .. } = self;
        let app = listener.local_addr()?;
        let server = tokio::spawn(protocol::serve(listener, router, stop.clone().cancelled_owned()));
        let publisher = tokio::spawn(publisher.run(view.clone()));
        let rounds = tokio::spawn(rounds.run(Duration::from_secs(config.interval_seconds)));
        info!(%app, %status, hotkey = %own, "working");
        let uid = view::seat(&mut view, config.netuid, &own, coldkey.as_ref()).await?;
        let ready = Ready { role: "validator", hotkey: own.to_ss58check(), app, status, uid };
        Ok(Working { ready, server, rounds, publisher })
    }

    fn rounds(&self, asker: &Arc<Asker>, metrics: &Arc<Metrics>) -> Rounds {
        Rounds {
            asker: asker.clone(),
            subnet: self.grader.subnet.clone(),
            scores: self.scores.clone(),
            view: self.view.clone(),
            beacons: beacon::follow(self.chain.clone(), self.view.clone(), self.board.clone()),
            pool: self.pool.clone(),
            netuid: self.config.netuid,
            own: self.own.clone(),
            at_once: self.config.at_once,
            most: self.config.miners_per_round,
            metrics: metrics.clone(),
            board: self.board.clone(),
        }
    }

    fn reporter(&self) -> Reporter {
        let Spec { name, version, .. } = self.grader.subnet.spec();
        Reporter {
            board: self.board.clone(),
            scores: self.scores.clone(),
            view: self.view.clone(),
            own: self.own.clone(),
            netuid: self.config.netuid,
            subnet: name.into_owned(),
            version,
        }
    }

    fn publisher(&self, spec: &Spec, metrics: &Arc<Metrics>) -> anyhow::Result<Publisher> {
        Ok(Publisher {
            chain: self.chain.clone(),
            pair: self.pair.clone(),
            own: self.own.clone(),
            netuid: self.config.netuid,
            version: spec.version,
            scores: self.scores.clone(),
            promises: Promises::new(self.scores.clone(), self.config.netuid)?,
            journal: Journal::new(self.scores.clone(), self.config.netuid)?,
            metrics: metrics.clone(),
            board: self.board.clone(),
        })
    }

    fn app(&self, chat: Arc<dyn Chat>, asker: &Arc<Asker>, spec: &Spec, metrics: &Arc<Metrics>) -> Router {
        let relay = Relay {
            asker: asker.clone(),
            chat: chat.clone(),
            scores: self.scores.clone(),
            view: self.view.clone(),
            own: self.own.clone(),
            failures: Failures::default(),
            bounds: Bounds { deadline: spec.deadline, max_answer: spec.max_answer_bytes },
            deadline: Duration::from_secs(self.config.app_seconds),
        };
        App::new(chat, relay, self.config.app_at_once, self.pool.clone(), metrics.clone()).router()
    }
}

/// A validator at work.
pub struct Working {
    pub ready: Ready,
    server: JoinHandle<()>,
    rounds: JoinHandle<()>,
    publisher: JoinHandle<()>,
}

impl Working {
    /// Until the process is asked to stop and the open app requests are answered. What a round had stored by then stays.
    /// Fails when a part that should never end does: half a validator is worse than one that is started again.
    pub async fn wait(self) -> anyhow::Result<()> {
        tokio::select! {
            served = self.server => served.context("the app's server failed"),
            ended = self.rounds => ended.context("the rounds failed").and_then(|()| bail!("the rounds ended")),
            ended = self.publisher => ended.context("setting weights failed").and_then(|()| bail!("setting weights ended")),
        }
    }
}
