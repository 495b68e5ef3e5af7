use crate::Nonce;
use std::collections::BTreeSet;

/// The requests of one sender that were accepted and could still be replayed.
///
/// A replay repeats the signed expiry too, so the pair (forget at, nonce) identifies it and its order is the order of
/// forgetting.
#[derive(Default)]
pub struct Nonces {
    accepted: BTreeSet<(u64, Nonce)>,
}

impl Nonces {
    /// Drops what can no longer be replayed at `now`.
    pub fn forget(&mut self, now: u64) {
        self.accepted = self.accepted.split_off(&(now, Nonce::default()));
    }

    pub fn contains(&self, forget_at: u64, nonce: Nonce) -> bool {
        self.accepted.contains(&(forget_at, nonce))
    }

    /// Remembers `nonce` until `forget_at`.
    pub fn insert(&mut self, forget_at: u64, nonce: Nonce) {
        self.accepted.insert((forget_at, nonce));
    }

    pub fn len(&self) -> usize {
        self.accepted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_remembered_until_its_time_and_not_longer() {
        let mut nonces = Nonces::default();
        nonces.insert(100, [1; 16]);
        nonces.insert(200, [2; 16]);
        nonces.forget(100);
        assert!(nonces.contains(100, [1; 16]));
        nonces.forget(101);
        assert!(!nonces.contains(100, [1; 16]));
        assert!(nonces.contains(200, [2; 16]));
        assert_eq!(nonces.len(), 1);
    }
}
