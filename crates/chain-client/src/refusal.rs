//! Why a node's transaction pool does not take an extrinsic.

use primitives::AccountId;

/// Each text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "account {0} does not exist on this chain or cannot pay the fee: send it some tokens; calls are free of fees \
         only for a hotkey that holds a seat on the subnet, and a coldkey whose swap is announced can pay for nothing \
         (`plexus swap coldkey status`)"
    )]
    CannotPay(AccountId),
    #[error(
        "the node does not accept the signature: it runs another chain or another version, so run both from the same \
         release"
    )]
    BadSignature,
    #[error("another extrinsic of account {0} was faster: is a second process using the same key? Submit again")]
    Overtaken(AccountId),
    #[error("the node already has this very extrinsic: wait for the next block before repeating the call")]
    AlreadyKnown,
    #[error("the node's transaction pool is full: try again in a few blocks")]
    PoolFull,
    #[error("the node refused this very extrinsic a short time ago: try again in a few minutes")]
    Banned,
    #[error("the call needs more than a block can hold: split it")]
    TooLarge,
    #[error("the extrinsic became invalid before a block could hold it: check the account's balance and submit again")]
    BecameInvalid,
    #[error(
        "the runtime could not check the extrinsic ({0}): node and client versions differ, so run both from the same \
         release"
    )]
    CheckFailed(String),
    #[error("the node refused the extrinsic: {0}")]
    Other(String),
}

// Codes of the node's `author` methods.
const VERIFICATION_FAILED: i32 = 1002;
const INVALID: i32 = 1010;
const BANNED: i32 = 1012;
const ALREADY_IMPORTED: i32 = 1013;
const PRIORITY_TOO_LOW: i32 = 1014;
const IMMEDIATELY_DROPPED: i32 = 1016;

impl Refusal {
    /// From a JSON-RPC error of `author_submit…`; `data` is its detail as text.
    pub(crate) fn from_rpc(code: i32, message: &str, data: &str, account: &AccountId) -> Self {
        match code {
            INVALID => Self::from_invalid(data, account),
            BANNED => Self::Banned,
            ALREADY_IMPORTED => Self::AlreadyKnown,
            PRIORITY_TOO_LOW => Self::Overtaken(account.clone()),
            IMMEDIATELY_DROPPED => Self::PoolFull,
            VERIFICATION_FAILED => Self::CheckFailed(message.into()),
            _ if data.is_empty() => Self::Other(message.into()),
            _ => Self::Other(format!("{message} ({data})")),
        }
    }

    /// From the sentence that the node has for each kind of invalid transaction.
    fn from_invalid(data: &str, account: &AccountId) -> Self {
        let says = |part: &str| data.contains(part);
        if says("Inability to pay") {
            Self::CannotPay(account.clone())
        } else if says("bad signature") || says("Invalid signing address") {
            Self::BadSignature
        } else if says("outdated") || says("valid in the future") {
            Self::Overtaken(account.clone())
        } else if says("ancient birth block") {
            Self::BecameInvalid
        } else if says("exhaust the block limits") {
            Self::TooLarge
        } else {
            Self::Other(data.into())
        }
    }

    /// Whether the node may still take this very extrinsic later, or has it and gives it to blocks.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::AlreadyKnown | Self::PoolFull | Self::Banned)
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Overtaken(_) | Self::AlreadyKnown | Self::PoolFull | Self::Banned | Self::BecameInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: i32, message: &str, data: &str) -> Refusal {
        Refusal::from_rpc(code, message, data, &AccountId::new([1; 32]))
    }

    #[test]
    fn an_account_without_funds_is_told_to_get_some() {
        let text = refusal(1010, "Invalid Transaction", "Inability to pay some fees (e.g. account balance too low)");
        assert_eq!(text, Refusal::CannotPay(AccountId::new([1; 32])));
        assert!(text.to_string().contains("send it some tokens"));
        assert!(text.to_string().contains("5C62Ck4UrFPiBtoCmeSrgF7x9yv9mn38446dhCpsi2mLHiFT"));
    }

    #[test]
    fn each_refusal_of_the_pool_has_its_own_sentence() {
        assert_eq!(refusal(1010, "", "Transaction has a bad signature"), Refusal::BadSignature);
        assert_eq!(refusal(1010, "", "Transaction is outdated"), Refusal::Overtaken(AccountId::new([1; 32])));
        assert_eq!(refusal(1010, "", "Transaction would exhaust the block limits"), Refusal::TooLarge);
        assert_eq!(refusal(1012, "", ""), Refusal::Banned);
        assert_eq!(refusal(1013, "", "0x00"), Refusal::AlreadyKnown);
        assert_eq!(refusal(1014, "", ""), Refusal::Overtaken(AccountId::new([1; 32])));
        assert_eq!(refusal(1016, "", ""), Refusal::PoolFull);
        assert_eq!(
            refusal(1002, "Verification Error: Trap", ""),
            Refusal::CheckFailed("Verification Error: Trap".into())
        );
    }

    #[test]
    fn an_unknown_refusal_is_passed_on_in_the_nodes_words() {
        assert_eq!(refusal(1099, "No", "because"), Refusal::Other("No (because)".into()));
        assert_eq!(refusal(1010, "Invalid Transaction", "Custom error: 3"), Refusal::Other("Custom error: 3".into()));
    }
}
