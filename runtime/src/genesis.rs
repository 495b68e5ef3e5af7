//! With which state a chain may begin, as presets that a node turns into a chain spec.

use crate::{Balance, SessionKeys};
use alloc::{string::ToString, vec, vec::Vec};
use primitives::{AccountId, TOKEN};
use serde_json::{json, Value};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Milliseconds between two blocks of a chain on one machine.
const LOCAL_BLOCK_TIME: u64 = 1_000;
/// Blocks between two root epochs there, and between two root weight settings of one seat.
const LOCAL_ROOT_PACE: u32 = 10;
/// Blocks between two weight settings, or two announcements, of one seat there; owners may choose a tenth of it.
const LOCAL_SEAT_PACE: u32 = 10;
/// Hashes that a seat costs there at least: a moment of one core.
const LOCAL_DIFFICULTY: u64 = 100_000;
/// Blocks there between the announcement that a coldkey will be swapped and its end.
const LOCAL_COLDKEY_DELAY: u32 = 20;
/// What each of [`ENDOWED`] has there, in base units; together less than half the cap, so that a block mints one token.
const ENDOWMENT: Balance = 1_000_000 * TOKEN;
const ENDOWED: [Sr25519Keyring; 6] = [
    Sr25519Keyring::Alice,
    Sr25519Keyring::Bob,
    Sr25519Keyring::Charlie,
    Sr25519Keyring::Dave,
    Sr25519Keyring::Eve,
    Sr25519Keyring::Ferdie,
];

/// Block producers with their finality keys, whose seeds everybody knows.
const AUTHORITIES: [(Sr25519Keyring, Ed25519Keyring); 2] =
    [(Sr25519Keyring::Alice, Ed25519Keyring::Alice), (Sr25519Keyring::Bob, Ed25519Keyring::Bob)];

/// The patch of one preset over the defaults, as JSON, or nothing for an unknown one.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let authorities = match id.as_ref() {
        DEV_RUNTIME_PRESET => &AUTHORITIES[..1],
        LOCAL_TESTNET_RUNTIME_PRESET => &AUTHORITIES[..],
        _ => return None,
    };
    Some(local(authorities).to_string().into_bytes())
}

pub fn preset_names() -> Vec<PresetId> {
    vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}

/// A chain for one machine: quick blocks, known keys, subnets that anybody may create at once.
fn local(authorities: &[(Sr25519Keyring, Ed25519Keyring)]) -> Value {
    let endowed: Vec<(AccountId, Balance)> = ENDOWED.iter().map(|key| (key.to_account_id(), ENDOWMENT)).collect();
    let accounts: Vec<AccountId> = authorities.iter().map(|(aura, _)| aura.to_account_id()).collect();
    let keys: Vec<(AccountId, AccountId, SessionKeys)> = authorities.iter().map(session_keys).collect();
    let triumvirate: Vec<AccountId> = ENDOWED.iter().take(3).map(|key| key.to_account_id()).collect();
    json!({
        "balances": { "balances": endowed },
        "blockTime": { "milliseconds": LOCAL_BLOCK_TIME },
        "stake": { "roundLength": 1 },
        "hyperparams": {
            "defaults": {
                "weights_rate_limit": LOCAL_SEAT_PACE,
                "serving_rate_limit": LOCAL_SEAT_PACE,
                "min_difficulty": LOCAL_DIFFICULTY,
            },
        },
        "authorities": { "authorities": accounts },
        "session": { "keys": keys },
        "triumvirate": { "members": triumvirate },
        "sudo": { "key": Sr25519Keyring::Alice.to_account_id() },
        "keys": { "rules": { "hotkeyInterval": 0, "coldkeyDelay": LOCAL_COLDKEY_DELAY } },
        "root": { "rules": { "tempo": LOCAL_ROOT_PACE, "weights_rate_limit": LOCAL_ROOT_PACE } },
        "subnets": {
            "rules": {
                "minLock": 1_000 * TOKEN,
                "lockDecay": 100_800,
                "interval": 0,
                "maxSubnets": 64,
                "immunity": 50_400,
                "startDelay": 0,
            },
        },
    })
}

/// The account of an authority, twice as the session pallet wants it, and its keys.
fn session_keys((aura, grandpa): &(Sr25519Keyring, Ed25519Keyring)) -> (AccountId, AccountId, SessionKeys) {
    let keys = SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() };
    (aura.to_account_id(), aura.to_account_id(), keys)
}
