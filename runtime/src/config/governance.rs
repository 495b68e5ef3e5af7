//! Who decides for the network: the Triumvirate proposes, the Senate approves, and what they agree on runs as root.

use crate::{Root, Runtime, RuntimeCall, RuntimeEvent, Stake, System, Triumvirate};
use frame_support::{parameter_types, traits::ConstU32, weights::Weight};
use frame_system::EnsureRoot;
use primitives::AccountId;

/// Who may propose.
impl pallet_membership::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type AddOrigin = EnsureRoot<AccountId>;
    type RemoveOrigin = EnsureRoot<AccountId>;
    type SwapOrigin = EnsureRoot<AccountId>;
    type ResetOrigin = EnsureRoot<AccountId>;
    type PrimeOrigin = EnsureRoot<AccountId>;
    type MembershipInitialized = ();
    type MembershipChanged = ();
    type MaxMembers = ConstU32<3>;
    type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
    /// Five eighths of a block: more than any call of the network's pallets needs, less than an extrinsic may weigh.
    pub MaxMotionWeight: Weight = super::system::RuntimeBlockWeights::get().max_block / 8 * 5;
}

impl pallet_governance::Config for Runtime {
    type Call = RuntimeCall;
    type Clock = System;
    type Triumvirate = Triumvirate;
    type Senate = Root;
    type Hotkeys = Stake;
    type MaxCallWeight = MaxMotionWeight;
    type WeightInfo = crate::weights::pallet_governance::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}
