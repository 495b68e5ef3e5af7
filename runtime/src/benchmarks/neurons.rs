use super::*;
use primitives::Hyperparams;

impl pallet_neurons::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid, params: Hyperparams) {
        create_subnet(netuid, params);
    }

    fn fund(coldkey: &AccountId) {
        fund(coldkey);
    }

    fn run_epoch(netuid: NetUid, seats: u16) {
        let scores = |uid: Uid| pallet_yuma::Scores { emission: Amount::from(seats - uid), ..Default::default() };
        let scores = BoundedVec::truncate_from((0..seats).map(scores).collect());
        pallet_yuma::LastScores::<Runtime>::insert(netuid, scores);
        let Some(last) = seats.checked_sub(1) else { return };
        pallet_weights::Commits::<Runtime>::insert(netuid, last, pallet_weights::Queue::default());
        pallet_yuma::Bonds::<Runtime>::insert(netuid, last, BoundedVec::truncate_from(vec![(0, 1)]));
        let data = BoundedVec::truncate_from(vec![1; primitives::MAX_COMMITMENT as usize]);
        pallet_commitments::Entries::<Runtime>::insert(netuid, last, pallet_commitments::Entry { block: 0, data });
    }
}
