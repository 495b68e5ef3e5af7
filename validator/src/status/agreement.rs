//! Whether a validator thinks what the others think. Pure.

use crate::publish::row::row;
use crate::scores::{holds, Standing};
use primitives::{AccountId, Metagraph, Uid};
use std::collections::BTreeMap;
use validator_api::{Agreement, Average};

/// Parts of one, by seat.
pub type Shares = BTreeMap<Uid, f64>;

/// What the weights would be now, in the chain's own rounding; empty where no weights can be justified.
pub fn own_shares(standings: &[Standing], metagraph: &Metagraph) -> Shares {
    let seated = standings.iter().filter(|standing| holds(metagraph, standing.uid, &standing.hotkey));
    let scores: Vec<(Uid, f32)> = seated.map(|standing| (standing.uid, standing.worth())).collect();
    let Ok(row) = row(&scores, &metagraph.subnet.hyperparams) else { return Shares::new() };
    normalised(row.uids.into_iter().zip(row.values.into_iter().map(f64::from)))
}

/// What the stake behind all validators agreed on in the last epoch.
pub fn consensus_shares(metagraph: &Metagraph) -> Shares {
    normalised(metagraph.neurons.iter().map(|seat| (seat.uid, f64::from(seat.consensus))))
}

/// The part of `own` that would have to move to become `others`, from 0 to 1.
fn deviation(own: &Shares, others: &Shares) -> f64 {
    let part = |shares: &Shares, uid: &Uid| shares.get(uid).copied().unwrap_or_default();
    let missing = |(uid, share): (&Uid, &f64)| (share - part(own, uid)).max(0.0);
    others.iter().map(missing).sum()
}

pub fn agreement(own: &Shares, metagraph: &Metagraph, hotkey: &AccountId) -> Option<Agreement> {
    let seat = metagraph.by_hotkey(hotkey).filter(|_| metagraph.last_epoch.is_some())?;
    Some(Agreement {
        vtrust: seat.validator_trust,
        deviation: deviation(own, &consensus_shares(metagraph)),
        dividends: seat.dividends,
        emission: seat.emission,
        permit: seat.validator_permit,
    })
}

/// Each average beside its part of the weights and of the consensus.
pub fn averages(standings: Vec<Standing>, own: &Shares, consensus: &Shares) -> Vec<Average> {
    let part = |shares: &Shares, uid: Uid| shares.get(&uid).copied().unwrap_or_default();
    let average = |Standing { uid, hotkey, score, rounds, missing }: Standing| {
        let (weight, consensus) = (part(own, uid), part(consensus, uid));
        Average { uid, hotkey, score, rounds, missing, weight, consensus }
    };
    standings.into_iter().map(average).collect()
}

fn normalised(values: impl Iterator<Item = (Uid, f64)>) -> Shares {
    let values: Vec<_> = values.filter(|(_, value)| *value > 0.0).collect();
    let sum: f64 = values.iter().map(|(_, value)| value).sum();
    values.into_iter().map(|(uid, value)| (uid, value / sum)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{account, metagraph};

    fn standing(n: u8, score: f32) -> Standing {
        Standing { uid: n.into(), hotkey: account(n), score, rounds: 1, missing: 0 }
    }

    /// Neuron 0 is the validator; the consensus of the others is as given.
    fn after_an_epoch(consensus: &[u16]) -> Metagraph {
        let mut metagraph = metagraph(consensus.len() as u8);
        metagraph.last_epoch = Some(1);
        metagraph.neurons.iter_mut().zip(consensus).for_each(|(seat, consensus)| seat.consensus = *consensus);
        metagraph.neurons[0].validator_trust = 40_000;
        metagraph
    }

    fn deviation_of(standings: &[Standing], consensus: &[u16]) -> f64 {
        let metagraph = after_an_epoch(consensus);
        agreement(&own_shares(standings, &metagraph), &metagraph, &account(0)).unwrap().deviation
    }

    #[test]
    fn the_deviation_is_the_part_of_the_weights_that_lies_elsewhere() {
        assert!(deviation_of(&[standing(1, 1.0), standing(2, 1.0)], &[0, 7, 7]) < 1e-9);
        assert!((deviation_of(&[standing(1, 1.0)], &[0, 7, 7]) - 0.5).abs() < 1e-9);
        assert!((deviation_of(&[standing(1, 1.0)], &[0, 0, 7]) - 1.0).abs() < 1e-9);
        assert!((deviation_of(&[], &[0, 0, 7]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn before_an_epoch_and_without_a_seat_there_is_nothing_to_agree_on() {
        let standings = [standing(1, 1.0)];
        let seated = after_an_epoch(&[0, 1]);
        let own = own_shares(&standings, &seated);
        assert_eq!(agreement(&own, &seated, &account(0)).unwrap().vtrust, 40_000);
        assert_eq!(agreement(&own, &seated, &account(9)), None);
        assert_eq!(agreement(&own, &metagraph(2), &account(0)), None);
    }

    #[test]
    fn a_former_holder_has_no_part() {
        let former = Standing { hotkey: account(9), ..standing(1, 1.0) };
        assert!(own_shares(&[former], &after_an_epoch(&[0, 1])).is_empty());
    }
}
