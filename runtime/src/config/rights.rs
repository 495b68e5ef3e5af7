//! Who may act for whom, later, together, or not at all.

use crate::{
    Balance, Balances, OriginCaller, Preimage, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, RuntimeOrigin,
    SafeMode, System,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    parameter_types,
    traits::{
        fungible::HoldConsideration, ConstU32, ConstU64, Contains, EqualPrivilegeOnly, InsideBoth, InstanceFilter,
        LinearStoragePrice,
    },
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use primitives::{AccountId, BlockNumber, TOKEN};
use scale_info::TypeInfo;
use sp_runtime::{traits::BlakeTwo256, Perbill};

/// Base units that an account leaves with the chain while it keeps something in its state: 0.05 tokens for each item
/// and 0.0001 for each byte.
pub(super) const fn deposit(items: u64, bytes: u64) -> Balance {
    items * (TOKEN / 20) + bytes * (TOKEN / 10_000)
}

/// Blocks for which root may enter or extend the safe mode at a time: one day of a public chain.
const SAFE_MODE_DURATION: BlockNumber = 7_200;

/// What any signed call has to pass; root passes always.
pub type Permitted = InsideBoth<SafeMode, KeepsKeys>;

/// Session keys are replaced and never taken away: a listed authority without keys would drop out of consensus, and the
/// last one would stop the chain.
pub struct KeepsKeys;

impl Contains<RuntimeCall> for KeepsKeys {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(call, RuntimeCall::Session(pallet_session::Call::purge_keys {}))
    }
}

/// What still works in safe mode: inherents, all that it takes to leave it, and every call that can be free of fees. Epochs
/// go on, so that commits have to be revealed; a thief of a coldkey does not wait either, so that a swap can be disputed;
/// and a free call that only failed would cost nothing however often it is sent.
pub struct AllowedInSafeMode;

impl Contains<RuntimeCall> for AllowedInSafeMode {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(
            call,
            RuntimeCall::System(_)
                | RuntimeCall::Timestamp(_)
                | RuntimeCall::Governance(_)
                | RuntimeCall::Sudo(_)
                | RuntimeCall::Weights(_)
                | RuntimeCall::Commitments(_)
                | RuntimeCall::Root(pallet_root::Call::set_weights { .. })
                | RuntimeCall::Keys(pallet_keys::Call::dispute_coldkey_swap {})
                | RuntimeCall::Neurons(
                    pallet_neurons::Call::serve_axon { .. }
                        | pallet_neurons::Call::serve_prometheus { .. }
                        | pallet_neurons::Call::register_pow { .. }
                )
        )
    }
}

/// The pallet's permissionless ways in are closed: without an amount nobody can place a deposit.
impl pallet_safe_mode::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WhitelistedCalls = AllowedInSafeMode;
    type EnterDuration = ConstU32<0>;
    type ExtendDuration = ConstU32<0>;
    type EnterDepositAmount = NoAmount;
    type ExtendDepositAmount = NoAmount;
    type ForceEnterOrigin = EnsureRootWithSuccess<AccountId, ConstU32<SAFE_MODE_DURATION>>;
    type ForceExtendOrigin = EnsureRootWithSuccess<AccountId, ConstU32<SAFE_MODE_DURATION>>;
    type ForceExitOrigin = EnsureRoot<AccountId>;
    type ForceDepositOrigin = EnsureRoot<AccountId>;
    type Notify = ();
    type ReleaseDelay = NoDelay;
    type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
    pub const NoAmount: Option<Balance> = None;
    pub const NoDelay: Option<BlockNumber> = None;
}

/// For what a proxy may sign in another account's name. A call that no purpose names is left to [`ProxyType::Any`], so
/// that a new pallet is out of every proxy's reach until somebody lists it here.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    Any,
    /// All purposes below together; no tokens leave the account but to pay for a seat.
    NonTransfer,
    /// Stake and unstake.
    Staking,
    /// Take seats and say where they are served.
    Registration,
    /// Set weights.
    Weights,
    /// Set the parameters of the account's subnets, and say what they are.
    Owner,
    /// Propose, vote and close.
    Governance,
}

impl ProxyType {
    const PURPOSES: [Self; 5] = [Self::Staking, Self::Registration, Self::Weights, Self::Owner, Self::Governance];

    fn covers(&self, call: &RuntimeCall) -> bool {
        match self {
            Self::Any => true,
            Self::NonTransfer => Self::PURPOSES.iter().any(|purpose| purpose.covers(call)),
            Self::Staking => {
                use pallet_stake::Call::{add, move_stake, remove, remove_all};
                matches!(call, RuntimeCall::Stake(add { .. } | remove { .. } | remove_all { .. } | move_stake { .. }))
            }
            Self::Registration => {
                use pallet_neurons::Call::{register, register_pow, serve_axon, serve_prometheus};
                matches!(
                    call,
                    RuntimeCall::Neurons(
                        register { .. } | register_pow { .. } | serve_axon { .. } | serve_prometheus { .. }
                    ) | RuntimeCall::Commitments(pallet_commitments::Call::publish { .. })
                        | RuntimeCall::Root(pallet_root::Call::register { .. })
                )
            }
            Self::Weights => {
                use pallet_weights::Call::{commit, reveal, set_weights};
                matches!(
                    call,
                    RuntimeCall::Weights(set_weights { .. } | commit { .. } | reveal { .. })
                        | RuntimeCall::Root(pallet_root::Call::set_weights { .. })
                )
            }
            Self::Owner => matches!(
                call,
                RuntimeCall::Hyperparams(pallet_hyperparams::Call::set { .. })
                    | RuntimeCall::Subnets(pallet_subnets::Call::describe { .. })
            ),
            Self::Governance => {
                use pallet_governance::Call::{close, propose, vote};
                matches!(call, RuntimeCall::Governance(propose { .. } | vote { .. } | close { .. }))
            }
        }
    }
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        use pallet_utility::Call::{batch, batch_all, force_batch};
        // Each call of a batch has to pass this filter again.
        let batches = matches!(call, RuntimeCall::Utility(batch { .. } | batch_all { .. } | force_batch { .. }));
        batches || self.covers(call)
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::NonTransfer, other) => *other != Self::Any,
            (one, other) => one == other,
        }
    }
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ConstU64<{ deposit(1, 8) }>;
    type ProxyDepositFactor = ConstU64<{ deposit(0, 37) }>;
    type MaxProxies = ConstU32<32>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type MaxPending = ConstU32<32>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = ConstU64<{ deposit(1, 8) }>;
    type AnnouncementDepositFactor = ConstU64<{ deposit(0, 68) }>;
    type BlockNumberProvider = System;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = ConstU64<{ deposit(1, 88) }>;
    type DepositFactor = ConstU64<{ deposit(0, 32) }>;
    type MaxSignatories = ConstU32<100>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

parameter_types! {
    pub MaximumSchedulerWeight: Weight =
        Perbill::from_percent(50) * super::system::RuntimeBlockWeights::get().max_block;
    pub const PreimageHold: RuntimeHoldReason = RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

/// Root alone schedules.
impl pallet_scheduler::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = MaximumSchedulerWeight;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaxScheduledPerBlock = ConstU32<50>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<AccountId>;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHold,
        LinearStoragePrice<ConstU64<{ deposit(1, 0) }>, ConstU64<{ deposit(0, 1) }>, Balance>,
    >;
}

/// The coldkeys for whom others may act.
pub struct Proxied;

impl Contains<AccountId> for Proxied {
    fn contains(coldkey: &AccountId) -> bool {
        pallet_proxy::Proxies::<Runtime>::contains_key(coldkey)
    }
}
