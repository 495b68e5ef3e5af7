//! Who stands where in the chain's raw storage, and how it would read under another name.

use crate::state::{raw_state, State};
use primitives::AccountId;
use sp_core::blake2_128;

/// What is left without the items that `excepted` names.
pub fn without(mut state: State, excepted: &[(&str, &str)]) -> State {
    state.retain(|key, _| !excepted.iter().any(|item| key.starts_with(&crate::storage::prefix(*item))));
    state
}

/// The state without the books of blocks and of their fees, and without what the keys pallet remembers.
pub fn substance() -> State {
    let books =
        [("Balances", "TotalIssuance"), ("Keys", "Successors"), ("Keys", "SwappedAt"), ("Keys", "ColdkeySwaps")];
    let mut state = without(raw_state(), &books);
    let system = sp_core::twox_128(b"System");
    state.retain(|key, _| !key.starts_with(&system) && key != b":extrinsic_index");
    state
}

/// The state in which `new` stands wherever `old` stood, in keys, with their hashes, and in values.
pub fn renamed(state: &State, old: &AccountId, new: &AccountId) -> State {
    let rename = |bytes: &Vec<u8>| {
        let hashed = |account: &AccountId| [&blake2_128(account.as_ref())[..], account.as_ref()].concat();
        replace(&replace(bytes, &hashed(old), &hashed(new)), old.as_ref(), new.as_ref())
    };
    state.iter().map(|(key, value)| (rename(key), rename(value))).collect()
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut done, mut rest) = (Vec::new(), bytes);
    while let Some(at) = place(rest, from) {
        done.extend([&rest[..at], to].concat());
        rest = &rest[at + from.len()..];
    }
    [&done, rest].concat()
}

fn place(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The items, as `Pallet.item`, in whose keys or values the account stands.
pub fn mentions(state: &State, account: &AccountId) -> Vec<String> {
    let stands = |bytes: &[u8]| place(bytes, account.as_ref()).is_some();
    let found = state.iter().filter(|(key, value)| stands(key) || stands(value));
    let mut items: Vec<_> = found.map(|(key, _)| crate::storage::owner_of(key)).collect();
    items.dedup();
    items
}

/// Compares two states, and says where they differ.
pub fn assert_same(one: &State, other: &State) {
    let keys = one.keys().chain(other.keys());
    let differ = keys.filter(|key| one.get(*key) != other.get(*key));
    let items: Vec<_> = differ.map(|key| crate::storage::owner_of(key)).collect();
    assert_eq!(items, [""; 0]);
}
