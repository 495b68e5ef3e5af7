use crate::chain::*;
use pallet_identity::{legacy::IdentityInfo, Data};
use pallet_subnets::Error;
use plexus_runtime::{delegates_info, identity_of, Balances, Runtime, System};
use primitives::{Identity, SubnetIdentity, TOKEN};
use sp_runtime::DispatchError;

type SubnetError = Error<Runtime>;

fn named(name: &str) -> SubnetIdentity {
    SubnetIdentity { name: name.into(), url: "https://text.example".into(), ..Default::default() }
}

fn describe(uri: &str, identity: SubnetIdentity) -> Result<(), Refused> {
    submit(uri, pallet_subnets::Call::describe { netuid: SUBNET, identity })
}

#[test]
fn an_owner_describes_its_subnet_and_everybody_reads_it() {
    on_a_chain(|| {
        create_subnet();
        assert_eq!(metagraph().subnet.identity, SubnetIdentity::default());
        describe("//Alice", named("Text")).unwrap();
        assert_eq!(metagraph().subnet.identity, named("Text"));
        assert_eq!(describe("//Bob", named("Mine")), refusal(SubnetError::NotOwner));
        let elsewhere = pallet_subnets::Call::describe { netuid: 9.into(), identity: named("Text") };
        assert_eq!(submit("//Alice", elsewhere), refusal(SubnetError::NoSuchSubnet));
    });
}

#[test]
fn a_subnet_is_described_once_in_a_hundred_blocks_but_root_does_not_wait() {
    on_a_chain(|| {
        create_subnet();
        describe("//Alice", named("Text")).unwrap();
        let described = System::block_number();
        as_root(pallet_subnets::Call::describe { netuid: SUBNET, identity: SubnetIdentity::default() }).unwrap();
        assert_eq!(metagraph().subnet.identity, SubnetIdentity::default());
        assert_eq!(metagraph().subnet.describable_from, described + 100);
        run_to_block(described + 99);
        assert_eq!(describe("//Alice", named("Again")), refusal(SubnetError::DescribedTooSoon));
        next_block();
        describe("//Alice", named("Again")).unwrap();
    });
}

#[test]
fn what_is_too_long_or_does_not_show_as_itself_describes_no_subnet() {
    on_a_chain(|| {
        create_subnet();
        assert_eq!(describe("//Alice", named(&"x".repeat(65))), refusal(SubnetError::TextTooLong));
        for surprise in ["a\nb", "\u{1b}[2J", "\u{202e}txeT"] {
            assert_eq!(describe("//Alice", named(surprise)), refusal(SubnetError::TextNotPlain), "{surprise:?}");
        }
        describe("//Alice", named("文字 · Text")).unwrap();
    });
}

#[test]
fn a_subnet_that_takes_anothers_place_inherits_no_description() {
    on_a_chain(|| {
        create_subnet();
        describe("//Alice", named("Text")).unwrap();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") }).unwrap();
        assert_eq!(metagraph().subnet.owner, account("//Bob"));
        assert_eq!(metagraph().subnet.identity, SubnetIdentity::default());
        describe("//Bob", named("Other")).expect("nor its pace");
    });
}

fn raw(bytes: &[u8]) -> Data {
    Data::Raw(bytes.to_vec().try_into().expect("at most 32 bytes"))
}

fn set_identity(uri: &str, display: Data) -> Result<(), Refused> {
    let info = IdentityInfo { display, web: raw(b"bob.example"), ..Default::default() };
    submit(uri, pallet_identity::Call::set_identity { info: Box::new(info) })
}

#[test]
fn a_coldkeys_identity_costs_a_deposit_that_comes_back_and_names_its_delegates() {
    on_a_chain(|| {
        create_network();
        assert_eq!(identity_of(&account("//Bob")), None);
        set_identity("//Bob", raw(b"Bob & Co")).unwrap();
        let expected = Identity { name: "Bob & Co".into(), url: "bob.example".into(), ..Default::default() };
        assert_eq!(identity_of(&account("//Bob")), Some(expected));
        let names: Vec<_> = delegates_info().into_iter().map(|delegate| delegate.name).collect();
        assert!(names.contains(&"Bob & Co".into()) && names.contains(&String::new()), "{names:?}");

        // Each text has a byte for its length, and each of the seven that are empty one for nothing.
        let bytes = (1 + 8) + (1 + 11) + 7;
        assert_eq!(Balances::reserved_balance(account("//Bob")), TOKEN / 20 + bytes * TOKEN / 10_000);
        submit("//Bob", pallet_identity::Call::clear_identity {}).unwrap();
        assert_eq!(Balances::reserved_balance(account("//Bob")), 0);
        assert_eq!(identity_of(&account("//Bob")), None);
    });
}

#[test]
fn an_identity_is_read_without_what_does_not_show_as_itself() {
    on_a_chain(|| {
        set_identity("//Bob", raw(b"B\x1b[2Job\n\xff")).unwrap();
        assert_eq!(identity_of(&account("//Bob")).unwrap().name, "B[2Job\u{fffd}");
        set_identity("//Bob", Data::Sha256([7; 32])).unwrap();
        assert_eq!(identity_of(&account("//Bob")).unwrap().name, "");
    });
}

#[test]
fn nobody_hands_out_user_names_and_an_identity_names_no_other_accounts() {
    on_a_chain(|| {
        let authority = account("//Alice").into();
        let add = pallet_identity::Call::add_username_authority { authority, suffix: b"test".to_vec(), allocation: 9 };
        assert_eq!(as_root(add), refusal(DispatchError::BadOrigin));
        set_identity("//Bob", raw(b"Bob")).unwrap();
        let add = pallet_identity::Call::add_sub { sub: account("//Eve").into(), data: Data::None };
        assert_eq!(submit("//Bob", add), refusal(pallet_identity::Error::<Runtime>::TooManySubAccounts));
        let registrar = || pallet_identity::Call::add_registrar { account: account("//Eve").into() };
        assert_eq!(submit("//Bob", registrar()), refusal(DispatchError::BadOrigin));
        as_root(registrar()).expect("root names registrars");
    });
}
