//! Intermediate results in full precision, where a file records them.

use serde_json::{json, Value};
use yuma::fixed::Fixed;
use yuma::matrix::{Matrix, Row};
use yuma::Epoch;

/// Recorded, but kept by no result of ours: they are seen through what is made of them.
const NOT_KEPT: [&str; 6] =
    ["old_bonds", "weights_for_bonds", "bonds_delta", "alphas", "ema_bonds_norm", "total_bonds_per_validator"];

/// The traced fields that differ. Files without epochs have none.
pub fn differences(text: &str) -> Vec<String> {
    let file: Value = serde_json::from_str(text).expect("a vector is JSON");
    let recorded = file["epochs"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = yuma_case::Case::parse(text).and_then(yuma_case::Case::run).unwrap_or_default();
    let mut differences = Vec::new();
    for (number, (recorded, ours)) in recorded.iter().zip(&ours).enumerate() {
        let ours = fields(&yuma::evaluate(&ours.input, &ours.params).expect("it ran before"));
        for (name, expected) in recorded["trace"].as_object().into_iter().flatten() {
            let found = ours.iter().find(|(field, _)| field == name).map(|(_, found)| found);
            if found != Some(expected) && !NOT_KEPT.contains(&name.as_str()) {
                differences.push(format!("epoch {number} `{name}`: {found:?} for {expected}"));
            }
        }
    }
    differences
}

fn fields(epoch: &Epoch) -> Vec<(&'static str, Value)> {
    vec![
        ("stake", bits(&epoch.stake)),
        ("active_stake", bits(&epoch.active_stake)),
        ("weights", rows(&epoch.weights)),
        ("consensus", bits(&epoch.consensus)),
        ("clipped_weights", rows(&epoch.clipped())),
        ("validator_trust", bits(&epoch.validator_trust)),
        ("incentive", bits(&epoch.incentive)),
        ("ema_bonds", rows(&epoch.bonds)),
        ("dividends", bits(&epoch.dividends)),
        ("norm_server_emission", bits(&epoch.shares.server)),
        ("norm_validator_emission", bits(&epoch.shares.validator)),
        ("norm_combined_emission", bits(&epoch.shares.combined)),
    ]
}

fn bits(values: &[Fixed]) -> Value {
    json!(values.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
}

fn rows(matrix: &Matrix) -> Value {
    let entries = |row: Row| row.entries().map(|(column, value)| (column, value.to_bits())).collect::<Vec<_>>();
    json!(matrix.rows().map(entries).collect::<Vec<_>>())
}
