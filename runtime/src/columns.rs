//! Selected columns of a metagraph, from nothing but the storage that they lie in.

use crate::{Childkeys, Neurons, Runtime, Stake, System, Yuma};
use alloc::vec::Vec;
use chain_traits::{HotkeyOwners, Neurons as _, StakeWeight, Subnets as _};
use pallet_neurons::Seat;
use primitives::{AccountId, Axon, MetagraphColumns, MetagraphField, NetUid};
use MetagraphField as Field;

pub fn columns(netuid: NetUid, fields: &[Field]) -> Option<MetagraphColumns> {
    if !crate::Subnets::exists(netuid) {
        return None;
    }
    let has = |field: Field| fields.contains(&field);
    let neurons = Neurons::count(netuid);
    let seats = reading(has, &OF_SEATS, || (0..neurons).map_while(|uid| seat(netuid, uid)).collect::<Vec<_>>());
    let scores = reading(has, &OF_SCORES, || Yuma::scores(netuid));
    let of_seats = |field| seats.as_deref().filter(|_| has(field));
    let of_scores = |field| scores.as_deref().filter(|_| has(field));
    let set_at = |uid| pallet_weights::Rows::<Runtime>::get(netuid, uid).set_at;
    Some(MetagraphColumns {
        netuid,
        block: System::block_number(),
        neurons,
        uid: has(Field::Uid).then(|| (0..neurons).collect()),
        hotkey: of_seats(Field::Hotkey).map(hotkeys),
        coldkey: of_seats(Field::Coldkey).and_then(coldkeys),
        stake: of_seats(Field::Stake).map(|seats| Childkeys::stake_weights(netuid, &hotkeys(seats))),
        active: column(of_scores(Field::Active), |scores| scores.active),
        validator_permit: column(of_scores(Field::ValidatorPermit), |scores| scores.validator_permit),
        rank: column(of_scores(Field::Rank), |scores| scores.rank),
        trust: column(of_scores(Field::Trust), |scores| scores.trust),
        consensus: column(of_scores(Field::Consensus), |scores| scores.consensus),
        incentive: column(of_scores(Field::Incentive), |scores| scores.incentive),
        dividends: column(of_scores(Field::Dividends), |scores| scores.dividends),
        validator_trust: column(of_scores(Field::ValidatorTrust), |scores| scores.validator_trust),
        emission: column(of_scores(Field::Emission), |scores| scores.emission),
        last_update: has(Field::LastUpdate).then(|| (0..neurons).map(set_at).collect()),
        registered_at: column(of_seats(Field::RegisteredAt), |seat| seat.registered_at),
        axon: column(of_seats(Field::Axon), |seat| endpoint(&seat.axon)),
        prometheus: column(of_seats(Field::Prometheus), |seat| endpoint(&seat.prometheus)),
    })
}

/// The columns that are read from the seats.
const OF_SEATS: [Field; 6] =
    [Field::Hotkey, Field::Coldkey, Field::Stake, Field::RegisteredAt, Field::Axon, Field::Prometheus];
/// The columns that are read from the scores of the last epoch.
const OF_SCORES: [Field; 9] = [
    Field::Active,
    Field::ValidatorPermit,
    Field::Rank,
    Field::Trust,
    Field::Consensus,
    Field::Incentive,
    Field::Dividends,
    Field::ValidatorTrust,
    Field::Emission,
];

/// What `read` finds, if one of `fields` is asked for.
fn reading<T>(has: impl Fn(Field) -> bool, fields: &[Field], read: impl FnOnce() -> T) -> Option<T> {
    fields.iter().any(|field| has(*field)).then(read)
}

fn column<S, T>(rows: Option<&[S]>, cell: impl Fn(&S) -> T) -> Option<Vec<T>> {
    rows.map(|rows| rows.iter().map(cell).collect())
}

fn seat(netuid: NetUid, uid: primitives::Uid) -> Option<Seat> {
    pallet_neurons::Seats::<Runtime>::get(netuid, uid)
}

fn hotkeys(seats: &[Seat]) -> Vec<AccountId> {
    seats.iter().map(|seat| seat.hotkey.clone()).collect()
}

fn coldkeys(seats: &[Seat]) -> Option<Vec<AccountId>> {
    seats.iter().map(|seat| Stake::coldkey_of(&seat.hotkey)).collect()
}

fn endpoint(served: &Option<pallet_neurons::Served>) -> Option<Axon> {
    served.as_ref().map(|served| served.axon)
}
