use super::*;
use chain_traits::Rewards;
use primitives::Hyperparams;

impl pallet_root::BenchmarkHelper for Helper {
    fn create_subnet(netuid: NetUid) {
        create_subnet(netuid, Hyperparams::default());
    }

    fn stake(hotkey: &AccountId, coldkey: &AccountId, amount: Amount) {
        pallet_stake::Owner::<Runtime>::insert(hotkey, coldkey);
        mint(Stake::pot(), amount);
        Stake::reward_owner(hotkey, amount).expect("the hotkey is owned");
    }
}
