//! Cases as a user writes them.

use serde_json::{json, Value};
use yuma_case::{run_json, CaseError};

/// Two validators who agree about one miner.
fn input() -> Value {
    json!({
        "n": 3, "current_block": 1_000, "tempo": 99, "last_step_block": 900, "activity_cutoff": 5_000,
        "kappa": 32_767, "bonds_penalty": 65_535, "bonds_moving_average": 900_000, "yuma3": true, "liquid_alpha": false,
        "alpha_low": 45_875, "alpha_high": 58_982, "alpha_sigmoid_steepness": 1_000, "max_allowed_validators": 64,
        "stake_threshold": 0, "owner_uid": 2, "rao_emission": 1_000_000, "alpha_stake": [60, 40, 0],
        "tao_stake": [0, 0, 0], "tao_weight": 0, "last_update": [990, 990, 0], "block_at_registration": [0, 0, 0],
        "commit_block": null, "validator_permit": [true, true, false],
        "weights": [[[2, 65_535]], [[2, 65_535]], []], "bonds": [[], [], []],
    })
}

fn case(inputs: &[Value]) -> String {
    let epochs: Vec<Value> = inputs.iter().map(|input| json!({ "input": input })).collect();
    json!({ "schema": "yuma-vector/1", "epochs": epochs }).to_string()
}

fn outputs(inputs: &[Value]) -> Vec<Value> {
    let outcome = run_json(&case(inputs)).unwrap();
    outcome["epochs"].as_array().unwrap().iter().map(|epoch| epoch["output"].clone()).collect()
}

#[test]
fn an_output_has_exactly_the_fields_of_the_schema() {
    let outputs = outputs(&[input()]);
    let mut names: Vec<&str> = outputs[0].as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "active",
        "bonds",
        "consensus",
        "dividends",
        "emission",
        "incentive",
        "server_emission",
        "stake",
        "stake_weight",
        "validator_emission",
        "validator_permit",
        "validator_trust",
    ];
    assert_eq!(names, expected);
    assert_eq!(outputs[0]["server_emission"], json!([0, 0, 500_000]));
}

#[test]
fn bonds_and_permits_pass_to_the_next_epoch_unless_its_input_states_them() {
    let outputs = outputs(&[input(), json!({}), json!({ "bonds": [[], [], []] })]);
    assert_ne!(outputs[1]["bonds"], outputs[0]["bonds"]);
    assert_eq!(outputs[2]["bonds"], outputs[0]["bonds"]);
}

#[test]
fn a_field_of_a_later_epoch_stays_for_those_after_it() {
    let outputs = outputs(&[input(), json!({ "rao_emission": 10 }), json!({})]);
    assert_eq!(outputs[2]["server_emission"], json!([0, 0, 5]));
}

#[test]
fn a_null_takes_back_what_was_there() {
    let outputs = outputs(&[input(), json!({ "owner_uid": null })]);
    assert_eq!(outputs[0]["validator_permit"], json!([true, true, true]));
    assert_eq!(outputs[1]["validator_permit"], json!([true, true, false]));
}

#[test]
fn amounts_beyond_the_precision_of_floats_are_kept() {
    let outputs = outputs(&[input(), json!({ "alpha_stake": [9_007_199_254_740_993_u64, 1, 0] })]);
    assert_eq!(outputs[1]["stake"], json!([9_007_199_254_740_993_u64, 1, 0]));
}

#[test]
fn a_missing_field_is_named_with_its_epoch() {
    let mut incomplete = input();
    incomplete.as_object_mut().unwrap().remove("kappa");
    let error = run_json(&case(&[incomplete])).unwrap_err();
    assert_eq!(error.to_string(), "the input of epoch 0 cannot be read: missing field `kappa`");
}

#[test]
fn a_misspelt_field_is_refused() {
    let error = run_json(&case(&[input(), json!({ "kapa": 1 })])).unwrap_err();
    assert!(matches!(error, CaseError::Field { epoch: 1, .. }), "{error}");
}

#[test]
fn lists_of_different_lengths_are_refused() {
    let error = run_json(&case(&[input(), json!({ "n": 4 })])).unwrap_err();
    assert!(matches!(error, CaseError::Input { epoch: 1, .. }), "{error}");
}

#[test]
fn a_file_of_another_schema_is_refused_by_its_name() {
    let error = run_json(r#"{"schema": "yuma-unit/1", "cases": []}"#).unwrap_err();
    assert_eq!(error.to_string(), "the file's schema is `yuma-unit/1`; only `yuma-vector/1` describes epochs to run");
}

#[test]
fn a_file_without_epochs_is_refused() {
    assert!(matches!(run_json("{}").unwrap_err(), CaseError::NoEpochs));
    assert!(matches!(run_json("no JSON").unwrap_err(), CaseError::Json(_)));
}
