use super::*;
use primitives::Hyperparams;

impl pallet_hyperparams::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid, owner: &AccountId) {
        create_subnet(netuid, Hyperparams::default());
        pallet_subnets::Registry::<Runtime>::mutate_extant(netuid, |subnet| subnet.owner = owner.clone());
    }
}
