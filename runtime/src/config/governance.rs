//! Who decides for the network: the Triumvirate proposes, the Senate approves, and what they agree on runs as root.

use crate::{Neurons, Runtime, RuntimeCall, RuntimeEvent, Stake, System, Triumvirate};
use alloc::vec::Vec;
use chain_traits::{Neurons as _, RootMembers, StakeOf};
use core::cmp::Reverse;
use frame_support::{parameter_types, traits::ConstU32, weights::Weight};
use frame_system::EnsureRoot;
use primitives::{AccountId, NetUid};

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
    /// Half a block, so that a motion can be closed in any block that is not full.
    pub MaxMotionWeight: Weight = super::system::RuntimeBlockWeights::get().max_block / 2;
}

impl pallet_governance::Config for Runtime {
    type Call = RuntimeCall;
    type Clock = System;
    type Triumvirate = Triumvirate;
    type Senate = SeatsOfTheFirstSubnet;
    type Hotkeys = Stake;
    type MaxCallWeight = MaxMotionWeight;
}

/// The hotkeys with stake on the network's first subnet.
pub struct SeatsOfTheFirstSubnet;

impl RootMembers for SeatsOfTheFirstSubnet {
    fn members_by_stake() -> Vec<AccountId> {
        let hotkeys = Neurons::seats(NetUid(1)).into_iter().map(|(hotkey, _)| hotkey);
        let mut staked: Vec<_> = hotkeys.map(|hotkey| (Stake::stake(&hotkey), hotkey)).collect();
        staked.retain(|(stake, _)| *stake > 0);
        staked.sort_by_key(|(stake, _)| Reverse(*stake));
        staked.into_iter().map(|(_, hotkey)| hotkey).collect()
    }
}
