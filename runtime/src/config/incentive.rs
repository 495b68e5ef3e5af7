//! The network's own pallets. Each line that names another pallet is one arrow of the architecture.

use crate::{
    Balance, Balances, Childkeys, Commitments, Emission, Hyperparams, Neurons, Root, Runtime, RuntimeHoldReason, Stake,
    Subnets, System, Weights, Yuma,
};
use frame_support::{parameter_types, weights::Weight, PalletId};
use primitives::{BlockNumber, Proportion, TOKEN};

parameter_types! {
    pub const StakePot: PalletId = PalletId(*b"plx/stak");
    pub const EmissionPot: PalletId = PalletId(*b"plx/emis");
    /// The least that one coldkey may keep on one hotkey, in base units.
    pub const MinStake: Balance = TOKEN / 1_000;
    /// 18 %.
    pub const MaxTake: Proportion = 11_796;
    /// Blocks: 30 days.
    pub const TakeRaiseInterval: BlockNumber = 216_000;
    /// Blocks: a day.
    pub const ChildrenChangeInterval: BlockNumber = 7_200;
    pub const MinParentStake: Balance = 100 * TOKEN;
    /// 18 %.
    pub const OwnerCut: Proportion = 11_796;
    /// Half a block, so that the largest epoch still fits when it begins at the last moment.
    pub MaxEpochsWeight: Weight = super::system::RuntimeBlockWeights::get().max_block / 2;
}

impl pallet_subnets::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Hotkeys = Stake;
    type Emission = Emission;
    type OnCreated = Hyperparams;
    type OnRemoved = (Weights, Yuma, Commitments, Neurons, Childkeys, Emission, Hyperparams, Root);
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
    type OnSeatTaken = (Weights, Yuma, Commitments);
}

impl pallet_stake::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type PotId = StakePot;
    type MinStake = MinStake;
    type MaxTake = MaxTake;
    type TakeRaiseInterval = TakeRaiseInterval;
    type WeightInfo = crate::weights::pallet_stake::WeightInfo<Runtime>;
}

impl pallet_childkeys::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Hotkeys = Stake;
    type Neurons = Neurons;
    type Stake = Stake;
    type Rewards = Stake;
    type ChangeInterval = ChildrenChangeInterval;
    type MinParentStake = MinParentStake;
    type MaxTake = MaxTake;
    type WeightInfo = crate::weights::pallet_childkeys::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_weights::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Hyperparams = Hyperparams;
    type Neurons = Neurons;
    type Stake = Childkeys;
    type Permits = Yuma;
    type Upscale = Yuma;
    type WeightInfo = crate::weights::pallet_weights::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_root::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Hotkeys = Stake;
    type Stake = Stake;
    type Upscale = Yuma;
    type WeightInfo = crate::weights::pallet_root::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_commitments::Config for Runtime {
    type Clock = System;
    type Hyperparams = Hyperparams;
    type Neurons = Neurons;
}

impl pallet_emission::Config for Runtime {
    type Currency = Balances;
    type PotId = EmissionPot;
    type OwnerCut = OwnerCut;
    type Subnets = Subnets;
    type Shares = Root;
    type Rewards = Stake;
    type Dividends = Childkeys;
    type WeightInfo = crate::weights::pallet_emission::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_yuma::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Hyperparams = Hyperparams;
    type Neurons = Neurons;
    type Stake = Childkeys;
    type Weights = Weights;
    type Payroll = Emission;
    type MaxWeight = MaxEpochsWeight;
    type WeightInfo = crate::weights::pallet_yuma::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}
