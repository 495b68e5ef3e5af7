//! Who stands behind a coldkey: the stock pallet, for names and addresses and nothing else.

use super::rights::deposit;
use crate::{Balances, Runtime, RuntimeEvent, Signature};
use frame_support::traits::{ConstU32, ConstU64, NeverEnsureOrigin};
use frame_system::EnsureRoot;
use pallet_identity::legacy::IdentityInfo;
use primitives::AccountId;
use sp_runtime::traits::Verify;

/// Root may name registrars. There are no fields beside the usual ones, no accounts under another's name (a coldkey's
/// hotkeys are known to be its own), and nobody hands out user names.
impl pallet_identity::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type BasicDeposit = ConstU64<{ deposit(1, 0) }>;
    type ByteDeposit = ConstU64<{ deposit(0, 1) }>;
    type UsernameDeposit = ConstU64<{ deposit(1, 0) }>;
    type SubAccountDeposit = ConstU64<{ deposit(1, 65) }>;
    type MaxSubAccounts = ConstU32<0>;
    type IdentityInformation = IdentityInfo<ConstU32<0>>;
    type MaxRegistrars = ConstU32<8>;
    /// What is slashed is burned.
    type Slashed = ();
    type ForceOrigin = EnsureRoot<AccountId>;
    type RegistrarOrigin = EnsureRoot<AccountId>;
    type OffchainSignature = Signature;
    type SigningPublicKey = <Signature as Verify>::Signer;
    type UsernameAuthorityOrigin = NeverEnsureOrigin<()>;
    type PendingUsernameExpiration = ConstU32<7_200>;
    type UsernameGracePeriod = ConstU32<7_200>;
    type MaxSuffixLength = ConstU32<7>;
    type MaxUsernameLength = ConstU32<32>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
    type WeightInfo = pallet_identity::weights::SubstrateWeight<Runtime>;
}
