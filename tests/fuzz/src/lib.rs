//! What holds for any input of the consensus, checked on inputs made of arbitrary bytes.
//!
//! `targets` hold these functions up to libFuzzer (`make fuzz`); `corpus` keeps the inputs that reach the most code.

pub mod laws;
pub mod subnet;

use arbitrary::Unstructured;
use yuma_case::Case;

/// Runs the subnet that `data` describes, and the epoch after it.
///
/// # Panics
/// If that breaks a law.
pub fn epoch(data: &[u8]) {
    let Ok((mut input, params)) = subnet::subnet(&mut Unstructured::new(data)) else { return };
    laws::upscaled_weights_keep_their_order(&input);
    if let Some(outcome) = laws::hold_for(&input, &params) {
        laws::the_order_of_entries_does_not_matter(&input, &params, &outcome);
        input.bonds = outcome.bonds;
        input.validator_permit = outcome.validator_permit;
        assert!(laws::hold_for(&input, &params).is_some(), "an outcome does not fit into the next epoch");
    }
}

/// Runs the case in `data`, which is meant to be JSON.
///
/// # Panics
/// If that breaks a law, or if the outputs are not those of the epochs.
pub fn case(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let outputs = yuma_case::run_json(text);
    let Ok(epochs) = Case::parse(text).and_then(Case::run) else { return assert!(outputs.is_err()) };
    let outputs = outputs.expect("the epochs of this case can be run");
    assert_eq!(outputs["epochs"].as_array().map(Vec::len), Some(epochs.len()));
    for epoch in epochs {
        assert_eq!(laws::hold_for(&epoch.input, &epoch.params), Some(epoch.outcome));
    }
}
