use super::*;
use frame_support::BoundedVec;
use primitives::Hyperparams;

impl pallet_emission::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid) {
        create_subnet(netuid, Hyperparams::default());
    }

    fn set_shares(shares: Vec<(NetUid, u64)>) {
        pallet_root::Shares::<Runtime>::put(BoundedVec::truncate_from(shares));
    }
}
