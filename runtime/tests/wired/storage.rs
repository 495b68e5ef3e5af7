//! What a subnet leaves behind in the chain's raw storage: nothing.

use crate::{chain::*, state::all_keys};
use frame_metadata::{
    v14::{StorageEntryMetadata, StorageEntryType},
    RuntimeMetadata,
};
use frame_support::traits::StorageInfoTrait;
use plexus_runtime::{Runtime, System};
use primitives::{is_worth, Axon, Hyperparams, IpAddress, SubnetIdentity, Work, MAX_ROOT_SEATS, MAX_UIDS, TOKEN};
use scale_info::{form::PortableForm, TypeDef};
use sp_core::twox_128;
use std::collections::BTreeSet;

/// What may be there although it was not before the subnet: it belongs to accounts, to the whole network or to blocks.
const EXPLAINED: [(&str, &str); 16] = [
    ("System", "Account"),     // whoever signed has a nonce
    ("System", "BlockHash"),   // one for each block since
    ("Balances", "Holds"),     // the list of the owner's holds, which is empty again
    ("Subnets", "NetUids"),    // the list of all subnets, which is empty again
    ("Subnets", "Last"),       // the last creation sets the next one's price
    ("Emission", "Carry"),     // what was pending is minted for others
    ("Stake", "Owner"),        // a hotkey stays its coldkey's
    ("Stake", "Hotkeys"),      // the same by coldkey
    ("Stake", "HotkeyOf"),     // stake lies in pools, which have names
    ("Stake", "LastPool"),     // names are used once
    ("Stake", "Positions"),    // stake lies on hotkeys, not in subnets
    ("Stake", "ByColdkey"),    // the same by coldkey
    ("Stake", "Pools"),        // the same in sum
    ("Stake", "RipeDeposits"), // stake that has waited and that its owner has not touched since
    ("Root", "Seats"),         // who sits on root sits there for all subnets
    ("Root", "Shares"),        // the list of all shares, which is empty again
];

pub fn prefix((pallet, item): (&str, &str)) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// The pallet and the item that a key belongs to.
pub fn owner_of(key: &[u8]) -> String {
    let items = plexus_runtime::AllPalletsWithSystem::storage_info();
    let item = items.into_iter().find(|item| key.starts_with(&item.prefix));
    item.map_or("an unknown item".into(), |item| {
        let name = |bytes| String::from_utf8(bytes).expect("names are text");
        format!("{}.{}", name(item.pallet_name), name(item.storage_name))
    })
}

/// Between two blocks, as a node stores it.
fn keys_between_blocks() -> BTreeSet<Vec<u8>> {
    next_block();
    all_keys()
}

/// Everything that can be done in a subnet, so that every pallet has something to forget.
fn use_everything() {
    create_network();
    set_params(Hyperparams { min_difficulty: 1, max_uids: 5, max_validators: 5, ..params() });
    submit(
        "//Alice",
        pallet_hyperparams::Call::set { netuid: SUBNET, params: Hyperparams { immunity_period: 7, ..params() } },
    )
    .unwrap();
    let identity = SubnetIdentity { name: "Text".into(), ..Default::default() };
    submit("//Alice", pallet_subnets::Call::describe { netuid: SUBNET, identity }).unwrap();
    let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1, version: 1 };
    submit("//Dave//hotkey", pallet_neurons::Call::serve_axon { netuid: SUBNET, axon }).unwrap();
    submit("//Dave//hotkey", pallet_neurons::Call::serve_prometheus { netuid: SUBNET, endpoint: axon }).unwrap();
    submit("//Dave//hotkey", pallet_commitments::Call::publish { netuid: SUBNET, data: b"model".to_vec() }).unwrap();
    for hotkey in ["//Bob//hotkey", "//Charlie//hotkey"] {
        set_weights(hotkey, &[(2, 2), (3, 1)]).unwrap();
    }
    run_epoch();
    let (block, hotkey) = (System::block_number() - 1, account("//Ferdie//hotkey"));
    let work = Work {
        block_hash: System::block_hash(block),
        netuid: SUBNET,
        hotkey: hotkey.clone(),
        coldkey: account("//Ferdie"),
    };
    let nonce = (0..).find(|nonce| is_worth(&work.seal(*nonce), 1)).unwrap();
    submit("//Ferdie", pallet_neurons::Call::register_pow { netuid: SUBNET, hotkey, block_number: block, nonce })
        .unwrap();
    stake("//Eve", "//Bob//hotkey", 5 * TOKEN).unwrap();
    register("//Eve", "//Eve//replaces//one").unwrap();
    run_epoch();
}

#[test]
fn a_dissolved_subnet_leaves_no_key_in_storage() {
    on_a_chain(|| {
        let before = keys_between_blocks();
        use_everything();
        let used = all_keys();
        submit("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }).unwrap();
        let after = keys_between_blocks();

        let explained = |key: &&Vec<u8>| EXPLAINED.iter().any(|item| key.starts_with(&prefix(*item)));
        let left = after.difference(&before).filter(|key| !explained(key));
        assert_eq!(left.map(|key| owner_of(key)).collect::<Vec<_>>(), [""; 0]);
        let gone = used.difference(&after).count();
        assert!(gone > 20, "the subnet had only {gone} keys: is it still used to the full?");
    });
}

#[test]
fn each_explanation_is_of_something_that_is_there() {
    on_a_chain(|| {
        use_everything();
        let keys = all_keys();
        for item in EXPLAINED {
            assert!(keys.iter().any(|key| key.starts_with(&prefix(item))), "{item:?} needs no explanation");
        }
    });
}

/// Storage maps with an entry for each seat or hotkey of each subnet.
fn maps_by_seat() -> usize {
    let RuntimeMetadata::V14(metadata) = Runtime::metadata().1 else { panic!("the runtime's own metadata is V14") };
    let name = |id: u32| metadata.types.resolve(id).expect("the registry is whole").path.segments.last();
    let is_by_subnet = |key: u32| match &metadata.types.resolve(key).expect("the registry is whole").type_def {
        TypeDef::Tuple(keys) => name(keys.fields[0].id).is_some_and(|name| name == "NetUid"),
        _ => false,
    };
    let entries = metadata.pallets.iter().filter_map(|pallet| pallet.storage.as_ref()).flat_map(|all| &all.entries);
    let of_many = |entry: &&StorageEntryMetadata<PortableForm>| match &entry.ty {
        StorageEntryType::Map { key, .. } => is_by_subnet(key.id),
        StorageEntryType::Plain(_) => false,
    };
    entries.filter(of_many).count()
}

#[test]
fn a_dissolution_declares_every_key_that_the_largest_subnet_can_have() {
    on_a_chain(|| {
        let declared = <Runtime as pallet_subnets::Config>::MostKeys::get();
        // In each map a seat has one key; ties are bounded by themselves. It also has its account.
        let by_seat = maps_by_seat() as u32 - 1;
        let least = (by_seat + 1) * MAX_UIDS + pallet_childkeys::MAX_TIES + MAX_ROOT_SEATS;
        assert!((least..least + 100).contains(&declared), "{declared} keys declared, at least {least} needed");
    });
}
