use super::*;
use primitives::Hyperparams;

impl pallet_hyperparams::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid, owner: &AccountId) {
        <Self as pallet_yuma::BenchmarkHelper>::create_subnet(netuid, Hyperparams::default());
        pallet_subnets::Registry::<Runtime>::mutate_extant(netuid, |subnet| subnet.owner = owner.clone());
    }
}
