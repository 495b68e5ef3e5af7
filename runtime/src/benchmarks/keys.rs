use super::*;
use chain_traits::HotkeyOwners;
use frame_support::traits::fungible::MutateHold;
use pallet_childkeys::{MAX_CHILDREN, MAX_PARENTS};
use pallet_governance::{Motion, CALL_BYTES, OPEN_MOTIONS};
use pallet_subnets::{HoldReason, Subnet};
use pallet_weights::{Commit, Queue, Terms};
use primitives::{Hyperparams, Loan, MAX_OPEN_COMMITS, MAX_SUBNETS};

fn tie(netuid: NetUid, parent: &AccountId, child: &AccountId) {
    let loan = |hotkey: &AccountId| Loan { proportion: u64::MAX / 10, hotkey: hotkey.clone() };
    pallet_childkeys::Ties::<Runtime>::mutate(netuid, parent, |tie| tie.children.force_push(loan(child)));
    pallet_childkeys::Ties::<Runtime>::mutate(netuid, child, |tie| tie.parents.force_push(loan(parent)));
}

impl pallet_keys::BenchmarkHelper for Helper {
    fn own(coldkey: &AccountId, hotkey: &AccountId) {
        Stake::claim(hotkey, coldkey).expect("nobody else has it");
    }

    fn stake(coldkey: &AccountId, hotkey: &AccountId) {
        stake(hotkey, coldkey);
    }

    fn create_subnet(netuid: NetUid, coldkey: &AccountId, hotkey: &AccountId) {
        let params = Hyperparams { commit_reveal: true, ..Default::default() };
        create_subnet(netuid, params);
        <Helper as pallet_weights::BenchmarkHelper>::postpone(netuid);
        Balances::hold(&HoldReason::SubnetLock.into(), coldkey, TOKEN).expect("the coldkey has enough");
        let subnet = Subnet { owner: coldkey.clone(), owner_hotkey: hotkey.clone(), locked: TOKEN, created_at: 0 };
        pallet_subnets::Registry::<Runtime>::insert(netuid, subnet);
        let seat = pallet_neurons::Seat { hotkey: hotkey.clone(), registered_at: 0, axon: None, prometheus: None };
        pallet_neurons::Seats::<Runtime>::insert(netuid, 0, seat);
        pallet_neurons::Uids::<Runtime>::insert(netuid, hotkey, 0);
        pallet_neurons::Count::<Runtime>::insert(netuid, 1);
        System::inc_sufficients(hotkey);
        let terms = Terms::from(&Hyperparams::default());
        let commit = Commit { hash: Default::default(), committed_at: 1, reveal_from: 1, reveal_until: 1_000, terms };
        let open = BoundedVec::truncate_from(vec![commit; MAX_OPEN_COMMITS as usize]);
        pallet_weights::Commits::<Runtime>::insert(netuid, 0, Queue { last_commit: Some(1), open });
        (0..MAX_CHILDREN).for_each(|child| tie(netuid, hotkey, &account("child", child, netuid.0.into())));
        (0..MAX_PARENTS).for_each(|parent| tie(netuid, &account("parent", parent, netuid.0.into()), hotkey));
    }

    fn seat_on_root(hotkey: &AccountId) {
        pallet_root::Seats::<Runtime>::put(BoundedVec::truncate_from(vec![hotkey.clone()]));
        System::inc_sufficients(hotkey);
        let entries = (1..=MAX_SUBNETS as u16).map(|netuid| (NetUid(netuid), 1)).collect();
        let row = pallet_root::Row { set_at: 0, entries: BoundedVec::truncate_from(entries) };
        pallet_root::Rows::<Runtime>::insert(hotkey, row);
        let motion = |index| Motion {
            index,
            proposer: hotkey.clone(),
            call: BoundedVec::truncate_from(vec![0; CALL_BYTES as usize]),
            ends: 1_000,
            votes: BoundedVec::truncate_from(vec![(hotkey.clone(), true)]),
        };
        let motions = BoundedVec::truncate_from((0..OPEN_MOTIONS).map(motion).collect());
        pallet_governance::Motions::<Runtime>::put(motions);
    }
}
