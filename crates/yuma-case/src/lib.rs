//! What-if for the consensus: reads a case in JSON, runs its epochs one after the other, gives the outcomes in JSON.
//!
//! A case is `{"schema": "yuma-vector/1", "epochs": [{"input": {…}}, …]}`. The first input names every field of
//! [`State`]; a later one only what changes. Bonds and permits pass from the outcome of an epoch to the next one unless
//! its input states them. Whatever else an epoch holds, such as expected results, is not looked at.

mod error;
mod state;

pub use error::CaseError;
pub use state::State;

use serde::Deserialize;
use serde_json::{json, Map, Value};
use yuma::{Input, Outcome, Params};

/// The format that this crate reads.
pub const SCHEMA: &str = "yuma-vector/1";

/// Runs the case in `text` and returns `{"epochs": [{"output": {…}}, …]}`, one output per epoch.
///
/// # Errors
/// If `text` is no case, or an epoch of it has no outcome; the error names the epoch.
pub fn run_json(text: &str) -> Result<Value, CaseError> {
    let epochs = Case::parse(text)?.run()?;
    let outputs: Vec<Value> = epochs.iter().map(|epoch| json!({ "output": output(&epoch.outcome) })).collect();
    Ok(json!({ "epochs": outputs }))
}

/// The inputs of a case, as they are written: the first in full, the others as changes.
#[derive(Clone, Debug)]
pub struct Case {
    inputs: Vec<Map<String, Value>>,
}

impl Case {
    /// Reads a case without running it.
    ///
    /// # Errors
    /// If `text` is not JSON, of another schema, or without epochs.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let file: File = serde_json::from_str(text).map_err(CaseError::Json)?;
        if let Some(found) = file.schema.filter(|schema| schema != SCHEMA) {
            return Err(CaseError::OtherSchema { found });
        }
        let epochs = file.epochs.ok_or(CaseError::NoEpochs)?;
        Ok(Self { inputs: epochs.into_iter().map(|epoch| epoch.input).collect() })
    }

    /// Runs the epochs in order.
    ///
    /// # Errors
    /// If a field is missing, misspelt or out of range, or an input does not fit together.
    pub fn run(self) -> Result<Vec<Epoch>, CaseError> {
        let mut running = Map::new();
        let run = |(number, changes)| {
            running.extend(changes);
            run_epoch(&mut running, number)
        };
        self.inputs.into_iter().enumerate().map(run).collect()
    }
}

/// One epoch that was run.
#[derive(Clone, Debug)]
pub struct Epoch {
    pub input: Input,
    pub params: Params,
    pub outcome: Outcome,
}

#[derive(Deserialize)]
struct File {
    schema: Option<String>,
    epochs: Option<Vec<WrittenEpoch>>,
}

#[derive(Deserialize)]
struct WrittenEpoch {
    input: Map<String, Value>,
}

/// Runs the epoch that the fields in `running` describe, and leaves in them what passes to the next.
fn run_epoch(running: &mut Map<String, Value>, number: usize) -> Result<Epoch, CaseError> {
    let state = State::deserialize(&*running).map_err(|source| CaseError::Field { epoch: number, source })?;
    let (input, params) = state.split().map_err(|source| CaseError::Input { epoch: number, source })?;
    let outcome = yuma::run(&input, &params).map_err(|source| CaseError::Input { epoch: number, source })?;
    running.insert("bonds".into(), json!(outcome.bonds));
    running.insert("validator_permit".into(), json!(outcome.validator_permit));
    Ok(Epoch { input, params, outcome })
}

fn output(outcome: &Outcome) -> Value {
    json!({
        "active": outcome.active,
        "validator_permit": outcome.validator_permit,
        "stake": outcome.stake,
        "stake_weight": outcome.stake_weight,
        "consensus": outcome.consensus,
        "validator_trust": outcome.validator_trust,
        "incentive": outcome.incentive,
        "dividends": outcome.dividends,
        "server_emission": outcome.server_emission,
        "validator_emission": outcome.validator_emission,
        "emission": outcome.emission,
        "bonds": outcome.bonds,
    })
}
