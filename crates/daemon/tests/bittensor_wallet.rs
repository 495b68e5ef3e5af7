//! Files written by PyPI's `bittensor-wallet` 4.1.1, with throw-away keys.

use daemon::wallet::{self, Secret, Wallet};
use sp_core::{sr25519, Pair};
use std::path::Path;

const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

fn theirs() -> Wallet {
    wallet::open(Path::new("tests/fixtures/bittensor"), "theirs").unwrap()
}

#[test]
fn their_encrypted_coldkey_opens_with_its_password() {
    let coldkey = theirs().coldkey(|_| Ok("a throw-away password".into())).unwrap();
    let expected = Secret::from_phrase(WORDS).unwrap();
    assert_eq!(coldkey.to_raw_vec(), expected.pair().to_raw_vec());
    assert_eq!(theirs().coldkey_account().unwrap(), expected.account());
}

/// Its `secretSeed` is garbled, as that version writes it; the private key still serves.
#[test]
fn their_plain_hotkey_is_read() {
    let hotkey = theirs().hotkey("worker", |_| panic!("it is not encrypted")).unwrap();
    assert_eq!(hotkey.public(), sr25519::Pair::from_seed(&[7; 32]).public());
    assert_eq!(theirs().hotkeys().unwrap(), ["worker"]);
}
