//! Rounds in a file: one JSON document after another, usually one on each line.

use anyhow::{ensure, Context, Result};
use std::fs;
use std::path::Path;
use subnet::Record;

pub fn write(file: &Path, records: &[Record]) -> Result<()> {
    let lines: Vec<String> = records.iter().map(serde_json::to_string).collect::<serde_json::Result<_>>()?;
    fs::write(file, lines.join("\n") + "\n").with_context(|| format!("cannot write the rounds to {}", file.display()))
}

/// At least one round.
pub fn read(file: &Path) -> Result<Vec<Record>> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    let records = serde_json::Deserializer::from_str(&text).into_iter().collect::<serde_json::Result<Vec<Record>>>();
    let records =
        records.with_context(|| format!("{shown} holds no rounds: write some with `plexus subnet try --record`"))?;
    ensure!(!records.is_empty(), "{shown} holds no rounds: write some with `plexus subnet try --record`");
    Ok(records)
}
