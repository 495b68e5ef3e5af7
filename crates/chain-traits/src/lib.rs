//! The few interfaces through which pallets speak to each other.
//!
//! No pallet depends on another: each names the traits below in its `Config`, and only the runtime says who implements
//! them. Queries read; hooks announce, so that whoever owns state clears it; `Payroll`, `Rewards`,
//! `Dividends`, `HotkeyOwners`, `WeightRows::settle` and `WeightRows::release` change state.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, weights::Weight};
use primitives::{AccountId, Amount, BlockNumber, Hyperparams, NetUid, Uid};

/// Which subnets exist and whose they are.
pub trait Subnets {
    /// In ascending order.
    fn netuids() -> Vec<NetUid>;
    fn exists(netuid: NetUid) -> bool;
    /// The coldkey that created the subnet.
    fn owner(netuid: NetUid) -> Option<AccountId>;
    fn owner_hotkey(netuid: NetUid) -> Option<AccountId>;
    /// Those whose start delay has passed, so that emission falls to them; in ascending order.
    fn started() -> Vec<NetUid>;
}

/// What a subnet earns, to compare it with others.
pub trait SubnetEmission {
    /// Base units that fell to the subnet of late.
    fn emission(netuid: NetUid) -> Amount;
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
    /// Whether [`Self::claim`] would succeed.
    fn may_claim(hotkey: &AccountId, coldkey: &AccountId) -> DispatchResult;
    /// Binds a free hotkey to `coldkey`; fails when it belongs to another one, is retired, or is one too many.
    fn claim(hotkey: &AccountId, coldkey: &AccountId) -> DispatchResult;
}

/// What a coldkey has.
pub trait Coldkeys {
    /// Whether it owns a hotkey or stakes on one.
    fn is_used(coldkey: &AccountId) -> bool;
    /// On how many hotkeys it stakes, counted no further than to `most`.
    fn positions(coldkey: &AccountId, most: u32) -> u32;
}

/// The stake on a hotkey that counts: what was added a short time ago waits for its round.
pub trait StakeOf {
    /// Base units.
    fn stake(hotkey: &AccountId) -> Amount;
    /// The same for each of `hotkeys`.
    fn stakes(hotkeys: &[AccountId]) -> Vec<Amount>;
}

/// What a hotkey weighs in one subnet: its stake without what it lends to child keys, with what parents lend to it.
pub trait StakeWeight {
    /// Base units.
    fn stake_weight(netuid: NetUid, hotkey: &AccountId) -> Amount;
    /// The same for each of `hotkeys`.
    fn stake_weights(netuid: NetUid, hotkeys: &[AccountId]) -> Vec<Amount>;
    /// Among how many hotkeys its dividends are shared: its parents and itself.
    fn payees(netuid: NetUid, hotkey: &AccountId) -> u32;
}

/// How the root network divides each block's emission.
pub trait Shares {
    /// The subnets that get anything, in netuid order, with parts that sum to [`primitives::WHOLE_SHARE`]; none at all
    /// while nobody has decided.
    fn shares() -> Vec<(NetUid, u64)>;
}

/// Who sits on the root network.
pub trait RootMembers {
    /// The hotkeys of all seats with a hundredth of root's stake at least, so that dust has no vote; highest stake
    /// first, of equals whoever has sat longer.
    fn members_by_stake() -> Vec<AccountId>;
}

/// When epochs run, which may be after the block in which they come due.
pub trait WaitingEpochs {
    /// Whether the subnet's epoch came due in a block that had no time for it.
    fn waits(netuid: NetUid) -> bool;
    /// The first block after this one in which the subnet's epoch may run; `None` where there is no such block.
    fn next_epoch(netuid: NetUid) -> Option<BlockNumber>;
}

/// Who may set weights for others.
pub trait Permits {
    fn has_permit(netuid: NetUid, uid: Uid) -> bool;
}

/// What each seat earned in the last epoch, in uid order; it decides who loses a seat in a full subnet.
pub trait LastEmissions {
    fn last_emissions(netuid: NetUid) -> Vec<Amount>;
}

/// One seat's weights as an epoch reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatWeights {
    /// Block of the last weight setting, or of the registration.
    pub set_at: BlockNumber,
    /// Block in which the row was committed, if it was hidden at first.
    pub committed_at: Option<BlockNumber>,
    /// Whether the seat kept back what it had committed, which costs the dividends.
    pub forfeits: bool,
    pub entries: Vec<(Uid, u16)>,
}

/// Weights as stored.
pub trait WeightRows {
    /// Ends what is over before an epoch reads the rows; returns what that weighed.
    fn settle(netuid: NetUid) -> Weight;
    /// Of every seat, in uid order; where an epoch waits, as they were when it came due.
    fn rows(netuid: NetUid) -> Vec<SeatWeights>;
    /// Forgets, once an epoch that waited has run, what it read in place of newer rows; returns what both weighed.
    fn release(netuid: NetUid) -> Weight;
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
    /// Takes `amount` from `source`; the caller rewards hotkeys with all of it before the block ends.
    fn receive(source: &AccountId, amount: Amount) -> DispatchResult;
    /// Books `amount` for the owner of a hotkey.
    fn reward_owner(hotkey: &AccountId, amount: Amount) -> DispatchResult;
    /// Books `amount` for all whose stake on a hotkey earns, after its owner's take.
    fn reward_stakers(hotkey: &AccountId, amount: Amount) -> DispatchResult;
}

/// Shares what a validator earned in one subnet among those whose stake it weighed.
pub trait Dividends {
    /// Books `amount`, which [`Rewards`] has received.
    fn share(netuid: NetUid, hotkey: &AccountId, amount: Amount) -> DispatchResult;
}

#[impl_trait_for_tuples::impl_for_tuples(8)]
pub trait OnSubnetCreated {
    fn on_subnet_created(netuid: NetUid);
}

/// The subnet is gone: clear every trace of it.
pub trait OnSubnetRemoved {
    /// Returns how many storage keys it wrote, so that nobody pays for more.
    fn on_subnet_removed(netuid: NetUid) -> u32;
}

#[impl_trait_for_tuples::impl_for_tuples(8)]
impl OnSubnetRemoved for Tuple {
    fn on_subnet_removed(netuid: NetUid) -> u32 {
        let mut keys = 0u32;
        for_tuples!( #( keys = keys.saturating_add(Tuple::on_subnet_removed(netuid)); )* );
        keys
    }
}

/// The hotkey `old` goes on as `new`, which nothing is known of yet: all that is kept under the one moves to the other.
pub trait OnHotkeySwapped {
    /// Whoever fails undoes the whole swap.
    fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult;
}

#[impl_trait_for_tuples::impl_for_tuples(8)]
impl OnHotkeySwapped for Tuple {
    fn on_hotkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
        for_tuples!( #( Tuple::on_hotkey_swapped(old, new)?; )* );
        Ok(())
    }
}

/// The coldkey `old` goes on as `new`, which has nothing but free tokens: all that is kept under the one moves to the
/// other.
pub trait OnColdkeySwapped {
    /// Whoever fails undoes the whole swap.
    fn on_coldkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult;
}

#[impl_trait_for_tuples::impl_for_tuples(8)]
impl OnColdkeySwapped for Tuple {
    fn on_coldkey_swapped(old: &AccountId, new: &AccountId) -> DispatchResult {
        for_tuples!( #( Tuple::on_coldkey_swapped(old, new)?; )* );
        Ok(())
    }
}

/// A newcomer took the seat `uid`: nothing of whoever sat there before may remain.
#[impl_trait_for_tuples::impl_for_tuples(8)]
pub trait OnSeatTaken {
    fn on_seat_taken(netuid: NetUid, uid: Uid);
}
