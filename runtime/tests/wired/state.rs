//! The chain's raw storage.

use std::collections::{BTreeMap, BTreeSet};

/// Every key with its value.
pub type State = BTreeMap<Vec<u8>, Vec<u8>>;

pub fn all_keys() -> BTreeSet<Vec<u8>> {
    let next = |key: &Vec<u8>| sp_io::storage::next_key(key);
    std::iter::successors(sp_io::storage::next_key(&[]), next).collect()
}

pub fn raw_state() -> State {
    let value = |key: Vec<u8>| {
        let value = sp_io::storage::get(&key).map(|value| value.to_vec()).unwrap_or_default();
        (key, value)
    };
    all_keys().into_iter().map(value).collect()
}
