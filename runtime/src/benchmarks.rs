//! What is benchmarked, and how a benchmark fills pallets that its own does not know.

mod authorities;
mod childkeys;
mod commitments;
mod emission;
mod governance;
mod hyperparams;
mod keys;
mod neurons;
mod root;
mod subnets;
mod weights;
mod yuma;

use crate::*;
use alloc::{string::String, vec};
use frame_benchmarking::{account, BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::{
    traits::{fungible::Mutate, StorageInfo, StorageInfoTrait, WhitelistedStorageKeys},
    BoundedVec,
};
use pallet_stake::{Pool, Position, Ripe, Waiting};
use primitives::{NetUid, Uid, MAX_ROOT_SEATS, TOKEN};

// One line for each pallet: its crate, and its name in the runtime.
frame_benchmarking::define_benchmarks! {
    [pallet_authorities, Authorities]
    [pallet_commitments, Commitments]
    [pallet_governance, Governance]
    [pallet_keys, Keys]
    [pallet_hyperparams, Hyperparams]
    [pallet_neurons, Neurons]
    [pallet_subnets, Subnets]
    [pallet_stake, Stake]
    [pallet_weights, Weights]
    [pallet_emission, Emission]
    [pallet_yuma, Yuma]
    [pallet_root, Root]
    [pallet_childkeys, Childkeys]
}

pub fn list(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}

/// Writes the pallets' storage as their calls would, without the price and the pace of the calls.
pub struct Helper;

/// Base units of each deposit on a hotkey that earns dividends.
const STAKE: Amount = 100 * TOKEN;

fn hotkey(uid: Uid) -> AccountId {
    account("hotkey", uid.into(), 0)
}

fn coldkey(uid: Uid) -> AccountId {
    account("coldkey", uid.into(), 0)
}

fn mint(pot: AccountId, amount: Amount) {
    Balances::mint_into(&pot, amount).expect("the benchmarks mint less than the amount type holds");
}

/// Tokens for anything.
fn fund(account: &AccountId) {
    mint(account.clone(), 100_000 * TOKEN);
}

/// A hotkey on the root network.
fn senator(seat: u32) -> AccountId {
    account("senator", seat, 0)
}

/// Takes all seats of the root network, each with the same stake of `coldkey`.
fn fill_root(coldkey: &AccountId) {
    let hotkeys: Vec<_> = (0..MAX_ROOT_SEATS).map(senator).collect();
    hotkeys.iter().for_each(|hotkey| stake(hotkey, coldkey));
    pallet_root::Seats::<Runtime>::put(BoundedVec::truncate_from(hotkeys));
}

/// Without neurons, owned by the hotkey of its first one.
fn create_subnet(netuid: NetUid, params: primitives::Hyperparams) {
    let subnet = pallet_subnets::Subnet { owner: coldkey(0), owner_hotkey: hotkey(0), locked: 0, created_at: 0 };
    pallet_subnets::Registry::<Runtime>::insert(netuid, subnet);
    pallet_subnets::NetUids::<Runtime>::mutate(|netuids| netuids.force_push(netuid));
    pallet_hyperparams::Parameters::<Runtime>::insert(netuid, params);
}

fn take_seat(netuid: NetUid, uid: Uid) {
    let seat = pallet_neurons::Seat { hotkey: hotkey(uid), registered_at: 0, axon: None, prometheus: None };
    pallet_neurons::Seats::<Runtime>::insert(netuid, uid, seat);
    pallet_neurons::Uids::<Runtime>::insert(netuid, hotkey(uid), uid);
    pallet_neurons::Count::<Runtime>::insert(netuid, uid + 1);
    System::inc_sufficients(&hotkey(uid));
    pallet_stake::Owner::<Runtime>::insert(hotkey(uid), coldkey(uid));
}

/// Stake of the hotkey's owner, booked so that the next change of it costs most: of two rounds the owner has not collected
/// its part, of two more not even the pool has taken notice.
fn stake(hotkey: &AccountId, owner: &AccountId) {
    const SHARES: u128 = (STAKE as u128) << 40;
    let now = System::block_number().max(10);
    System::set_block_number(now);
    pallet_stake::RoundLength::<Runtime>::put(1);
    let waiting = |ages: [BlockNumber; 2]| {
        let mut waiting = Waiting::default();
        for age in ages {
            waiting.add(now - age, STAKE).expect("two rounds have room");
        }
        waiting
    };
    let id = pallet_stake::LastPool::<Runtime>::mutate(|last| {
        *last += 1;
        *last
    });
    pallet_stake::HotkeyOf::<Runtime>::insert(id, hotkey);
    for age in [7, 6] {
        pallet_stake::RipeDeposits::<Runtime>::insert(id, now - age, Ripe { amount: STAKE, shares: SHARES });
    }
    let pool = Pool { id, earning: 3 * STAKE, shares: 3 * SHARES, waiting: waiting([3, 2]), nominators: 2 };
    pallet_stake::Pools::<Runtime>::insert(hotkey, pool);
    let position = Position { shares: SHARES, waiting: waiting([7, 6]) };
    pallet_stake::Positions::<Runtime>::insert(id, owner, position);
    pallet_stake::ByColdkey::<Runtime>::insert(owner, id, ());
    pallet_stake::Owner::<Runtime>::insert(hotkey, owner);
    mint(Stake::pot(), 5 * STAKE);
}

/// Lends the stake of as many hotkeys as `parents` to a neuron.
fn lend(netuid: NetUid, uid: Uid, parents: u32) {
    let loan = |hotkey| primitives::Loan { proportion: u64::MAX, hotkey };
    let mut child = pallet_childkeys::Tie::default();
    for parent in 0..parents {
        let parent: AccountId = account("parent", uid.into(), parent);
        stake(&parent, &coldkey(uid));
        let mut tie = pallet_childkeys::Tie::default();
        tie.children.force_push(loan(hotkey(uid)));
        pallet_childkeys::Ties::<Runtime>::insert(netuid, &parent, tie);
        child.parents.force_push(loan(parent));
    }
    pallet_childkeys::Ties::<Runtime>::insert(netuid, hotkey(uid), child);
}
