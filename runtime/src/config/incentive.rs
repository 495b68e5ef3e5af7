//! The network's own pallets. Each line that names another pallet is one arrow of the architecture.

use crate::{
    Balance, Balances, Emission, Hyperparams, Neurons, Runtime, RuntimeHoldReason, Stake, Subnets, System, Weights,
    Yuma,
};
use frame_support::{parameter_types, PalletId};
use primitives::{AccountId, Proportion, TOKEN};
use sp_runtime::traits::Convert;

parameter_types! {
    pub const StakePot: PalletId = PalletId(*b"plx/stak");
    pub const EmissionPot: PalletId = PalletId(*b"plx/emis");
    /// The least that one coldkey may keep on one hotkey, in base units.
    pub const MinStake: Balance = TOKEN / 1_000;
    /// Coldkeys on one hotkey.
    pub const MaxNominators: u32 = 128;
    /// 18 %.
    pub const DelegateTake: Proportion = 11_796;
    /// 18 %.
    pub const OwnerCut: Proportion = 11_796;
}

impl pallet_subnets::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Hotkeys = Stake;
    type Emission = Emission;
    type OnCreated = Hyperparams;
    type OnRemoved = (Weights, Yuma, Neurons, Emission, Hyperparams);
}

impl pallet_hyperparams::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
}

impl pallet_neurons::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type Subnets = Subnets;
    type Hyperparams = Hyperparams;
    type Hotkeys = Stake;
    type LastEmissions = Yuma;
    type OnSeatTaken = (Weights, Yuma);
}

impl pallet_stake::Config for Runtime {
    type Currency = Balances;
    type PotId = StakePot;
    type MinStake = MinStake;
    type MaxNominators = MaxNominators;
    type DelegateTake = DelegateTake;
}

impl pallet_weights::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Hyperparams = Hyperparams;
    type Neurons = Neurons;
    type Stake = Stake;
    type Permits = Yuma;
    type Upscale = Yuma;
}

impl pallet_emission::Config for Runtime {
    type Currency = Balances;
    type PotId = EmissionPot;
    type OwnerCut = OwnerCut;
    type Subnets = Subnets;
    type Rewards = Stake;
}

impl pallet_yuma::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Hyperparams = Hyperparams;
    type Neurons = Neurons;
    type Stake = Stake;
    type Weights = Weights;
    type Payroll = Emission;
    type Nominators = NominatorsOf;
    type WeightInfo = crate::weights::pallet_yuma::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

/// Among how many a hotkey's dividends are shared.
pub struct NominatorsOf;

impl Convert<AccountId, u32> for NominatorsOf {
    fn convert(hotkey: AccountId) -> u32 {
        pallet_stake::Totals::<Runtime>::get(hotkey).nominators
    }
}
