use super::*;
use primitives::{MAX_ROOT_SEATS, MAX_SUBNETS, WHOLE_SHARE};

/// Takes a seat and writes all else that its hotkey can leave in storage.
fn use_seat(netuid: NetUid, uid: Uid) {
    take_seat(netuid, uid);
    pallet_weights::Rows::<Runtime>::insert(netuid, uid, pallet_weights::Row::default());
    pallet_weights::Overtaken::<Runtime>::insert(netuid, uid, pallet_weights::Row::default());
    pallet_weights::Commits::<Runtime>::insert(netuid, uid, pallet_weights::Queue::default());
    pallet_yuma::Bonds::<Runtime>::insert(netuid, uid, BoundedVec::truncate_from(vec![(uid, 1)]));
    let data = BoundedVec::truncate_from(vec![1; primitives::MAX_COMMITMENT as usize]);
    pallet_commitments::Entries::<Runtime>::insert(netuid, uid, pallet_commitments::Entry { block: 0, data });
    let tie = pallet_childkeys::Tie { take: 1, ..Default::default() };
    pallet_childkeys::Ties::<Runtime>::insert(netuid, hotkey(uid), tie);
}

impl pallet_subnets::BenchmarkHelper for Helper {
    fn fund(owner: &AccountId) {
        fund(owner);
    }

    fn add_emission(netuid: NetUid) {
        pallet_emission::Recent::<Runtime>::insert(netuid, TOKEN);
    }

    fn add_seats(netuid: NetUid, seats: u32) {
        (0..seats as Uid).for_each(|uid| use_seat(netuid, uid));
        pallet_childkeys::Count::<Runtime>::insert(netuid, seats);
        fill_root(&coldkey(0));
        let entries: Vec<_> = (1..=MAX_SUBNETS as u16).map(|netuid| (NetUid(netuid), 1)).collect();
        let shares = entries.iter().map(|(netuid, _)| (*netuid, WHOLE_SHARE / u64::from(MAX_SUBNETS))).collect();
        pallet_root::Shares::<Runtime>::put(BoundedVec::truncate_from(shares));
        let row = pallet_root::Row { set_at: 0, entries: BoundedVec::truncate_from(entries) };
        (0..MAX_ROOT_SEATS).for_each(|seat| pallet_root::Rows::<Runtime>::insert(senator(seat), &row));
    }
}
