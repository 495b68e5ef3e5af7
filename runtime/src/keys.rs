//! What a coldkey needs to take another one's place.

use crate::{AccountId, Amount, Balances, Keys, Nonce, Runtime, RuntimeCall, TransactionPayment, TxExtension};
use frame_support::{
    dispatch::GetDispatchInfo,
    traits::{
        fungible::Inspect,
        tokens::{Fortitude, Preservation},
    },
};
use primitives::ColdkeySuccessor;
use sp_runtime::{generic::Era, traits::TransactionExtension};

/// Bytes of a signed extrinsic that takes over: more than it has, so that the fee suffices.
const LENGTH: u32 = 256;

pub fn coldkey_successor(old: AccountId, new: &AccountId) -> ColdkeySuccessor {
    ColdkeySuccessor {
        obstacle: Keys::successor_obstacle(&old, new),
        fee: fee(&pallet_keys::Call::swap_coldkey { old }.into()),
        spendable: Balances::reducible_balance(new, Preservation::Preserve, Fortitude::Polite),
    }
}

/// What it takes in the next block to have a call of a few bytes included, in base units.
fn fee(call: &RuntimeCall) -> Amount {
    let mut info = call.get_dispatch_info();
    info.extension_weight = extension().weight(call);
    TransactionPayment::compute_fee(LENGTH, &info, 0)
}

/// What is signed with a call; its weight does not depend on the values.
fn extension() -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(Nonce::default()),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::from(0).into(),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
    )
}
