//! Proof of work for a seat: what is hashed, and what a hash is worth. Solver and chain share it.

use crate::{AccountId, BlockNumber, NetUid};
use sp_core::{blake2_256, U256};

pub use sp_core::H256;

/// What is worked for: a seal serves one coldkey, one hotkey and one subnet, and only shortly after one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    pub block_hash: H256,
    pub netuid: NetUid,
    pub hotkey: AccountId,
    pub coldkey: AccountId,
}

/// Three hashes or keys, a netuid and a nonce: less than the 128 bytes that blake2 hashes in one pass.
const LENGTH: usize = 3 * 32 + 2 + 8;

impl Work {
    /// A block lends its hash to work until it is this many blocks old.
    pub const MAX_AGE: BlockNumber = 3;

    pub fn seal(&self, nonce: u64) -> H256 {
        self.sealer()(nonce)
    }

    /// [`Self::seal`] for many nonces: lays the bytes out once. Integers are little-endian, as in SCALE.
    pub fn sealer(&self) -> impl Fn(u64) -> H256 {
        let mut bytes = [0; LENGTH];
        bytes[..32].copy_from_slice(self.block_hash.as_bytes());
        bytes[32..64].copy_from_slice(self.coldkey.as_ref());
        bytes[64..96].copy_from_slice(self.hotkey.as_ref());
        bytes[96..98].copy_from_slice(&self.netuid.0.to_le_bytes());
        move |nonce| {
            let mut bytes = bytes;
            bytes[98..].copy_from_slice(&nonce.to_le_bytes());
            blake2_256(&bytes).into()
        }
    }
}

/// Whether a seal, read as a big-endian number, lies in the part of one in `difficulty` that is lowest.
pub fn is_worth(seal: &H256, difficulty: u64) -> bool {
    U256::from_big_endian(seal.as_bytes()).checked_mul(difficulty.into()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use proptest::prelude::*;

    fn work() -> Work {
        let account = |byte| AccountId::new([byte; 32]);
        Work { block_hash: H256([1; 32]), netuid: NetUid(3), hotkey: account(7), coldkey: account(9) }
    }

    #[test]
    fn a_seal_is_the_hash_of_block_coldkey_hotkey_netuid_and_nonce() {
        let Work { block_hash, netuid, hotkey, coldkey } = work();
        let bytes = (block_hash, coldkey, hotkey, netuid, 5u64).encode();
        assert_eq!(work().seal(5), H256(blake2_256(&bytes)));
    }

    #[test]
    fn a_seal_changes_with_everything_that_it_is_for() {
        let other = AccountId::new([8; 32]);
        let works = [
            work(),
            Work { block_hash: H256([2; 32]), ..work() },
            Work { netuid: NetUid(4), ..work() },
            Work { hotkey: other.clone(), ..work() },
            Work { coldkey: other, ..work() },
        ];
        let mut seals: Vec<_> = works.iter().flat_map(|work| [work.seal(0), work.seal(1)]).collect();
        seals.sort();
        seals.dedup();
        assert_eq!(seals.len(), 2 * works.len());
    }

    #[test]
    fn one_seal_in_difficulty_is_worth_it() {
        let found = (0..100_000).filter(|nonce| is_worth(&work().seal(*nonce), 100)).count();
        assert!((900..1_100).contains(&found), "{found}");
        assert!(is_worth(&H256([255; 32]), 1));
        assert!(!is_worth(&H256([255; 32]), 2));
        assert!(is_worth(&H256::zero(), u64::MAX));
    }

    proptest! {
        #[test]
        fn what_is_worth_much_is_worth_less(seal: [u8; 32], high: u64, low: u64) {
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(!is_worth(&H256(seal), high) || is_worth(&H256(seal), low));
        }
    }
}
