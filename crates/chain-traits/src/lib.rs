//! The few interfaces through which pallets speak to each other.
//!
//! No pallet depends on another: each names the traits below in its `Config`, and only the runtime says who implements
//! them. Queries read; hooks announce, so that whoever owns state clears it; `Payroll`, `Rewards` and `HotkeyOwners`
//! change state.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;
use frame_support::dispatch::DispatchResult;
use primitives::{AccountId, Amount, BlockNumber, Hyperparams, NetUid, Uid};

/// Which subnets exist and whose they are.
pub trait Subnets {
    /// In ascending order.
    fn netuids() -> Vec<NetUid>;
    fn exists(netuid: NetUid) -> bool;
    /// The coldkey that created the subnet.
    fn owner(netuid: NetUid) -> Option<AccountId>;
    fn owner_hotkey(netuid: NetUid) -> Option<AccountId>;
}

/// A subnet's parameters; the network's defaults where a subnet has none.
pub trait HyperparamsOf {
    fn hyperparams(netuid: NetUid) -> Hyperparams;
}

/// Who sits where.
pub trait Neurons {
    fn count(netuid: NetUid) -> u16;
    fn uid_of(netuid: NetUid, hotkey: &AccountId) -> Option<Uid>;
    /// Hotkey and block of registration of every seat, in uid order.
    fn seats(netuid: NetUid) -> Vec<(AccountId, BlockNumber)>;
}

/// Which coldkey a hotkey belongs to.
pub trait HotkeyOwners {
    fn coldkey_of(hotkey: &AccountId) -> Option<AccountId>;
    /// Binds a free hotkey to `coldkey`; fails when it belongs to another one.
    fn claim(hotkey: &AccountId, coldkey: &AccountId) -> DispatchResult;
}

/// All stake on one hotkey, in base units.
pub trait StakeOf {
    fn stake(hotkey: &AccountId) -> Amount;
}

/// Who may set weights for others.
pub trait Permits {
    fn has_permit(netuid: NetUid, uid: Uid) -> bool;
}

/// Who sits on the root network: hotkeys, the one with most stake first.
pub trait RootMembers {
    fn members_by_stake() -> Vec<AccountId>;
}

/// What each seat earned in the last epoch, in uid order; it decides who loses a seat in a full subnet.
pub trait LastEmissions {
    fn last_emissions(netuid: NetUid) -> Vec<Amount>;
}

/// Weights as stored.
pub trait WeightRows {
    /// Block of the last weight setting (or of the registration) and the row of every seat, in uid order.
    fn rows(netuid: NetUid) -> Vec<(BlockNumber, Vec<(Uid, u16)>)>;
}

/// Scales a row of weights so that its largest entry becomes `u16::MAX`.
pub trait Upscale {
    fn upscale(values: &[u16]) -> Vec<u16>;
}

/// What one hotkey gets out of an epoch, in base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    pub hotkey: AccountId,
    pub miner: Amount,
    pub validator: Amount,
}

/// The money of an epoch.
pub trait Payroll {
    /// What the epoch may hand out: all that is pending less the owner's cut.
    fn budget(netuid: NetUid) -> Amount;
    /// Pays the owner and the payouts; what they leave over stays pending for the next epoch.
    fn pay(netuid: NetUid, payouts: &[Payout]) -> DispatchResult;
}

/// Turns minted tokens into stake.
pub trait Rewards {
    /// Takes `amount` from `source` for the owner of a hotkey that mined.
    fn reward_miner(source: &AccountId, hotkey: &AccountId, amount: Amount) -> DispatchResult;
    /// Takes `amount` from `source` for all who stake on a hotkey that validated, after its take.
    fn reward_validator(source: &AccountId, hotkey: &AccountId, amount: Amount) -> DispatchResult;
}

#[impl_trait_for_tuples::impl_for_tuples(8)]
pub trait OnSubnetCreated {
    fn on_subnet_created(netuid: NetUid);
}

/// The subnet is gone: clear every trace of it.
#[impl_trait_for_tuples::impl_for_tuples(8)]
pub trait OnSubnetRemoved {
    fn on_subnet_removed(netuid: NetUid);
}

/// A newcomer took the seat `uid`: nothing of whoever sat there before may remain.
#[impl_trait_for_tuples::impl_for_tuples(8)]
pub trait OnSeatTaken {
    fn on_seat_taken(netuid: NetUid, uid: Uid);
}
