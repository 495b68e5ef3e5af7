use super::*;
use primitives::Hyperparams;

impl pallet_yuma::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid, params: Hyperparams) {
        create_subnet(netuid, params);
    }

    fn add_neuron(netuid: NetUid, uid: Uid, payees: u32, weights: Vec<(Uid, u16)>) {
        take_seat(netuid, uid);
        if let Some(parents) = payees.checked_sub(1) {
            stake(&hotkey(uid), &coldkey(uid));
            lend(netuid, uid, parents);
        }
        let entries = weights.try_into().expect("a row has at most as many entries as there are seats");
        let row = pallet_weights::Row { set_at: 1, entries, ..Default::default() };
        pallet_weights::Rows::<Runtime>::insert(netuid, uid, row);
    }

    fn add_emission(netuid: NetUid, amount: Amount) {
        mint(Emission::pot(), amount);
        pallet_emission::Pending::<Runtime>::insert(netuid, amount);
    }
}
