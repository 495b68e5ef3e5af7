//! Every vector is reproduced bit for bit, and none goes unread.

mod epochs;
mod trace;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

/// Text of every JSON file in the folder, by name.
fn vectors() -> BTreeMap<String, String> {
    let entries = fs::read_dir(vectors::folder()).expect("the folder of the vectors is there");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let named = |path: &std::path::Path| path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    json.map(|path| (named(&path), fs::read_to_string(&path).expect("a vector can be read"))).collect()
}

/// The names that the index lists: the first cell of each row of its table.
fn indexed() -> BTreeSet<String> {
    let index = fs::read_to_string(vectors::folder().join("INDEX.md")).expect("the index is there");
    let first_cells = index.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    first_cells.filter(|cell| cell.ends_with(".json")).map(String::from).collect()
}

/// What differs between a file and what the consensus makes of it; an error for a file that nobody can read.
fn differences(text: &str) -> Result<Vec<String>, String> {
    let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match file["schema"].as_str() {
        Some("yuma-vector/1") => epochs::differences(text, &file),
        Some("yuma-unit/1") => units::differences(&file),
        other => Err(format!("nothing here reads the schema {other:?}")),
    }
}

#[test]
fn every_vector_is_reproduced_bit_for_bit_and_none_goes_unread() {
    let vectors = vectors();
    assert_eq!(vectors.keys().cloned().collect::<BTreeSet<_>>(), indexed(), "the folder and its index differ");
    let failures: Vec<String> = vectors
        .iter()
        .filter_map(|(name, text)| match differences(text) {
            Ok(found) if found.is_empty() => None,
            Ok(found) => Some(format!("{name}: {} differ, first {}", found.len(), found[0])),
            Err(error) => Some(format!("{name}: {error}")),
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} vectors fail:\n{}", failures.len(), vectors.len(), failures.join("\n"));
}

#[test]
fn every_trace_is_reproduced_bit_for_bit() {
    let mut failures = Vec::new();
    for (name, text) in vectors() {
        failures.extend(trace::differences(&text).into_iter().map(|found| format!("{name}: {found}")));
    }
    assert!(failures.is_empty(), "{} trace fields differ:\n{}", failures.len(), failures.join("\n"));
}
