//! A subnet's whole state in one value: what the runtime API answers.

use crate::{BlockTime, Childkeys, Emission, Hyperparams, Neurons, Root, Runtime, Stake, System, Yuma};
use alloc::vec::Vec;
use chain_traits::{HotkeyOwners, HyperparamsOf, Neurons as _, Shares as _, StakeWeight, Subnets as _, WaitingEpochs};
use frame_support::traits::{fungible::Inspect, Get};
use primitives::{
    Amount, BondRow, EpochInfo, HyperparamsStatus, Metagraph, NetUid, NeuronInfo, RootInfo, SubnetInfo, SubnetShare,
    Uid,
};

pub fn subnets() -> Vec<SubnetInfo> {
    crate::Subnets::netuids().into_iter().filter_map(subnet).collect()
}

pub fn subnet(netuid: NetUid) -> Option<SubnetInfo> {
    let registered = pallet_subnets::Registry::<Runtime>::get(netuid)?;
    let hyperparams = Hyperparams::hyperparams(netuid);
    let share = Root::shares().into_iter().find(|(listed, _)| *listed == netuid).map_or(0, |(_, share)| share);
    Some(SubnetInfo {
        netuid,
        owner: registered.owner,
        owner_hotkey: registered.owner_hotkey,
        identity: crate::Subnets::identity(netuid),
        describable_from: crate::Subnets::describable_from(netuid),
        locked: registered.locked,
        created_at: registered.created_at,
        neurons: Neurons::count(netuid),
        burn: Neurons::burn_price(netuid, &hyperparams),
        difficulty: Neurons::difficulty(netuid, &hyperparams),
        starts_at: crate::Subnets::starts_at(netuid)?,
        pending_emission: pallet_emission::Pending::<Runtime>::get(netuid),
        share,
        emission: emission_of(netuid, &Emission::next_block()),
        hyperparams,
    })
}

pub fn metagraph(netuid: NetUid) -> Option<Metagraph> {
    let EpochInfo { block, block_time, next, last, .. } = epoch(netuid)?;
    Some(Metagraph {
        block,
        block_time,
        next_epoch: next,
        last_epoch: last,
        total_issuance: <crate::Balances as Inspect<_>>::total_issuance(),
        neurons: neurons(netuid),
        subnet: subnet(netuid)?,
    })
}

pub fn epoch(netuid: NetUid) -> Option<EpochInfo> {
    if !crate::Subnets::exists(netuid) {
        return None;
    }
    let (block, next) = (System::block_number(), Yuma::next_epoch(netuid)?);
    let last = pallet_yuma::LastEpoch::<Runtime>::get(netuid);
    Some(EpochInfo {
        block,
        block_time: <BlockTime as Get<u64>>::get(),
        tempo: Hyperparams::hyperparams(netuid).tempo,
        next,
        blocks_left: next.checked_sub(block)?,
        last,
        blocks_since: last.and_then(|last| block.checked_sub(last)),
    })
}

pub fn root() -> RootInfo {
    let (block, rules) = (System::block_number(), pallet_root::Rules::<Runtime>::get());
    let emissions = Emission::next_block();
    let share = |(netuid, share)| SubnetShare { netuid, share, emission: emission_of(netuid, &emissions) };
    RootInfo {
        block,
        // The state after a block: its own root epoch, if it was due, has already run.
        next_epoch: rules.next_epoch(block).unwrap_or(block),
        rules,
        seats: Root::seats(),
        shares: Root::shares().into_iter().map(share).collect(),
    }
}

fn emission_of(netuid: NetUid, emissions: &[(NetUid, Amount)]) -> Amount {
    emissions.iter().find(|(listed, _)| *listed == netuid).map_or(0, |(_, emission)| *emission)
}

pub fn hyperparams_status(netuid: NetUid) -> Option<HyperparamsStatus> {
    crate::Subnets::exists(netuid).then(|| Hyperparams::status(netuid))
}

pub fn bonds(netuid: NetUid) -> Vec<BondRow> {
    let row = |uid| BondRow { uid, bonds: pallet_yuma::Bonds::<Runtime>::get(netuid, uid).into_inner() };
    (0..Neurons::count(netuid)).map(row).filter(|row| !row.bonds.is_empty()).collect()
}

fn neurons(netuid: NetUid) -> Vec<NeuronInfo> {
    (0..Neurons::count(netuid))
        .zip(Yuma::scores(netuid))
        .filter_map(|(uid, scores)| neuron(netuid, uid, scores))
        .collect()
}

fn neuron(netuid: NetUid, uid: Uid, scores: pallet_yuma::Scores) -> Option<NeuronInfo> {
    let seat = pallet_neurons::Seats::<Runtime>::get(netuid, uid)?;
    Some(NeuronInfo {
        uid,
        coldkey: Stake::coldkey_of(&seat.hotkey)?,
        stake: Childkeys::stake_weight(netuid, &seat.hotkey),
        hotkey: seat.hotkey,
        active: scores.active,
        validator_permit: scores.validator_permit,
        rank: scores.rank,
        trust: scores.trust,
        consensus: scores.consensus,
        incentive: scores.incentive,
        dividends: scores.dividends,
        validator_trust: scores.validator_trust,
        emission: scores.emission,
        last_update: pallet_weights::Rows::<Runtime>::get(netuid, uid).set_at,
        registered_at: seat.registered_at,
        axon: seat.axon.map(|served| served.axon),
        prometheus: seat.prometheus.map(|served| served.axon),
    })
}
