use primitives::{AccountId, NetUid, Uid};
use protocol::{solve_path, Envelope, Receipt};
use serde::{Deserialize, Serialize};

/// Who gave an app's answer, with all that proves it to somebody who trusts neither the validator nor the miner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub miner: AccountId,
    pub uid: Uid,
    pub netuid: NetUid,
    /// The miner's signature.
    pub receipt: Receipt,
    /// What the validator signed when it asked.
    pub request: Envelope,
    /// What the miner was asked, and what it answered, in the subnet's JSON: byte for byte as they were signed.
    pub challenge: String,
    pub answer: String,
}

impl Proof {
    /// Whether the miner signed this very answer.
    pub fn answer_is_signed(&self) -> bool {
        self.receipt.signer == self.miner && self.receipt.covers(self.answer.as_bytes())
    }

    /// Whether it signed it as the answer to this very challenge.
    pub fn answers_the_challenge(&self) -> bool {
        self.receipt.answers(&self.request, &solve_path(self.netuid), self.challenge.as_bytes())
    }
}
