//! Whole epochs, as a user runs them.

use serde_json::Value;

/// The output fields that differ from the file's, and those that one of the two lacks.
pub fn differences(text: &str, file: &Value) -> Result<Vec<String>, String> {
    let ours = yuma_case::run_json(text).map_err(|error| error.to_string())?;
    let (expected, found) = (list(file, "epochs"), list(&ours, "epochs"));
    if expected.is_empty() || expected.len() != found.len() {
        return Err(format!("{} epochs came out of {}", found.len(), expected.len()));
    }
    let pairs = expected.iter().zip(found).enumerate();
    Ok(pairs
        .flat_map(|(epoch, (expected, found))| epoch_differences(epoch, &expected["output"], &found["output"]))
        .collect())
}

fn epoch_differences(epoch: usize, expected: &Value, found: &Value) -> Vec<String> {
    let names =
        |output: &Value| output.as_object().expect("an output is an object").keys().cloned().collect::<Vec<_>>();
    let mut differences: Vec<String> = names(expected)
        .iter()
        .filter(|name| expected[name.as_str()] != found[name.as_str()])
        .map(|name| format!("epoch {epoch} `{name}`: {} for {}", found[name.as_str()], expected[name.as_str()]))
        .collect();
    let added = names(found).into_iter().filter(|name| expected.get(name).is_none());
    differences.extend(added.map(|name| format!("epoch {epoch} `{name}` is no field of the schema")));
    differences
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}
