use super::*;

impl pallet_commitments::BenchmarkHelper for Helper {
    fn create_seat(netuid: NetUid, hotkey: &AccountId) {
        create_subnet(netuid, Default::default());
        pallet_neurons::Uids::<Runtime>::insert(netuid, hotkey, 0);
    }
}
