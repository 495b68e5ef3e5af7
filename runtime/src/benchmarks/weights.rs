use super::*;
use frame_support::BoundedVec;
use pallet_childkeys::{Ties, MAX_CHILDREN, MAX_PARENTS};
use primitives::{Hyperparams, Loan};

impl pallet_weights::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid, params: Hyperparams, seats: u16) -> AccountId {
        create_subnet(netuid, params);
        take_seat(netuid, 0);
        pallet_neurons::Count::<Runtime>::insert(netuid, seats);
        stake(&hotkey(0), &coldkey(0));
        lend(netuid, 0, MAX_PARENTS);
        for child in 0..MAX_CHILDREN {
            let loan = Loan { proportion: u64::MAX / 10, hotkey: account("child", child, 0) };
            Ties::<Runtime>::mutate(netuid, hotkey(0), |tie| tie.children.force_push(loan));
        }
        let scores = |uid| pallet_yuma::Scores { validator_permit: uid == 0, ..Default::default() };
        let scores = BoundedVec::truncate_from((0..seats).map(scores).collect());
        pallet_yuma::LastScores::<Runtime>::insert(netuid, scores);
        hotkey(0)
    }

    fn postpone(netuid: NetUid) {
        pallet_yuma::Postponed::<Runtime>::mutate(|waiting| waiting.force_push(netuid));
    }
}
