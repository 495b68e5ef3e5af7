//! The network's own pallets. Each line that names another pallet is one arrow of the architecture.

use crate::{
    Balance, Balances, Childkeys, Commitments, Emission, Governance, Hyperparams, Neurons, Root, Runtime,
    RuntimeFreezeReason, RuntimeHoldReason, Stake, Subnets, System, Weights, Yuma,
};
use frame_support::{parameter_types, weights::Weight, PalletId};
use pallet_childkeys::MAX_TIES;
use primitives::{BlockNumber, Proportion, MAX_ROOT_SEATS, MAX_UIDS, TOKEN};

parameter_types! {
    pub const StakePot: PalletId = PalletId(*b"plx/stak");
    pub const EmissionPot: PalletId = PalletId(*b"plx/emis");
    /// The least that one coldkey may keep on one hotkey, in base units.
    pub const MinStake: Balance = TOKEN / 1_000;
    /// 18 %.
    pub const MaxTake: Proportion = 11_796;
    /// Blocks: 30 days.
    pub const TakeRaiseInterval: BlockNumber = 216_000;
    /// Blocks between two times that an owner describes its subnet.
    pub const DescribeInterval: BlockNumber = 100;
    /// Blocks: a day.
    pub const ChildrenChangeInterval: BlockNumber = 7_200;
    pub const MinParentStake: Balance = 100 * TOKEN;
    /// 18 %.
    pub const OwnerCut: Proportion = 11_796;
    /// Storage keys that a dissolution clears: of each seat itself, its uid, its account, its weights, also those that an epoch
    /// which waits reads, commits, bonds and commitment; of each hotkey with child keys and of each root seat one; and what a subnet has once.
    pub const MostKeys: u32 = 8 * MAX_UIDS + MAX_TIES + MAX_ROOT_SEATS + 16;
    /// Half a block, so that an epoch of 64 validators still fits when it begins at the last moment.
    pub MaxEpochsWeight: Weight = super::system::RuntimeBlockWeights::get().max_block / 2;
}

impl pallet_subnets::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Hotkeys = Stake;
    type Emission = Emission;
    type DescribeInterval = DescribeInterval;
    type OnCreated = Hyperparams;
    type OnRemoved = (Weights, Yuma, Commitments, Neurons, Childkeys, Emission, Hyperparams, Root);
    type MostKeys = MostKeys;
    type WeightInfo = crate::weights::pallet_subnets::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_hyperparams::Config for Runtime {
    type Clock = System;
    type Subnets = Subnets;
    type Epochs = Yuma;
    type WeightInfo = crate::weights::pallet_hyperparams::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_neurons::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type Subnets = Subnets;
    type Hyperparams = Hyperparams;
    type Hotkeys = Stake;
    type LastEmissions = Yuma;
    type OnSeatTaken = (Weights, Yuma, Commitments);
    type WeightInfo = crate::weights::pallet_neurons::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_stake::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type PotId = StakePot;
    type MinStake = MinStake;
    type MaxTake = MaxTake;
    type TakeRaiseInterval = TakeRaiseInterval;
    type WeightInfo = crate::weights::pallet_stake::WeightInfo<Runtime>;
    type Retired = pallet_keys::Retired<Runtime>;
    type Leaving = pallet_keys::Leaving<Runtime>;
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
    type Epochs = Yuma;
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
    type WeightInfo = crate::weights::pallet_commitments::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

impl pallet_keys::Config for Runtime {
    type Clock = System;
    type Currency = Balances;
    type Subnets = Subnets;
    type Hotkeys = Stake;
    // The weights ask for the seat of the old key, so they come before the seats.
    type OnHotkeySwapped = (Weights, Neurons, Subnets, Stake, Root, Childkeys, Governance);
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type Coldkeys = Stake;
    type OnColdkeySwapped = (Stake, Subnets);
    type Proxied = super::rights::Proxied;
    type WeightInfo = crate::weights::pallet_keys::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
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
