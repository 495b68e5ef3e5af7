use crate::envelope::{self, SIGNER};
use crate::receipt::{response_hash, signed_by};
use crate::{clock, CallError, Envelope, Nonce, Receipt, Refusal};
use axum::http::{HeaderMap, StatusCode};
use primitives::{AccountId, Axon};
use reqwest::{Response, Url};
use sp_core::{sr25519, Pair, H256};
use std::error::Error;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than a server keeps a silent connection, so that no call goes into a closing one.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_PER_HOST: usize = 4;
pub(crate) const METHOD: &str = "POST";

/// Makes signed calls. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    pair: sr25519::Pair,
    me: AccountId,
    http: reqwest::Client,
}

/// An answer and the proof of who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub body: Vec<u8>,
    pub receipt: Receipt,
    /// What was asked, as far as the receipt names it.
    pub request: Envelope,
}

impl Client {
    /// Signs requests with `pair`, the caller's hotkey.
    pub fn new(pair: sr25519::Pair) -> Self {
        // No proxy and no redirect: the answer must come from the address that the chain names.
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client without TLS and without a proxy has nothing to load that could be missing");
        Self { me: pair.public().into(), pair, http }
    }

    pub fn account(&self) -> &AccountId {
        &self.me
    }

    /// Posts `body` to `path` (which begins with a slash) of the one who serves at `axon`, and hands back an answer
    /// that `to` signed. The request expires with `deadline`, by which this returns; at most `max_response` bytes are
    /// read.
    pub async fn call(
        &self,
        to: &AccountId,
        axon: &Axon,
        path: &str,
        body: Vec<u8>,
        deadline: Duration,
        max_response: usize,
    ) -> Result<Signed, CallError> {
        let call = async {
            let (response, request, request_hash) = self.send(to, axon, path, body, deadline).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = read(response, max_response).await?;
            let (body, receipt) = check(to, request_hash, status, &headers, body)?;
            Ok(Signed { body, receipt, request })
        };
        tokio::time::timeout(deadline, call).await.map_err(|_| CallError::TimedOut(deadline))?
    }

    async fn send(
        &self,
        to: &AccountId,
        axon: &Axon,
        path: &str,
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<(Response, Envelope, H256), CallError> {
        let address = format!("http://{axon}{path}");
        let url = Url::parse(&address).map_err(|error| CallError::Unreachable(format!("{address}: {error}")))?;
        let envelope = self.envelope(to, &body, deadline);
        let (headers, hash) = envelope.sign(&self.pair, METHOD, &path_and_query(&url));
        let sent = self.http.post(url).headers(headers).body(body).send().await;
        Ok((sent.map_err(|error| classify(&error))?, envelope, hash))
    }

    fn envelope(&self, to: &AccountId, body: &[u8], lifetime: Duration) -> Envelope {
        let issued = clock::now();
        Envelope {
            sender: self.me.clone(),
            receiver: to.clone(),
            nonce: random_nonce(),
            issued,
            expires: issued.saturating_add(clock::millis(lifetime)),
            body_hash: sp_core::blake2_256(body).into(),
        }
    }
}

/// The path as it goes over the wire, which is what the receiver sees and checks.
fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn random_nonce() -> Nonce {
    let mut nonce = Nonce::default();
    getrandom::fill(&mut nonce).expect("the operating system has randomness");
    nonce
}

async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, CallError> {
    if response.content_length().is_some_and(|announced| announced > max as u64) {
        return Err(CallError::TooLarge(max));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
        if body.len() + chunk.len() > max {
            return Err(CallError::TooLarge(max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn check(
    to: &AccountId,
    request_hash: H256,
    status: StatusCode,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<(Vec<u8>, Receipt), CallError> {
    let unsigned = |refusal: Refusal| CallError::BadSignature(format!("status {status}: {refusal}"));
    let signer = envelope::account(headers, &SIGNER).map_err(unsigned)?;
    let signature = envelope::signature(headers).map_err(unsigned)?;
    if signer != *to {
        return Err(CallError::BadSignature("another account signed it".into()));
    }
    let response_hash = response_hash(request_hash, status.as_u16(), &body);
    if signed_by(to, &signature, response_hash) {
        let receipt = Receipt { request_hash, response_hash, signer, signature };
        return accept(status, body, receipt);
    }
    // Whoever could not read the request cannot name it in the refusal.
    let nameless = self::response_hash(H256::zero(), status.as_u16(), &body);
    if !status.is_success() && signed_by(to, &signature, nameless) {
        return Err(refused(status, &body));
    }
    Err(CallError::BadSignature("the signature does not fit the request and the answer".into()))
}

fn accept(status: StatusCode, body: Vec<u8>, receipt: Receipt) -> Result<(Vec<u8>, Receipt), CallError> {
    if status != StatusCode::OK {
        return Err(refused(status, &body));
    }
    Ok((body, receipt))
}

fn refused(status: StatusCode, body: &[u8]) -> CallError {
    let Refusal { code, message, retry_after } = Refusal::read(status, body);
    CallError::Refused { code, message, retry_after }
}

fn classify(error: &reqwest::Error) -> CallError {
    let cause = innermost(error).to_string();
    if error.is_connect() {
        return CallError::Unreachable(cause);
    }
    match find::<hyper::Error>(error) {
        Some(http) if http.is_parse() => CallError::Garbled(http.to_string()),
        _ => CallError::ClosedEarly,
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
