//! That it pays to be honest.

use sim::experiments::honesty::{cabals, shirkers, splits, wages, PRICE};

#[test]
fn honest_miners_earn_in_the_order_of_their_quality() {
    let orders = wages().expect("a valid input").orders;
    assert!(orders.iter().all(|order| *order >= 0.95), "{orders:?}");
}

#[test]
fn every_honest_miner_earns_more_than_its_seat_costs_and_no_cheat_does() {
    let wages = wages().expect("a valid input");
    assert!(wages.honest.iter().all(|earned| *earned > PRICE), "{:?}", wages.honest);
    assert!(wages.cheats.iter().all(|earned| *earned < PRICE), "{:?}", wages.cheats);
}

#[test]
fn whoever_copies_weights_earns_less_than_each_validator_that_judges() {
    let validators = wages().expect("a valid input").validators;
    let (copier, judges) = validators.split_last().expect("there are validators");
    assert!(judges.iter().all(|judge| judge > copier), "{validators:?}");
}

#[test]
fn making_up_a_part_of_the_answers_costs_more_than_that_part() {
    let shirkers = shirkers().expect("a valid input");
    for one in &shirkers[1..] {
        let lost = 1.0 - one.earned / shirkers[0].earned;
        assert!(lost > 1.5 * one.part, "{}: {lost}", one.part);
    }
}

#[test]
fn seats_that_share_a_cpu_earn_less_than_one_and_those_on_a_gpu_less_than_seats_with_machines() {
    let splits = splits().expect("a valid input");
    let one = splits[0].cpu;
    for split in &splits[1..] {
        assert!(split.cpu < one, "{} seats: {} against {one}", split.seats, split.cpu);
        let price = PRICE * split.seats as f64;
        assert!(
            split.gpu - price < 0.7 * (split.machines - price),
            "{} seats: {} {}",
            split.seats,
            split.gpu,
            split.machines
        );
    }
    assert!(splits.last().is_some_and(|many| many.gpu - PRICE * (many.seats as f64) < 0.0));
}

/// The bounds that docs/honesty.md states.
#[test]
fn a_cabal_below_half_the_stake_moves_nobody_by_more_than_three_places_and_pays_no_cheat() {
    for cabal in cabals().expect("a valid input") {
        assert!(cabal.order >= 0.95 && cabal.places <= 3, "{}: {} {}", cabal.stake, cabal.order, cabal.places);
        assert!(cabal.victim > 0.8, "{}: {}", cabal.stake, cabal.victim);
        assert!(cabal.cheat < 0.01, "{}: {}", cabal.stake, cabal.cheat);
    }
}
