use crate::client::METHOD;
use crate::Envelope;
use codec::Encode;
use primitives::AccountId;
use serde::{Deserialize, Serialize};
use sp_core::{sr25519, Pair, H256};

/// First in what is signed, so that no signature made for something else fits an answer.
const DOMAIN: &[u8] = b"plexus/response/1";

/// The status that a receipt vouches for: only successful answers are handed on.
const OK: u16 = 200;

/// The proof that `signer` gave an answer to a request; whoever holds it can check it without the signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Hash of the signed request, see [`crate::Envelope::hash`].
    pub request_hash: H256,
    /// Hash of the answer together with `request_hash`.
    pub response_hash: H256,
    pub signer: AccountId,
    /// By `signer`, over `response_hash`.
    pub signature: sr25519::Signature,
}

impl Receipt {
    /// Whether `signer` signed `response_hash`.
    pub fn verify(&self) -> bool {
        signed_by(&self.signer, &self.signature, self.response_hash)
    }

    /// Whether `signer` answered the request with exactly this body.
    pub fn covers(&self, body: &[u8]) -> bool {
        self.verify() && self.response_hash == response_hash(self.request_hash, OK, body)
    }

    /// Whether what was answered is `request`, posted to `path` with `body`, and was meant for whoever signed.
    pub fn answers(&self, request: &Envelope, path: &str, body: &[u8]) -> bool {
        request.receiver == self.signer
            && request.body_hash.0 == sp_core::blake2_256(body)
            && request.hash(METHOD, path) == self.request_hash
    }
}

/// What the receiver of a request signs: Blake2-256 of the SCALE encoding of domain, request, status and body hash.
pub(crate) fn response_hash(request_hash: H256, status: u16, body: &[u8]) -> H256 {
    let signed = (DOMAIN, request_hash, status, sp_core::blake2_256(body));
    sp_core::blake2_256(&signed.encode()).into()
}

pub(crate) fn signed_by(account: &AccountId, signature: &sr25519::Signature, hash: H256) -> bool {
    let bytes: &[u8; 32] = account.as_ref();
    sr25519::Pair::verify(signature, hash.as_bytes(), &sr25519::Public::from_raw(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(body: &[u8]) -> Receipt {
        let pair = sr25519::Pair::from_string("//Dave", None).unwrap();
        let request_hash = H256::repeat_byte(7);
        let response_hash = response_hash(request_hash, OK, body);
        let signature = pair.sign(response_hash.as_bytes());
        Receipt { request_hash, response_hash, signer: pair.public().into(), signature }
    }

    #[test]
    fn a_receipt_covers_its_own_body_only() {
        let receipt = receipt(b"forty-two");
        assert!(receipt.verify());
        assert!(receipt.covers(b"forty-two"));
        assert!(!receipt.covers(b"forty-three"));
    }

    #[test]
    fn a_receipt_names_the_one_request_that_was_answered() {
        let body_hash = sp_core::blake2_256(b"six times seven").into();
        let signer = receipt(b"").signer;
        let request =
            Envelope { sender: signer.clone(), receiver: signer, nonce: [1; 16], issued: 1, expires: 2, body_hash };
        let receipt = Receipt { request_hash: request.hash(METHOD, "/ask"), ..receipt(b"forty-two") };
        assert!(receipt.answers(&request, "/ask", b"six times seven"));
        assert!(!receipt.answers(&request, "/ask", b"six times eight"));
        assert!(!receipt.answers(&request, "/other", b"six times seven"));
        assert!(!receipt.answers(&Envelope { nonce: [2; 16], ..request }, "/ask", b"six times seven"));
    }

    #[test]
    fn a_receipt_survives_json() {
        let receipt = receipt(b"forty-two");
        let json = serde_json::to_string(&receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), receipt);
    }

    #[test]
    fn a_receipt_with_any_changed_part_does_not_verify() {
        let good = receipt(b"forty-two");
        let other = sr25519::Pair::from_string("//Eve", None).unwrap().public().into();
        assert!(!Receipt { signer: other, ..good.clone() }.covers(b"forty-two"));
        assert!(!Receipt { response_hash: H256::zero(), ..good.clone() }.verify());
        assert!(!Receipt { request_hash: H256::zero(), ..good }.covers(b"forty-two"));
    }
}
