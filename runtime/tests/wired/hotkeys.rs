//! A hotkey is swapped for a new one: everything goes with it, nothing stays behind, and nobody gains by it.

use crate::{
    chain::*,
    reads::listen,
    renaming::{assert_same, mentions, renamed, substance},
    state::raw_state,
    support::lend,
};
use chain_traits::{HotkeyOwners, StakeOf};
use frame_support::dispatch::GetDispatchInfo;
use pallet_keys::Error;
use plexus_runtime::{Childkeys, Governance, Keys, Runtime, Stake, System, Weights};
use primitives::{AccountId, Amount, Axon, Hyperparams, IpAddress, Loan, Metagraph, NetUid, Reveal, TOKEN};
use std::{collections::BTreeSet, ops::Range};

type KeysError = Error<Runtime>;

const OLD: &str = "//Bob//hotkey";
const NEW: &str = "//Bob//second";
const CHILD: &str = "//Dave//hotkey";
const PARENT: &str = "//Charlie//hotkey";
const QUARTER: u64 = u64::MAX / 4;
/// The subnet that belongs to the old hotkey.
const OWN: NetUid = NetUid(2);

fn swap(coldkey: &str, old: &str, new: &str) -> Result<(), Refused> {
    submit(coldkey, pallet_keys::Call::swap_hotkey { old: account(old), new: account(new) })
}

/// What a seat says about itself.
fn announce(hotkey: &str) {
    let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1, version: 1 };
    submit(hotkey, pallet_neurons::Call::serve_axon { netuid: SUBNET, axon }).unwrap();
    submit(hotkey, pallet_neurons::Call::serve_prometheus { netuid: SUBNET, endpoint: axon }).unwrap();
    submit(hotkey, pallet_commitments::Call::publish { netuid: SUBNET, data: b"model".to_vec() }).unwrap();
}

/// Gives the old hotkey one of everything that a hotkey can have.
fn use_everything() {
    create_network();
    submit("//Bob", pallet_subnets::Call::create { owner_hotkey: account(OLD) }).unwrap();
    let seat = pallet_neurons::Call::register { netuid: OWN, hotkey: account(OLD), max_burn: TOKEN };
    submit("//Bob", seat).unwrap();
    stake("//Eve", OLD, 50 * TOKEN).unwrap();
    announce(OLD);
    submit("//Bob", pallet_stake::Call::set_take { hotkey: account(OLD), take: 5_000 }).unwrap();
    submit("//Bob", pallet_childkeys::Call::set_take { netuid: SUBNET, hotkey: account(OLD), take: 6_000 }).unwrap();
    for netuid in [SUBNET, OWN] {
        lend(netuid, "//Bob", OLD, &[(QUARTER, CHILD), (QUARTER, "//Eve//hotkey")]).unwrap();
        lend(netuid, "//Charlie", PARENT, &[(QUARTER, OLD)]).unwrap();
    }
    set_weights(OLD, &[(2, 2), (3, 1)]).unwrap();
    set_weights(PARENT, &[(2, 1), (3, 1)]).unwrap();
    run_epoch();
    submit("//Bob", pallet_root::Call::register { hotkey: account(OLD) }).unwrap();
    set_root_weights(OLD, &[(SUBNET, 2), (OWN, 1)]).unwrap();
    let call = Box::new(frame_system::Call::remark { remark: Vec::new() }.into());
    submit("//Alice", pallet_governance::Call::propose { call }).unwrap();
    submit("//Bob", pallet_governance::Call::vote { hotkey: account(OLD), motion: 0, approve: true }).unwrap();
    stake("//Ferdie", OLD, 7 * TOKEN).unwrap();
}

#[test]
fn a_swap_renames_the_hotkey_wherever_it_stands_and_changes_nothing_else() {
    on_a_chain(|| {
        use_everything();
        let before = substance();
        let stands = [
            "Subnets.Registry",
            "Neurons.Seats",
            "Neurons.Uids",
            "Stake.Owner",
            "Stake.Hotkeys",
            "Stake.Pools",
            "Stake.HotkeyOf",
            "Stake.Takes",
            "Root.Seats",
            "Root.Rows",
            "Childkeys.Ties",
            "Governance.Motions",
        ];
        assert_eq!(
            mentions(&before, &account(OLD)).into_iter().collect::<BTreeSet<_>>(),
            stands.map(Into::into).into()
        );
        swap("//Bob", OLD, NEW).unwrap();
        assert_same(&substance(), &renamed(&before, &account(OLD), &account(NEW)));
    });
}

#[test]
fn after_a_swap_the_old_hotkey_stands_nowhere_but_among_the_retired() {
    on_a_chain(|| {
        use_everything();
        let seats = System::sufficients(&account(OLD));
        assert_eq!(seats, 3, "two seats and one on root");
        swap("//Bob", OLD, NEW).unwrap();
        next_block();
        assert_eq!(mentions(&raw_state(), &account(OLD)), ["Keys.Successors"]);
        assert_eq!(System::sufficients(&account(NEW)), seats);
    });
}

/// A network some epochs after Bob may have swapped his hotkey; as it would read if he had not.
fn epochs_after(swapped: bool) -> (Vec<Metagraph>, Vec<Amount>) {
    let mut seen = (Vec::new(), Vec::new());
    on_a_chain(|| {
        use_everything();
        if swapped {
            swap("//Bob", OLD, NEW).unwrap();
        }
        for _ in 0..4 {
            let mut metagraph = run_epoch();
            metagraph.total_issuance = 0;
            let mine = metagraph.neurons.iter_mut().filter(|neuron| neuron.hotkey == account(NEW));
            mine.for_each(|neuron| neuron.hotkey = account(OLD));
            seen.0.push(metagraph);
            seen.1.extend(["//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"].map(staked));
        }
    });
    seen
}

#[test]
fn epochs_pay_the_same_to_the_unit_after_a_swap() {
    let (with, without) = (epochs_after(true), epochs_after(false));
    assert!(with.0[3].neurons[0].dividends > 0 && with.0[3].neurons[2].incentive > 0);
    assert_eq!(with, without);
}

#[test]
fn a_swap_keeps_children_and_parents_in_every_subnet() {
    on_a_chain(|| {
        use_everything();
        let before = [SUBNET, OWN].map(|netuid| Childkeys::keys_of(netuid, &account(OLD)));
        swap("//Bob", OLD, NEW).unwrap();
        assert_eq!([SUBNET, OWN].map(|netuid| Childkeys::keys_of(netuid, &account(NEW))), before);
        assert_eq!((before[0].children.len(), before[0].parents.len()), (2, 1));
        for netuid in [SUBNET, OWN] {
            assert_eq!(Childkeys::keys_of(netuid, &account(CHILD)).parents[0].hotkey, account(NEW));
            assert_eq!(Childkeys::keys_of(netuid, &account(PARENT)).children[0].hotkey, account(NEW));
        }
    });
}

#[test]
fn nominators_see_and_take_their_stake_under_the_new_hotkey_at_once() {
    on_a_chain(|| {
        use_everything();
        let counts = Stake::stake(&account(OLD));
        let before = ["//Bob", "//Eve", "//Ferdie"].map(staked);
        swap("//Bob", OLD, NEW).unwrap();
        assert_eq!(["//Bob", "//Eve", "//Ferdie"].map(staked), before);
        assert_eq!((Stake::stake(&account(NEW)), Stake::stake(&account(OLD))), (counts, 0));
        assert_eq!(Stake::positions_of(&account("//Ferdie")), [(account(NEW), 7 * TOKEN)], "it waits there");
        submit("//Eve", pallet_stake::Call::remove_all { hotkey: account(NEW) }).unwrap();
        assert!(Stake::positions_of(&account("//Eve")).iter().all(|(hotkey, _)| *hotkey != account(NEW)));
        stake("//Ferdie", NEW, TOKEN).unwrap();
        let unknown = pallet_stake::Error::<Runtime>::UnknownHotkey;
        assert_eq!(stake("//Ferdie", OLD, TOKEN), refusal(unknown));
    });
}

#[test]
fn the_new_hotkey_signs_for_its_seats_and_the_old_one_no_longer() {
    on_a_chain(|| {
        use_everything();
        swap("//Bob", OLD, NEW).unwrap();
        run_epoch();
        assert!(matches!(set_weights(OLD, &[(2, 1)]), Err(Refused::ByThePool(_))));
        set_weights(NEW, &[(2, 1)]).expect("free for who holds the seat");
        set_root_weights(NEW, &[(SUBNET, 1)]).expect("root weights too");
        let hotkey = account(NEW);
        submit("//Bob", pallet_governance::Call::vote { hotkey, motion: 0, approve: false })
            .expect("it sits in the Senate");
        let motion = Governance::info(Vec::new()).motions.remove(0);
        assert_eq!((motion.ayes, motion.nays), (vec![], vec![account(NEW)]), "a senator has one vote");
    });
}

#[test]
fn only_the_owner_swaps_a_hotkey_and_only_for_one_that_is_new() {
    on_a_chain(|| {
        use_everything();
        assert_eq!(swap("//Eve", OLD, NEW), refusal(KeysError::HotkeyOfAnother));
        assert_eq!(swap("//Bob", "//Nobody", NEW), refusal(KeysError::UnknownHotkey));
        assert_eq!(swap("//Bob", OLD, OLD), refusal(KeysError::HotkeyInUse));
        assert_eq!(swap("//Bob", OLD, CHILD), refusal(KeysError::HotkeyInUse));
        register("//Bob", "//Bob//third").unwrap();
        assert_eq!(swap("//Bob", OLD, "//Bob//third"), refusal(KeysError::HotkeyInUse), "not even its own");
        assert_eq!(Stake::coldkey_of(&account(OLD)), Some(account("//Bob")));
    });
}

#[test]
fn a_hotkey_that_was_swapped_away_never_comes_back() {
    on_a_chain(|| {
        create_network();
        swap("//Bob", OLD, NEW).unwrap();
        let retired = || refusal(pallet_stake::Error::<Runtime>::HotkeyRetired);
        assert_eq!(register("//Eve", OLD), retired());
        assert_eq!(register("//Bob", OLD), retired(), "not even for whoever had it");
        assert_eq!(swap("//Bob", NEW, OLD), refusal(KeysError::HotkeyRetired));
        assert_eq!(swap("//Bob", OLD, "//Bob//third"), refusal(KeysError::UnknownHotkey));
        swap("//Bob", NEW, "//Bob//third").unwrap();
        assert_eq!(register("//Eve", NEW), retired());
    });
}

#[test]
fn a_swap_burns_its_fee_and_its_successor_waits_for_the_interval() {
    let rules = serde_json::json!({ "keys": { "rules": { "hotkeyFee": 3 * TOKEN, "hotkeyInterval": 50 } } });
    on_a_chain_with(rules, || {
        create_network();
        let (before, issued) = (balance("//Bob"), issuance());
        swap("//Bob", OLD, NEW).unwrap();
        let paid = before - balance("//Bob");
        assert_eq!(issued - issuance(), paid, "all of it is burned");
        assert!(
            (3 * TOKEN..3 * TOKEN + TOKEN / 100).contains(&paid),
            "{paid}: the price of a swap, and the fee of a call that looks at one subnet"
        );
        let swapped = System::block_number();
        run_to_block(swapped + 49);
        assert_eq!(swap("//Bob", NEW, "//Bob//third"), refusal(KeysError::SwappedTooSoon));
        register("//Bob", "//Bob//other").unwrap();
        swap("//Bob", "//Bob//other", "//Bob//another").expect("the other hotkeys of a coldkey need not wait");
        next_block();
        swap("//Bob", NEW, "//Bob//third").unwrap();
    });
}

#[test]
fn who_cannot_pay_the_fee_keeps_its_hotkey() {
    on_a_chain_with(serde_json::json!({ "keys": { "rules": { "hotkeyFee": 2_000_000 * TOKEN } } }), || {
        use_everything();
        let before = substance();
        assert_eq!(swap("//Bob", OLD, NEW), refusal(KeysError::CannotPayFee));
        assert_same(&substance(), &before);
    });
}

#[test]
fn a_swap_resets_no_rate_limit() {
    on_a_chain(|| {
        use_everything();
        set_params(Hyperparams { weights_rate_limit: 1_000, serving_rate_limit: 1_000, ..params() });
        give(NEW, TOKEN);
        swap("//Bob", OLD, NEW).unwrap();
        assert_eq!(set_weights(NEW, &[(2, 1)]), refusal(pallet_weights::Error::<Runtime>::SetTooSoon));
        let publish = pallet_commitments::Call::publish { netuid: SUBNET, data: b"other".to_vec() };
        assert_eq!(submit(NEW, publish), refusal(pallet_commitments::Error::<Runtime>::PublishedTooSoon));
        let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 2, version: 1 };
        let serve = pallet_neurons::Call::serve_axon { netuid: SUBNET, axon };
        assert_eq!(submit(NEW, serve), refusal(pallet_neurons::Error::<Runtime>::ServedTooSoon));
        let take = pallet_childkeys::Call::set_take { netuid: SUBNET, hotkey: account(NEW), take: 0 };
        assert_eq!(submit("//Bob", take), refusal(pallet_childkeys::Error::<Runtime>::ChangedTooSoon));
    });
}

/// A validator that may choose to swap after it has seen what the others said must not get out of what it committed.
#[test]
fn a_swap_gives_up_open_commits_at_the_price_of_not_revealing_them() {
    on_a_chain(|| {
        create_network();
        set_weights(OLD, &[(2, 1)]).unwrap();
        run_epoch();
        set_params(Hyperparams { commit_reveal: true, weights_rate_limit: 0, ..params() });
        let row = Reveal { uids: vec![3], values: vec![1], salt: [1; 32], version: 0 };
        let hash = row.hash(&account(OLD), SUBNET);
        submit(OLD, pallet_weights::Call::commit { netuid: SUBNET, hash }).unwrap();
        swap("//Bob", OLD, NEW).unwrap();
        let status = Weights::status(SUBNET, &account(NEW)).unwrap();
        assert!(status.open.is_empty());
        assert_eq!(pallet_weights::Rows::<Runtime>::get(SUBNET, 0).basis, pallet_weights::Basis::Forfeited);
        run_epoch();
        let reveals = vec![row].try_into().unwrap();
        let reveal = submit(NEW, pallet_weights::Call::reveal { netuid: SUBNET, reveals });
        assert!(matches!(reveal, Err(Refused::ByThePool(_))), "there is nothing to reveal, so not for free");
        assert_eq!(metagraph().neurons[0].emission, 0, "it earns nothing until it shows another row");
    });
}

/// All that one hotkey may have in 64 subnets, by hand, as the calls that lead there would take days.
fn fill_the_network(hotkey: &AccountId, coldkey: &AccountId) {
    let key = |number: u16| AccountId::new(sp_core::blake2_256(&number.to_le_bytes()));
    let loans =
        |numbers: Range<u16>| numbers.map(|number| Loan { proportion: 1, hotkey: key(number) }).collect::<Vec<_>>();
    let mine = vec![Loan { proportion: 1, hotkey: hotkey.clone() }];
    pallet_stake::Owner::<Runtime>::insert(hotkey, coldkey);
    pallet_stake::Hotkeys::<Runtime>::try_append(coldkey, hotkey).unwrap();
    for netuid in (1..=64).map(NetUid) {
        let (owner, owner_hotkey) = (coldkey.clone(), hotkey.clone());
        let subnet = pallet_subnets::Subnet { owner, owner_hotkey, locked: 0, created_at: 0 };
        pallet_subnets::Registry::<Runtime>::insert(netuid, subnet);
        pallet_subnets::NetUids::<Runtime>::try_append(netuid).unwrap();
        pallet_yuma::Postponed::<Runtime>::try_append(netuid).unwrap();
        let seat = pallet_neurons::Seat { hotkey: hotkey.clone(), registered_at: 0, axon: None, prometheus: None };
        pallet_neurons::Seats::<Runtime>::insert(netuid, 0, seat);
        pallet_neurons::Uids::<Runtime>::insert(netuid, hotkey, 0);
        System::inc_sufficients(hotkey);
        let terms = pallet_weights::Terms { weights_version: 0, min_allowed_weights: 1, max_weights_limit: u16::MAX };
        let commit = pallet_weights::Commit {
            hash: Default::default(),
            committed_at: 0,
            reveal_from: 1,
            reveal_until: 2,
            terms,
        };
        pallet_weights::Commits::<Runtime>::mutate(netuid, 0, |queue| queue.push(commit).unwrap());
        let (children, parents) = (loans(16..21).try_into().unwrap(), loans(0..16).try_into().unwrap());
        let tie = pallet_childkeys::Tie { children, parents, ..Default::default() };
        pallet_childkeys::Ties::<Runtime>::insert(netuid, hotkey, tie);
        for number in 0..21 {
            let (children, parents) = (mine.clone().try_into().unwrap(), mine.clone().try_into().unwrap());
            let tie = pallet_childkeys::Tie { children, parents, ..Default::default() };
            pallet_childkeys::Ties::<Runtime>::insert(netuid, key(number), tie);
        }
    }
}

#[test]
fn the_declared_weight_of_a_swap_covers_the_largest_one() {
    genesis(serde_json::json!({})).execute_with(|| {
        next_block();
        fill_the_network(&account(OLD), &account("//Bob"));
        pallet_root::Seats::<Runtime>::try_append(account(OLD)).unwrap();
        System::inc_sufficients(&account(OLD));
        stake("//Bob", OLD, TOKEN).unwrap();
        let started = std::time::Instant::now();
        let call = pallet_keys::Call::<Runtime>::swap_hotkey { old: account(OLD), new: account(NEW) };
        let declared = call.get_dispatch_info().call_weight;
        let origin = frame_system::RawOrigin::Signed(account("//Bob")).into();
        let (done, accesses) = listen(|| Keys::swap_hotkey(origin, account(OLD), account(NEW)));
        done.unwrap();
        let (reads, writes) = accesses.distinct();
        println!("{reads} keys read, {writes} written, {declared} declared; native {:?}", started.elapsed());
        assert!(writes > 64 * 29);
        let weight = <Runtime as frame_system::Config>::DbWeight::get();
        assert!(declared.all_gte(weight.reads_writes(reads, writes)));
    });
}
