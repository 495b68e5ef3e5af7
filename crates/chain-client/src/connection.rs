//! One WebSocket that all requests of a process share, replaced at the next use when it broke or went silent.

use crate::ChainError;
use jsonrpsee_client::client_transport::ws::{Url, WsTransportClientBuilder};
use jsonrpsee_client::core::client::async_client::PingConfig;
use jsonrpsee_client::core::client::{Client, ClientBuilder, ClientT, Error, Subscription, SubscriptionClientT};
use jsonrpsee_client::types::ErrorObjectOwned;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

/// For each request, and for all attempts at opening the socket together.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a request, and the opening of a socket, is tried.
const ATTEMPTS: u32 = 3;
/// Whoever waited while another task failed to open the socket fails with it, instead of trying in its turn.
const FAILURE_HOLDS: Duration = Duration::from_millis(200);
/// Doubled after each failed attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A peer that answers no ping for `SILENCE` is gone, whatever TCP believes.
const PING_EVERY: Duration = Duration::from_secs(15);
const SILENCE: Duration = Duration::from_secs(35);
/// A snapshot of 2,048 seats is about 1 MB as hex.
const MAX_RESPONSE: u32 = 32 * 1024 * 1024;

/// How one request failed.
pub(crate) enum Failure {
    /// The node answered with an error: asking again would not help.
    Answered(ErrorObjectOwned),
    /// The answer is not of the expected type.
    Garbled(String),
    /// No answer came: the request may or may not have arrived.
    Lost(ChainError),
}

pub(crate) struct Connection {
    url: String,
    socket: Mutex<Socket>,
}

enum Socket {
    Closed,
    Open(Arc<Client>),
    Failed(Instant, ChainError),
}

impl Connection {
    pub fn new(url: &str) -> Self {
        Self { url: url.into(), socket: Mutex::new(Socket::Closed) }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks the node, again on a fresh socket where no answer came; only for requests that may arrive more than once.
    pub async fn request<R: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
    ) -> Result<R, ChainError> {
        self.ask(method, params).await.map_err(|failure| self.explain(method, failure))
    }

    /// The same, for whoever knows what the node's errors mean.
    pub async fn ask<R: DeserializeOwned>(&self, method: &'static str, params: Vec<Value>) -> Result<R, Failure> {
        let mut attempt = 1;
        loop {
            let client = self.client().await.map_err(Failure::Lost)?;
            let failure = match client.request(method, params.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => self.judge(error, &client).await,
            };
            if !matches!(failure, Failure::Lost(_)) || attempt == ATTEMPTS {
                return Err(failure);
            }
            attempt += 1;
        }
    }

    pub async fn subscribe<N: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Vec<Value>,
        unsubscribe: &'static str,
    ) -> Result<Subscription<N>, Failure> {
        let client = self.client().await.map_err(Failure::Lost)?;
        match client.subscribe(method, params, unsubscribe).await {
            Ok(subscription) => Ok(subscription),
            Err(error) => Err(self.judge(error, &client).await),
        }
    }

    pub fn explain(&self, method: &'static str, failure: Failure) -> ChainError {
        match failure {
            Failure::Lost(error) => error,
            Failure::Garbled(reason) => {
                ChainError::VersionMismatch(format!("{method} answered something else ({reason})"))
            }
            Failure::Answered(error) => {
                let detail = error.data().map(|data| format!(" {data}")).unwrap_or_default();
                ChainError::Node { url: self.url.clone(), method, message: format!("{}{detail}", error.message()) }
            }
        }
    }

    async fn judge(&self, error: Error, client: &Arc<Client>) -> Failure {
        match error {
            Error::Call(object) => Failure::Answered(object),
            Error::ParseError(error) => Failure::Garbled(error.to_string()),
            lost => {
                self.discard(client).await;
                Failure::Lost(self.unreachable(lost))
            }
        }
    }

    fn unreachable(&self, reason: impl ToString) -> ChainError {
        ChainError::Unreachable { url: self.url.clone(), reason: reason.to_string() }
    }

    async fn client(&self) -> Result<Arc<Client>, ChainError> {
        let mut socket = self.socket.lock().await;
        match &*socket {
            Socket::Open(client) if client.is_connected() => return Ok(client.clone()),
            Socket::Failed(when, error) if when.elapsed() < FAILURE_HOLDS => return Err(error.clone()),
            _ => *socket = Socket::Closed,
        }
        let opened = match timeout(REQUEST_TIMEOUT, self.open()).await {
            Ok(opened) => opened,
            Err(_) => Err(self.unreachable("it accepts connections but does not speak")),
        };
        *socket = match &opened {
            Ok(client) => Socket::Open(client.clone()),
            Err(error) => Socket::Failed(Instant::now(), error.clone()),
        };
        opened
    }

    /// Forgets a socket that failed, unless another task has replaced it already.
    async fn discard(&self, client: &Arc<Client>) {
        let mut socket = self.socket.lock().await;
        if matches!(&*socket, Socket::Open(current) if Arc::ptr_eq(current, client)) {
            *socket = Socket::Closed;
        }
    }

    async fn open(&self) -> Result<Arc<Client>, ChainError> {
        let url = parse(&self.url)?;
        let mut pause = FIRST_PAUSE;
        let mut attempt = 1;
        loop {
            match open_once(url.clone()).await {
                Ok(client) => return Ok(Arc::new(client)),
                Err(reason) if attempt == ATTEMPTS => return Err(self.unreachable(reason)),
                Err(_) => sleep(pause).await,
            }
            pause *= 2;
            attempt += 1;
        }
    }
}

fn parse(text: &str) -> Result<Url, ChainError> {
    let bad = |reason: String| ChainError::BadUrl { url: text.into(), reason };
    let url: Url = text.parse().map_err(|error| bad(format!("{error}")))?;
    match url.scheme() {
        "ws" | "wss" => Ok(url),
        other => Err(bad(format!("nodes are spoken to by ws:// or wss://, not {other}://"))),
    }
}

async fn open_once(url: Url) -> Result<Client, String> {
    let transport =
        WsTransportClientBuilder::default().connection_timeout(REQUEST_TIMEOUT).max_response_size(MAX_RESPONSE);
    let (sender, receiver) = transport.build(url).await.map_err(|error| error.to_string())?;
    let ping = PingConfig::new().ping_interval(PING_EVERY).inactive_limit(SILENCE);
    Ok(ClientBuilder::new().request_timeout(REQUEST_TIMEOUT).enable_ws_ping(ping).build_with_tokio(sender, receiver))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_no_websocket_is_refused_with_an_example() {
        for url in ["http://127.0.0.1:9944", "127.0.0.1:9944", "", "ws://"] {
            let error = parse(url).unwrap_err();
            assert!(matches!(error, ChainError::BadUrl { .. }), "{url}");
            assert!(error.to_string().contains("ws://127.0.0.1:9944"));
        }
    }
}
