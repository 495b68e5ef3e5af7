use crate::body::Incoming;
use crate::envelope::{ascii, SIGNATURE, SIGNER};
use crate::receipt::{response_hash, signed_by};
use crate::senders::Senders;
use crate::{clock, Code, Envelope, Limits, Refusal};
use axum::body::{to_bytes, Body};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::{from_fn_with_state, Next};
use axum::response::{IntoResponse, Response};
use axum::Router;
use primitives::AccountId;
use sp_core::crypto::Ss58Codec;
use sp_core::{sr25519, Pair, H256};
use std::sync::Arc;
use std::time::Duration;

/// Largest answer of a handler, in bytes.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// Decides who may ask. Called before the signature is checked and the body is read, so it must be quick.
pub trait Admission: Send + Sync + 'static {
    fn admit(&self, sender: &AccountId) -> Result<(), Refusal>;
}

/// Who signed the request; an extension that a gate hands to the handlers behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(pub AccountId);

/// Lets signed, fresh and admitted requests through to a router, each of them once, and signs every answer.
///
/// The checks come in the order of their cost: headers, receiver, clock, admission, signature, replay and rate; only
/// then is the body read, up to the limit, and compared with the hash that was signed.
pub struct Gate {
    pair: sr25519::Pair,
    me: AccountId,
    admission: Arc<dyn Admission>,
    limits: Limits,
    senders: Arc<Senders>,
    /// Unix milliseconds. What was issued earlier may have been answered by this process's predecessor.
    accepts_from: u64,
}

/// A request whose headers could be read.
struct Claim {
    envelope: Envelope,
    signature: sr25519::Signature,
    hash: H256,
}

impl Gate {
    /// Signs answers with `pair`, which must be the receiver's hotkey. To be called once the port is bound: only then
    /// is it certain that no earlier process still answers there.
    pub fn new(pair: sr25519::Pair, admission: Arc<dyn Admission>, limits: Limits) -> Self {
        let me = pair.public().into();
        let senders = Arc::new(Senders::new(limits.clone()));
        let accepts_from = clock::now().saturating_add(clock::millis(limits.max_clock_skew));
        Self { pair, me, admission, limits, senders, accepts_from }
    }

    /// Puts every route of `router`, and its fallback, behind this gate. Paths are signed as the gate sees them, so a
    /// wrapped router is to be merged with others, not nested.
    pub fn wrap(self, router: Router) -> Router {
        router.layer(from_fn_with_state(Arc::new(self), guard))
    }

    /// All that can be checked before the body is read.
    fn check(&self, claim: &Claim) -> Result<(), Refusal> {
        let envelope = &claim.envelope;
        if envelope.receiver != self.me {
            let (asked, me) = (envelope.receiver.to_ss58check(), self.me.to_ss58check());
            let message = format!("The request is for {asked}, but this is {me}; read the metagraph again.");
            return Err(Refusal::new(Code::WrongReceiver, message));
        }
        self.check_times(envelope, clock::now())?;
        self.admission.admit(&envelope.sender)?;
        if !signed_by(&envelope.sender, &claim.signature, claim.hash) {
            let message = "The signature does not fit the request; sign its method, path and headers.";
            return Err(Refusal::new(Code::BadSignature, message));
        }
        Ok(())
    }

    fn check_times(&self, envelope: &Envelope, now: u64) -> Result<(), Refusal> {
        let Envelope { issued, expires, .. } = *envelope;
        let skew = clock::millis(self.limits.max_clock_skew);
        let longest = clock::millis(self.limits.max_lifetime);
        let (code, message) = if issued > now.saturating_add(skew) {
            (Code::Future, format!("The request is dated {} ms ahead; set the clock.", issued - now))
        } else if issued < self.accepts_from {
            let wait = self.accepts_from.saturating_sub(now);
            (Code::Expired, format!("This process started after the request was made; sign a new one in {wait} ms."))
        } else if expires.saturating_add(skew) < now {
            (Code::Expired, format!("The request expired {} ms ago; sign a new one.", now - expires))
        } else if expires.checked_sub(issued).is_none_or(|lifetime| lifetime > longest) {
            (Code::Malformed, format!("A request expires 0 to {longest} ms after its issue; change its expiry."))
        } else {
            return Ok(());
        };
        Err(Refusal::new(code, message))
    }

    /// Answers within the request's lifetime; the sender's place is freed when this ends, however it ends.
    async fn answer(&self, claim: Claim, parts: Parts, body: &mut Incoming, next: Next) -> Result<Response, Refusal> {
        self.check(&claim)?;
        let Envelope { sender, expires, body_hash, .. } = &claim.envelope;
        let now = clock::now();
        let _slot = self.senders.enter(&claim.envelope, now)?;
        let work = async {
            let body = body.read().await?;
            if sp_core::blake2_256(&body) != body_hash.0 {
                return Err(Refusal::new(Code::BadSignature, "The body is not the one that was signed."));
            }
            let mut request = Request::from_parts(parts, Body::from(body));
            request.extensions_mut().insert(Sender(sender.clone()));
            Ok(next.run(request).await)
        };
        let valid = Duration::from_millis(expires.saturating_sub(now)) + self.limits.max_clock_skew;
        let late = |_| Refusal::new(Code::Expired, "The request expired before it was answered; allow more time.");
        tokio::time::timeout(valid, work).await.map_err(late)?
    }

    /// Signs an answer over the request's hash, which is zero for a request that could not be read.
    async fn sign(&self, request_hash: H256, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, MAX_ANSWER).await else {
            let refusal = Refusal::new(Code::Failed, "The answer is too large to be signed; ask for less.");
            return Box::pin(self.sign(request_hash, refusal.into_response())).await;
        };
        let hash = response_hash(request_hash, parts.status.as_u16(), &body);
        parts.headers.insert(SIGNER, ascii(&self.me.to_ss58check()));
        parts.headers.insert(SIGNATURE, ascii(&hex::encode(self.pair.sign(hash.as_bytes()))));
        Response::from_parts(parts, Body::from(body))
    }
}

impl Claim {
    fn read(parts: &Parts) -> Result<Self, Refusal> {
        let (envelope, signature) = Envelope::read(&parts.headers)?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let hash = envelope.hash(parts.method.as_str(), path);
        Ok(Self { envelope, signature, hash })
    }
}

async fn guard(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = Incoming::new(body, gate.limits.max_body);
    let claim = Claim::read(&parts);
    let hash = claim.as_ref().map_or(H256::zero(), |claim| claim.hash);
    let outcome = match claim {
        Ok(claim) => gate.answer(claim, parts, &mut body, next).await,
        Err(refusal) => Err(refusal),
    };
    let response = outcome.unwrap_or_else(|refusal| {
        tracing::debug!(code = %refusal.code, "refused: {refusal}");
        body.drain();
        refusal.into_response()
    });
    gate.sign(hash, response).await
}
