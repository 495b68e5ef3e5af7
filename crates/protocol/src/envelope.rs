use crate::{Code, Refusal};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use codec::Encode;
use primitives::AccountId;
use serde::{Deserialize, Serialize};
use sp_core::crypto::Ss58Codec;
use sp_core::{sr25519, Pair, H256};
use std::str::FromStr;

/// Makes two otherwise equal requests different.
pub type Nonce = [u8; 16];

pub(crate) const SENDER: HeaderName = HeaderName::from_static("plexus-sender");
pub(crate) const RECEIVER: HeaderName = HeaderName::from_static("plexus-receiver");
pub(crate) const NONCE: HeaderName = HeaderName::from_static("plexus-nonce");
pub(crate) const ISSUED: HeaderName = HeaderName::from_static("plexus-issued");
pub(crate) const EXPIRES: HeaderName = HeaderName::from_static("plexus-expires");
pub(crate) const BODY_HASH: HeaderName = HeaderName::from_static("plexus-body-hash");
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("plexus-signature");
/// Of an answer: who signed it.
pub(crate) const SIGNER: HeaderName = HeaderName::from_static("plexus-signer");

/// First in what is signed, so that no signature made for something else fits a request.
const DOMAIN: &[u8] = b"plexus/request/1";

/// What the headers of a request say, in the order in which it is signed.
///
/// The body's hash travels with it so that the signature can be checked before a byte of the body is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub sender: AccountId,
    pub receiver: AccountId,
    pub nonce: Nonce,
    /// Unix milliseconds.
    pub issued: u64,
    /// Unix milliseconds.
    pub expires: u64,
    /// Blake2-256 of the body.
    pub body_hash: H256,
}

impl Envelope {
    /// What the sender signs: Blake2-256 of the SCALE encoding of domain, method, path with query, and the fields.
    pub fn hash(&self, method: &str, path: &str) -> H256 {
        let Self { sender, receiver, nonce, issued, expires, body_hash } = self;
        let signed = (DOMAIN, method.as_bytes(), path.as_bytes(), sender, receiver, nonce, issued, expires, body_hash);
        sp_core::blake2_256(&signed.encode()).into()
    }

    /// The headers of a request to `path`, signed by `pair`, and the hash that was signed.
    pub fn sign(&self, pair: &sr25519::Pair, method: &str, path: &str) -> (HeaderMap, H256) {
        let hash = self.hash(method, path);
        let fields = [
            (SENDER, self.sender.to_ss58check()),
            (RECEIVER, self.receiver.to_ss58check()),
            (NONCE, hex::encode(self.nonce)),
            (ISSUED, self.issued.to_string()),
            (EXPIRES, self.expires.to_string()),
            (BODY_HASH, hex::encode(self.body_hash)),
            (SIGNATURE, hex::encode(pair.sign(hash.as_bytes()))),
        ];
        (fields.into_iter().map(|(name, text)| (name, ascii(&text))).collect(), hash)
    }

    /// Reads the headers of a request; the signature is not checked here.
    pub fn read(headers: &HeaderMap) -> Result<(Self, sr25519::Signature), Refusal> {
        if !headers.contains_key(SIGNATURE) {
            return Err(Refusal::new(Code::Unsigned, "The request is not signed; sign it with a registered hotkey."));
        }
        let envelope = Self {
            sender: account(headers, &SENDER)?,
            receiver: account(headers, &RECEIVER)?,
            nonce: bytes(headers, &NONCE)?,
            issued: number(headers, &ISSUED)?,
            expires: number(headers, &EXPIRES)?,
            body_hash: H256(bytes(headers, &BODY_HASH)?),
        };
        Ok((envelope, signature(headers)?))
    }
}

/// Hex, decimal digits and ss58 are all visible ASCII.
pub(crate) fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("hex, digits and ss58 are visible ASCII")
}

pub(crate) fn signature(headers: &HeaderMap) -> Result<sr25519::Signature, Refusal> {
    Ok(sr25519::Signature::from_raw(bytes(headers, &SIGNATURE)?))
}

pub(crate) fn account(headers: &HeaderMap, name: &HeaderName) -> Result<AccountId, Refusal> {
    AccountId::from_ss58check(text(headers, name)?).map_err(|_| malformed(name, "an account in ss58"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refusal> {
    u64::from_str(text(headers, name)?).map_err(|_| malformed(name, "a count of Unix milliseconds"))
}

fn bytes<const N: usize>(headers: &HeaderMap, name: &HeaderName) -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text(headers, name)?, &mut bytes)
        .map_err(|_| malformed(name, &format!("{N} bytes in hexadecimal")))?;
    Ok(bytes)
}

/// A header that occurs twice could be read differently by a proxy, so exactly one is accepted.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| malformed(name, "visible ASCII")),
        (None, _) => Err(Refusal::new(Code::Malformed, format!("The header {name} is missing."))),
        _ => Err(Refusal::new(Code::Malformed, format!("The header {name} occurs more than once."))),
    }
}

fn malformed(name: &HeaderName, expected: &str) -> Refusal {
    Refusal::new(Code::Malformed, format!("The header {name} is not {expected}."))
}
