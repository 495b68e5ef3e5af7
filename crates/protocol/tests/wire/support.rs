//! A gated server on a port of its own, and a caller that can send anything.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Extension, Router};
use primitives::{AccountId, Axon};
use protocol::{Admission, Client, Code, Envelope, Gate, Limits, Refusal, Sender};
use sp_core::{sr25519, Pair, H256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

pub const MAX_BODY: usize = 1_000;
pub const SECOND: Duration = Duration::from_secs(1);
/// For calls that are expected to succeed, on a machine that may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn pair(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(name, None).unwrap()
}

pub fn account(name: &str) -> AccountId {
    pair(name).public().into()
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

/// Strict about clocks, so that a test need not wait out the pause after the start.
pub fn limits() -> Limits {
    Limits { max_body: MAX_BODY, max_clock_skew: Duration::ZERO, ..Limits::default() }
}

/// Everybody but Ferdie.
struct AllButFerdie;

impl Admission for AllButFerdie {
    fn admit(&self, sender: &AccountId) -> Result<(), Refusal> {
        match *sender == account("//Ferdie") {
            true => Err(Refusal::new(Code::NotRegistered, "Register on subnet 1 first.")),
            false => Ok(()),
        }
    }
}

/// Dave's server. `/echo` answers with the body, `/who` with the sender, `/hang` when `release` says so.
pub struct Server {
    pub address: SocketAddr,
    pub release: Arc<Notify>,
    /// A permit for each call that hangs.
    pub begun: Arc<Semaphore>,
}

impl Server {
    pub async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let release = Arc::new(Notify::new());
        let begun = Arc::new(Semaphore::new(0));
        let (waiter, teller) = (release.clone(), begun.clone());
        let hang = move || async move {
            let mut released = std::pin::pin!(waiter.notified());
            released.as_mut().enable();
            teller.add_permits(1);
            released.await
        };
        let router = Router::new()
            .route("/echo", post(|body: Bytes| async { body }))
            .route("/who", post(|Extension(Sender(sender)): Extension<Sender>| async move { sender.to_string() }))
            .route("/hang", post(hang));
        let router = Gate::new(pair("//Dave"), Arc::new(AllButFerdie), limits).wrap(router);
        tokio::spawn(protocol::serve(listener, router, std::future::pending()));
        Self { address, release, begun }
    }

    pub fn axon(&self) -> Axon {
        Axon::new(self.address, protocol::VERSION)
    }

    /// Sends `request` byte for byte and returns what comes back until the other side closes.
    pub async fn send_raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        read_to_end(&mut stream).await
    }

    /// Sends what `draft` says and returns the refusal, which must be signed by the server.
    pub async fn refusal(&self, draft: &Draft) -> Code {
        let answer = self.send_raw(&draft.bytes()).await;
        refusal_in(&answer).unwrap_or_else(|| panic!("not a refusal: {answer}"))
    }
}

/// A reset after the answer is an end too.
pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The code of the refusal in a raw HTTP answer that carries the server's signature.
pub fn refusal_in(answer: &str) -> Option<Code> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    assert!(head.contains(&format!("plexus-signer: {}", account("//Dave"))), "unsigned: {answer}");
    assert!(head.contains("plexus-signature: "), "unsigned: {answer}");
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let message = body["error"]["message"].as_str()?;
    assert!(message.ends_with('.'), "not a sentence: {message}");
    serde_json::from_value(body["error"]["code"].clone()).ok()
}

/// A request that is in order until a test spoils it.
#[derive(Clone)]
pub struct Draft {
    pub path: String,
    pub envelope: Envelope,
    pub signer: sr25519::Pair,
    pub body: Vec<u8>,
    /// Changes the headers after they were signed.
    pub spoil: fn(&mut HeaderMap),
}

impl Draft {
    pub fn new(sender: &str, body: &[u8]) -> Self {
        let envelope = Envelope {
            sender: account(sender),
            receiver: account("//Dave"),
            nonce: rand(),
            issued: now(),
            expires: now() + 20_000,
            body_hash: H256(sp_core::blake2_256(body)),
        };
        Self { path: "/echo".into(), envelope, signer: pair(sender), body: body.to_vec(), spoil: |_| () }
    }

    pub fn headers(&self) -> HeaderMap {
        let (mut headers, _) = self.envelope.sign(&self.signer, "POST", &self.path);
        (self.spoil)(&mut headers);
        headers
    }

    pub fn head(&self, length: usize) -> Vec<u8> {
        let mut head = format!("POST {} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n", self.path).into_bytes();
        for (name, value) in &self.headers() {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(format!("content-length: {length}\r\n\r\n").into_bytes());
        head
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head(self.body.len()), self.body.clone()].concat()
    }
}

fn rand() -> [u8; 16] {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).unwrap();
    nonce
}

pub fn client(name: &str) -> Client {
    Client::new(pair(name))
}
