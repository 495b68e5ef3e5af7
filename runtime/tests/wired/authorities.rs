use crate::chain::*;
use pallet_authorities::{Call, Error, MOST_AUTHORITIES};
use plexus_runtime::{Authorities, Grandpa, Runtime, RuntimeCall, SessionKeys, System};
use primitives::AccountId;
use sp_core::{ed25519, Pair};

type E = Error<Runtime>;

/// Blocks of a session here.
const SESSION: u32 = 10;

/// Alice authors alone.
fn on_a_chain_of_short_sessions(test: impl FnOnce()) {
    on_a_chain_with(serde_json::json!({ "authorities": { "sessionLength": SESSION } }), test);
}

fn grandpa_key(uri: &str) -> ed25519::Public {
    ed25519::Pair::from_string(uri, None).expect("the URI is valid").public()
}

/// Bob's account takes the keys of `uri`.
fn set_keys(account: &str, uri: &str) -> Result<(), Refused> {
    let keys = SessionKeys { aura: pair(uri).public().into(), grandpa: grandpa_key(uri).into() };
    submit(account, pallet_session::Call::set_keys { keys, proof: Vec::new() })
}

fn add(uri: &str) -> Result<(), Refused> {
    as_root(Call::add { authority: account(uri) })
}

fn remove(uri: &str) -> Result<(), Refused> {
    as_root(Call::remove { authority: account(uri) })
}

/// Who authors now, and who finalises from the next round on.
fn keys_in_force() -> (Vec<sp_core::sr25519::Public>, Vec<ed25519::Public>) {
    let aura = pallet_aura::Authorities::<Runtime>::get().into_iter().map(Into::into).collect();
    let grandpa = Grandpa::grandpa_authorities().into_iter().map(|(key, _)| key.into()).collect();
    (aura, grandpa)
}

fn keys_of(uris: &[&str]) -> (Vec<sp_core::sr25519::Public>, Vec<ed25519::Public>) {
    (uris.iter().map(|uri| pair(uri).public()).collect(), uris.iter().map(|uri| grandpa_key(uri)).collect())
}

/// Until the session after the next has begun, where nothing of the change is outstanding any more.
fn run_two_sessions() {
    run_to_block((System::block_number() / SESSION + 2) * SESSION + 1);
}

#[test]
fn an_authority_that_root_adds_authors_and_finalises_after_two_sessions() {
    on_a_chain_of_short_sessions(|| {
        set_keys("//Bob", "//Bob").unwrap();
        add("//Bob").unwrap();
        run_to_block(2 * SESSION - 1);
        let read = plexus_runtime::authorities_info();
        let bob = primitives::AuthorityInfo { account: account("//Bob"), listed: true, active: false };
        assert_eq!((read.session, read.next_session, &read.authorities[1]), (1, 2 * SESSION, &bob));
        assert_eq!(keys_in_force(), keys_of(&["//Alice"]), "the change was announced, and is not in force yet");
        run_to_block(2 * SESSION);
        next_block();
        assert_eq!(keys_in_force(), keys_of(&["//Alice", "//Bob"]));
    });
}

#[test]
fn an_authority_that_root_removes_leaves_after_two_sessions() {
    on_a_chain_of_short_sessions(|| {
        set_keys("//Bob", "//Bob").unwrap();
        add("//Bob").unwrap();
        remove("//Alice").unwrap();
        run_two_sessions();
        assert_eq!(keys_in_force(), keys_of(&["//Bob"]));
        assert_eq!(Authorities::authorities(), [account("//Bob")]);
    });
}

#[test]
fn an_authority_replaces_its_keys_without_asking_root() {
    on_a_chain_of_short_sessions(|| {
        set_keys("//Alice", "//Alice//new").unwrap();
        run_two_sessions();
        assert_eq!(keys_in_force(), keys_of(&["//Alice//new"]));
    });
}

#[test]
fn sessions_without_a_change_keep_the_set_of_voters() {
    on_a_chain_of_short_sessions(|| {
        run_to_block(5 * SESSION);
        assert_eq!((plexus_runtime::Session::current_index(), Grandpa::current_set_id()), (5, 0));
    });
}

#[test]
fn the_first_block_of_a_session_takes_calls_too() {
    on_a_chain_of_short_sessions(|| {
        run_to_block(SESSION);
        assert_eq!(pallet_session::CurrentIndex::<Runtime>::get(), 1);
        let transfer = pallet_balances::Call::transfer_keep_alive { dest: account("//Bob").into(), value: 1_000 };
        submit("//Alice", transfer).expect("the block is not full");
    });
}

#[test]
fn an_authority_needs_session_keys_first() {
    on_a_chain(|| {
        assert_eq!(add("//Bob"), refusal(E::NoSessionKeys));
    });
}

#[test]
fn nobody_can_take_its_session_keys_away() {
    on_a_chain(|| {
        let purge = RuntimeCall::Session(pallet_session::Call::purge_keys {});
        assert_eq!(submit("//Alice", purge), refusal(frame_system::Error::<Runtime>::CallFiltered));
    });
}

#[test]
fn the_last_authority_cannot_be_removed() {
    on_a_chain(|| {
        assert_eq!(remove("//Alice"), refusal(E::LastAuthority));
        assert_eq!(remove("//Bob"), refusal(E::NotAuthority));
    });
}

#[test]
fn an_authority_is_listed_once() {
    on_a_chain(|| {
        assert_eq!(add("//Alice"), refusal(E::AlreadyAuthority));
    });
}

#[test]
fn only_root_changes_the_list() {
    on_a_chain(|| {
        let refused = refusal(sp_runtime::DispatchError::BadOrigin);
        assert_eq!(submit("//Alice", Call::add { authority: account("//Bob") }), refused);
        assert_eq!(submit("//Alice", Call::remove { authority: account("//Alice") }), refused);
    });
}

#[test]
fn there_are_at_most_32_authorities() {
    on_a_chain(|| {
        set_keys("//Bob", "//Bob").unwrap();
        let others = (0..MOST_AUTHORITIES - 1).map(|index| account(&format!("//Alice//{index}")));
        let full: Vec<AccountId> = std::iter::once(account("//Alice")).chain(others).collect();
        let before = pallet_authorities::Authorities::<Runtime>::get();
        pallet_authorities::Authorities::<Runtime>::put(frame_support::BoundedVec::truncate_from(full));
        assert_eq!(add("//Bob"), refusal(E::TooManyAuthorities));
        pallet_authorities::Authorities::<Runtime>::put(before);
    });
}
