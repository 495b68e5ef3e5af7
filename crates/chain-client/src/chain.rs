use crate::connection::Connection;
use crate::runtime::Runtime;
use crate::ChainError;
use primitives::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{sleep, Instant};

/// How often an absent node is tried again.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// A node, reached by WebSocket. Clones share one socket, which is opened at the first use and replaced when it breaks.
#[derive(Clone)]
pub struct Chain {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub connection: Connection,
    pub runtime: Mutex<Option<Arc<Runtime>>>,
    /// Whoever holds an account's turn may take its next nonce. As many entries as this process has keys.
    turns: StdMutex<HashMap<AccountId, Arc<Mutex<()>>>>,
}

impl Chain {
    /// Opens nothing yet. `url` is a WebSocket address such as `ws://127.0.0.1:9944`.
    pub fn new(url: &str) -> Self {
        let inner = Inner { connection: Connection::new(url), runtime: Mutex::default(), turns: StdMutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Waits up to `patience` for the node to answer.
    pub async fn connect(url: &str, patience: Duration) -> Result<Self, ChainError> {
        let chain = Self::new(url);
        let deadline = Instant::now() + patience;
        let mut told = false;
        loop {
            match chain.best_block().await {
                Err(error) if error.is_transient() && Instant::now() < deadline => {
                    if !told {
                        tracing::warn!(%error, "waiting for the node");
                        told = true;
                    }
                    sleep(RETRY_EVERY.min(deadline - Instant::now())).await;
                }
                answer => return answer.map(|_| chain),
            }
        }
    }

    pub fn url(&self) -> &str {
        self.inner.connection.url()
    }

    pub(crate) fn turn(&self, account: &AccountId) -> Arc<Mutex<()>> {
        let mut turns = self.inner.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(account.clone()).or_default().clone()
    }
}
