//! Each call says that it weighs something, and that it fits into a block, also where its arguments are largest.

use crate::{chain::*, rights::every_call, support::limits};
use frame_support::{
    dispatch::{DispatchInfo, GetDispatchInfo},
    traits::GetCallMetadata,
    weights::Weight,
};
use plexus_runtime::{Runtime, RuntimeCall, System};
use primitives::{Loan, NetUid, Reveal, MAX_COMMITMENT, MAX_OPEN_COMMITS, MAX_SUBNETS, MAX_UIDS, TOKEN};
use scale_info::{form::PortableForm, PortableRegistry, Registry, TypeDef};
use std::collections::{BTreeMap, BTreeSet};

/// They weigh what root says.
const WEIGHED_BY_ROOT: [&str; 2] = ["Sudo.sudo_unchecked_weight", "Utility.with_weight"];

/// Pallets of polkadot-sdk, whose calls are bounded by the length of a block.
const STOCK: [&str; 14] = [
    "Identity",
    "System",
    "Timestamp",
    "Grandpa",
    "Balances",
    "Utility",
    "Sudo",
    "Proxy",
    "Multisig",
    "Scheduler",
    "Preimage",
    "SafeMode",
    "Session",
    "Triumvirate",
];

fn name_of(call: &RuntimeCall) -> String {
    let names = call.get_call_metadata();
    format!("{}.{}", names.pallet_name, names.function_name)
}

/// Our calls whose arguments vary in length, each with the longest that it accepts.
fn longest() -> BTreeMap<String, RuntimeCall> {
    let uids: Vec<u16> = (0..MAX_UIDS as u16).collect();
    let row = || Reveal { uids: uids.clone(), values: uids.clone(), salt: [0; 32], version: 0 };
    let reveals = vec![row(); MAX_OPEN_COMMITS as usize].try_into().expect("as many as may be open");
    let netuids: Vec<_> = (1..=MAX_SUBNETS as u16).map(NetUid).collect();
    let loan = Loan { proportion: 1, hotkey: account("//Bob") };
    let remark = vec![0; pallet_governance::CALL_BYTES as usize];
    let calls: [RuntimeCall; 6] = [
        pallet_commitments::Call::publish { netuid: SUBNET, data: vec![0; MAX_COMMITMENT as usize] }.into(),
        pallet_governance::Call::propose { call: Box::new(frame_system::Call::remark { remark }.into()) }.into(),
        pallet_childkeys::Call::set_children {
            netuid: SUBNET,
            hotkey: account("//Alice"),
            children: vec![loan; pallet_childkeys::MAX_CHILDREN as usize],
        }
        .into(),
        pallet_root::Call::set_weights { values: vec![1; netuids.len()], netuids }.into(),
        pallet_weights::Call::set_weights { netuid: SUBNET, values: uids.clone(), uids: uids.clone(), version: 0 }
            .into(),
        pallet_weights::Call::reveal { netuid: SUBNET, reveals }.into(),
    ];
    calls.into_iter().map(|call| (name_of(&call), call)).collect()
}

/// Whether values of a type vary in length by more than an enum does.
fn varies(types: &PortableRegistry, id: u32, seen: &mut BTreeSet<u32>) -> bool {
    if !seen.insert(id) {
        return false;
    }
    let mut any = |ids: Vec<u32>| ids.into_iter().any(|id| varies(types, id, seen));
    let of = |fields: &[scale_info::Field<PortableForm>]| fields.iter().map(|field| field.ty.id).collect();
    match &types.resolve(id).expect("the registry is whole").type_def {
        TypeDef::Sequence(_) => true,
        TypeDef::Composite(composite) => any(of(&composite.fields)),
        TypeDef::Variant(variant) => any(variant.variants.iter().flat_map(|variant| of(&variant.fields)).collect()),
        TypeDef::Array(array) => any(vec![array.type_param.id]),
        TypeDef::Tuple(tuple) => any(tuple.fields.iter().map(|field| field.id).collect()),
        _ => false,
    }
}

/// The names of our calls with an argument of a type that varies in length.
fn calls_of_varying_length() -> BTreeSet<String> {
    let mut registry = Registry::new();
    let root = registry.register_type(&scale_info::meta_type::<RuntimeCall>()).id;
    let types: PortableRegistry = registry.into();
    let variants = |id: u32| match &types.resolve(id).expect("the registry is whole").type_def {
        TypeDef::Variant(variant) => variant.variants.clone(),
        other => panic!("calls are enums, not {other:?}"),
    };
    let mut names = BTreeSet::new();
    for pallet in variants(root).into_iter().filter(|pallet| !STOCK.contains(&pallet.name.as_str())) {
        for call in variants(pallet.fields[0].ty.id) {
            if call.fields.iter().any(|field| varies(&types, field.ty.id, &mut BTreeSet::new())) {
                names.insert(format!("{}.{}", pallet.name, call.name));
            }
        }
    }
    names
}

/// The most that a call of this class may weigh.
fn most(info: &DispatchInfo) -> Weight {
    let limits = limits();
    limits.get(info.class).max_extrinsic.unwrap_or(limits.max_block)
}

#[test]
fn every_call_weighs_something_and_fits_into_a_block() {
    on_a_chain(|| {
        for (name, call) in every_call() {
            let info = call.get_dispatch_info();
            let zero = info.call_weight.ref_time() == 0;
            assert_eq!(zero, WEIGHED_BY_ROOT.contains(&name.as_str()), "{name} weighs {}", info.call_weight);
            assert!(info.total_weight().all_lte(most(&info)), "{name} weighs {}, too much", info.call_weight);
        }
    });
}

#[test]
fn our_longest_calls_fit_into_a_block() {
    let longest = longest();
    assert_eq!(longest.keys().cloned().collect::<BTreeSet<_>>(), calls_of_varying_length());
    on_a_chain(|| {
        for (name, call) in longest {
            let info = call.get_dispatch_info();
            assert!(info.total_weight().all_lte(most(&info)), "{name} weighs {}, too much", info.call_weight);
        }
    });
}

#[test]
fn a_motion_can_do_the_dearest_thing_that_root_can() {
    on_a_chain(|| {
        let most = <Runtime as pallet_governance::Config>::MaxCallWeight::get();
        let stock = |name: &str| STOCK.iter().any(|pallet| name.starts_with(&format!("{pallet}.")));
        // Closing a motion takes room for another one's call.
        for (name, call) in every_call().into_iter().filter(|(name, _)| !stock(name) && name != "Governance.close") {
            let weight = call.get_dispatch_info().call_weight;
            assert!(weight.all_lte(most), "{name} weighs {weight}, too much for a motion");
        }
    });
}

/// What an extrinsic takes of its block, whatever becomes of it, in thousandths.
fn per_mille_of_a_block(uri: &str, call: impl Into<RuntimeCall>) -> u64 {
    let used = || System::block_weight().total().ref_time();
    let before = used();
    let _ = submit(uri, call);
    (used() - before) * 1_000 / limits().max_block.ref_time()
}

#[test]
fn what_is_dearest_at_its_worst_takes_little_where_it_does_little() {
    on_a_chain(|| {
        create_network();
        let hotkey = || account("//Ferdie//hotkey");
        let register = pallet_neurons::Call::register { netuid: SUBNET, hotkey: hotkey(), max_burn: 1_000 * TOKEN };
        assert!(per_mille_of_a_block("//Ferdie", register) < 2);
        assert_eq!(metagraph().neurons.len(), 5);
        let of_another = pallet_subnets::Call::create { owner_hotkey: account("//Bob//hotkey") };
        assert!(per_mille_of_a_block("//Ferdie", of_another) < 20, "it found no place");
        assert!(per_mille_of_a_block("//Ferdie", pallet_subnets::Call::create { owner_hotkey: hotkey() }) < 2);
        assert!(per_mille_of_a_block("//Ferdie", pallet_subnets::Call::dissolve { netuid: SUBNET }) < 10, "refused");
        assert!(per_mille_of_a_block("//Alice", pallet_subnets::Call::dissolve { netuid: SUBNET }) < 10);
        assert!(plexus_runtime::metagraph_of(SUBNET).is_none());
    });
}
