use super::*;
use sp_core::{ed25519, sr25519};

impl pallet_authorities::BenchmarkHelper for Helper {
    fn give_session_keys(account: &AccountId) {
        let bytes: [u8; 32] = account.clone().into();
        let aura = sr25519::Public::from_raw(bytes).into();
        let grandpa = ed25519::Public::from_raw(bytes).into();
        pallet_session::NextKeys::<Runtime>::insert(account, SessionKeys { aura, grandpa });
    }
}
