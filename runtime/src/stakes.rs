//! What a coldkey has staked, over all hotkeys and subnets.

use crate::{identity::identity, Hyperparams, Neurons, Runtime, Stake, Yuma};
use alloc::vec::Vec;
use chain_traits::{HyperparamsOf, Neurons as _, Subnets as _};
use primitives::{AccountId, Delegate, NetUid, SeatPay, StakePosition};

pub fn stakes(coldkey: &AccountId) -> Vec<StakePosition> {
    let pools = pallet_stake::ByColdkey::<Runtime>::iter_key_prefix(coldkey);
    let hotkeys = pools.filter_map(pallet_stake::HotkeyOf::<Runtime>::get);
    let mut positions: Vec<_> = hotkeys.filter_map(|hotkey| position(hotkey, coldkey)).collect();
    positions.sort_by(|a, b| a.hotkey.cmp(&b.hotkey));
    positions
}

fn position(hotkey: AccountId, coldkey: &AccountId) -> Option<StakePosition> {
    let held = Stake::holding(&hotkey, coldkey)?;
    let seats = crate::Subnets::netuids().into_iter().filter_map(|netuid| seat_pay(netuid, &hotkey));
    Some(StakePosition {
        amount: held.amount,
        waiting: held.waiting,
        counts_from: held.counts_from,
        take: Stake::take(&hotkey),
        seats: seats.collect(),
        hotkey,
    })
}

fn seat_pay(netuid: NetUid, hotkey: &AccountId) -> Option<SeatPay> {
    let uid = Neurons::uid_of(netuid, hotkey)?;
    let scores = Yuma::scores(netuid).into_iter().nth(uid.into())?;
    let every = u32::from(Hyperparams::hyperparams(netuid).tempo).checked_add(1)?;
    Some(SeatPay { netuid, uid, dividends: scores.dividends, emission: scores.emission, every })
}

/// Every hotkey that somebody stakes on, the one with most stake first, with the name of its owner.
pub fn delegates() -> Vec<Delegate> {
    let named = |delegate: Delegate| {
        let name = identity(&delegate.owner).map(|identity| identity.name).unwrap_or_default();
        Delegate { name, ..delegate }
    };
    Stake::delegates().into_iter().map(named).collect()
}
