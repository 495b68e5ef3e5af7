use crate::{Aura, Authorities, Balances, BlockTime, Runtime, RuntimeEvent, Session, SessionKeys, System};
use alloc::vec::Vec;
use frame_support::traits::{ConstBool, ConstU32, ConstU64};
use pallet_authorities::MOST_AUTHORITIES;
use primitives::AccountId;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};

impl pallet_block_time::Config for Runtime {}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = pallet_block_time::MinimumPeriod<Runtime>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type DisabledValidators = ();
    type MaxAuthorities = ConstU32<MOST_AUTHORITIES>;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = BlockTime;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<MOST_AUTHORITIES>;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl pallet_authorities::Config for Runtime {
    type Keys = Session;
    type Clock = System;
    type Sessions = AuthoritiesOfRoot;
    type WeightInfo = crate::weights::pallet_authorities::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Helper;
}

type Sessions = pallet_session::PeriodicSessions<Authorities, ConstU32<0>>;

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = WhenAuthoritiesSay;
    type NextSessionRotation = Sessions;
    type SessionManager = AuthoritiesOfRoot;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = ();
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type KeyDeposit = ConstU64<{ super::rights::deposit(1, 128) }>;
}

/// Never by the session pallet's own hook.
pub struct WhenAuthoritiesSay;

impl<BlockNumber> pallet_session::ShouldEndSession<BlockNumber> for WhenAuthoritiesSay {
    fn should_end_session(_: BlockNumber) -> bool {
        false
    }
}

impl pallet_authorities::RotateSession for AuthoritiesOfRoot {
    fn rotate() {
        Session::rotate_session();
    }
}

/// Hands root's list of authorities to the sessions. A new list is announced only when it differs, because each
/// announcement makes GRANDPA begin a new set of voters.
pub struct AuthoritiesOfRoot;

impl pallet_session::SessionManager<AccountId> for AuthoritiesOfRoot {
    fn new_session_genesis(_: u32) -> Option<Vec<AccountId>> {
        Some(Authorities::authorities())
    }

    fn new_session(_: u32) -> Option<Vec<AccountId>> {
        Authorities::take_change()
    }

    fn start_session(_: u32) {}

    fn end_session(_: u32) {}
}
