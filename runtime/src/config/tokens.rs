use crate::{Balance, Runtime, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, System};
use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64, ConstU8, VariantCountOf},
    weights::ConstantMultiplier,
};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_runtime::{
    traits::{Bounded, One},
    FixedPointNumber, Perquintill,
};

parameter_types! {
    /// An account with less does not exist, in base units.
    pub const ExistentialDeposit: Balance = 500;
}

impl pallet_balances::Config for Runtime {
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ();
    type ReserveIdentifier = [u8; 8];
    type Balance = Balance;
    type RuntimeEvent = RuntimeEvent;
    type DustRemoval = ();
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type DoneSlashHandler = ();
}

parameter_types! {
    pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(25);
    /// The fee doubles within about three hours of full blocks, and needs three times as long of empty ones to fall back.
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(1, 1_000);
    /// However quiet the chain was before, a full block is never cheap.
    pub MinimumMultiplier: Multiplier = Multiplier::one();
    pub MaximumMultiplier: Multiplier = Multiplier::max_value();
}

/// Fees are burned: what they take from issuance is minted again, for those who work.
impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<crate::Balances, ()>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightToFee = MilliFee;
    /// A block full of bytes costs about as much as one full of computation.
    type LengthToFee = ConstantMultiplier<Balance, ConstU64<400>>;
    type FeeMultiplierUpdate =
        TargetedFeeAdjustment<Self, TargetBlockFullness, AdjustmentVariable, MinimumMultiplier, MaximumMultiplier>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_skip_feeless_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
}

/// A thousandth of a base unit for each picosecond: with its bytes, a transfer costs about 0.0006 tokens.
pub struct MilliFee;

impl frame_support::weights::WeightToFee for MilliFee {
    type Balance = Balance;

    fn weight_to_fee(weight: &frame_support::weights::Weight) -> Balance {
        weight.ref_time() / 1_000
    }
}
