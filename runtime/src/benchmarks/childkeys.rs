use super::*;
use primitives::Hyperparams;

impl pallet_childkeys::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid) {
        create_subnet(netuid, Hyperparams::default());
    }

    fn take_seat(netuid: NetUid, hotkey: &AccountId) {
        pallet_neurons::Uids::<Runtime>::insert(netuid, hotkey, 0);
    }
}
