//! What is handed out comes in, and what is kept back is dust.

use proptest::prelude::*;
use yuma::fixed::Fixed;
use yuma::{evaluate, run};

use crate::config;
use crate::subnets::{subnet, wild};

fn total(amounts: &[u64]) -> u128 {
    amounts.iter().copied().map(u128::from).sum()
}

/// What rounding may keep of `emission` when it is cut into `parts`: less than one unit of 2^-32 of it and less than
/// one base unit for each part.
fn dust(parts: usize, emission: u64) -> u128 {
    let parts = parts as u128;
    parts + ((parts * u128::from(emission)) >> 32) + 1
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_more_is_handed_out_than_came_in((input, params) in prop_oneof![subnet(), wild()]) {
        if let Ok(outcome) = run(&input, &params) {
            prop_assert!(total(&outcome.emission) <= u128::from(input.emission));
            let paid = total(&outcome.server_emission) + total(&outcome.validator_emission);
            prop_assert!(paid <= u128::from(input.emission));
        }
    }

    #[test]
    fn only_dust_is_kept_back_where_there_is_stake((input, params) in prop_oneof![subnet(), wild()]) {
        if let Ok(epoch) = evaluate(&input, &params) {
            let outcome = epoch.outcome(input.emission);
            let neurons = input.alpha_stake.len();
            let paid = total(&outcome.server_emission) + total(&outcome.validator_emission);
            if epoch.stake.iter().any(|share| *share > Fixed::ZERO) {
                prop_assert!(total(&outcome.emission) + dust(neurons, input.emission) >= u128::from(input.emission));
                prop_assert!(paid + dust(2 * neurons, input.emission) >= u128::from(input.emission));
            } else {
                prop_assert_eq!(paid, 0);
            }
        }
    }

    #[test]
    fn both_sides_get_half_if_both_have_something_to_divide((input, params) in subnet()) {
        let epoch = evaluate(&input, &params).unwrap();
        let outcome = epoch.outcome(input.emission);
        let earned = |shares: &[Fixed]| shares.iter().any(|share| *share > Fixed::ZERO);
        if earned(&epoch.incentive) && earned(&epoch.dividends) {
            let half = u128::from(input.emission) / 2;
            let tolerance = 2 * dust(input.alpha_stake.len(), input.emission);
            prop_assert!(total(&outcome.server_emission).abs_diff(half) <= tolerance);
            prop_assert!(total(&outcome.validator_emission).abs_diff(half) <= tolerance);
        }
    }
}
