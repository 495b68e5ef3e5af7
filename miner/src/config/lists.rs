//! Settings of several values.

use anyhow::Context;
use primitives::AccountId;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

/// A list in a file, or names with commas between them in an environment variable.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// Reads names and what they stand for, as a setting of several.
pub fn list<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<Vec<T>, D::Error> {
    let names = match Names::deserialize(from)? {
        Names::One(names) => names.split(',').map(str::to_owned).collect(),
        Names::Several(names) => names,
    };
    let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    names.map(|name| name.parse().map_err(|error| D::Error::custom(format!("'{name}': {error}")))).collect()
}

/// The hotkeys in `file`, one on each line; what follows a # is not read.
pub fn blacklist(file: &Path) -> anyhow::Result<Vec<AccountId>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the blacklist {}", file.display()))?;
    let names = (1..).zip(text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()));
    let account = |(line, name): (usize, &str)| match name.parse() {
        Ok(account) => Ok(account),
        Err(error) => anyhow::bail!("line {line} of {} is not the address of a hotkey: {error}", file.display()),
    };
    names.filter(|(_, name)| !name.is_empty()).map(account).collect()
}
