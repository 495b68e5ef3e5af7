//! What the benchmarks rely on.

use synthetic::{subnet, Variant, DENSE, SPARSE};
use yuma::Rows;

/// Rows are ascending, name no neuron twice and never the own one.
fn is_sound(rows: &Rows) -> bool {
    let own = |(uid, row): (u16, &Vec<(u16, u16)>)| row.iter().any(|entry| entry.0 == uid);
    rows.iter().all(|row| row.is_sorted_by(|a, b| a.0 < b.0)) && !(0..).zip(rows).any(own)
}

#[test]
fn each_validator_gives_as_many_weights_as_asked_to_others() {
    for (asked, expected) in [(DENSE, 255), (SPARSE, 16)] {
        let (input, _) = subnet(256, 64, asked, Variant::Classic);
        for rows in [&input.weights, &input.bonds] {
            assert!(is_sound(rows));
            assert!(rows[..64].iter().all(|row| row.len() == expected));
            assert!(rows[64..].iter().all(Vec::is_empty));
        }
        assert!(input.weights[..64].iter().all(|row| row.iter().any(|entry| entry.1 == u16::MAX)));
    }
}

#[test]
fn the_consensus_pays_both_sides() {
    for variant in Variant::ALL {
        let (input, params) = subnet(256, 64, SPARSE, variant);
        let outcome = yuma::run(&input, &params).unwrap();
        assert!(outcome.server_emission.iter().any(|amount| *amount > 0));
        assert!(outcome.validator_emission[..64].iter().all(|amount| *amount > 0));
    }
}
