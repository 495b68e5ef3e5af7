//! docs/hyperparameters.md is what the code says: names, units and meaning from the struct's documentation, defaults
//! from `Default`, ranges by asking `validate`.

use primitives::Hyperparams;
use scale_info::{form::MetaForm, Field, TypeDef, TypeInfo};
use serde_json::{json, Value};
use std::path::PathBuf;

const RENEW: &str = "if the change is meant, renew it with: make docs";

const HEAD: &str = "\
# Hyperparameters

What can be set for one subnet, with `plexus subnet set`. This page is made of the code by `make docs`.

A new subnet starts with the defaults. Its owner changes what is the owner's: each parameter once in two tempos, and none
in the last 10 blocks before an epoch (the last tenth of a tempo shorter than 100 blocks). Root changes all, at any time.
What is free of fees, or costs its subnet nothing, has a floor for owners: a tenth of the network's defaults for
`weights_rate_limit` and `serving_rate_limit`, the first of these for `tempo`, and the default of `min_difficulty`.
`plexus subnet show` tells which are locked and until which block. A range is what is allowed while all other parameters
have their defaults; 65,535 stands for one where a share is meant, and 1,000,000,000 base units are one token.

| name | unit | default | range | who | what it does |
| --- | --- | --- | --- | --- | --- |
";

/// Smallest and largest value of an integer type, and what such a field counts, by the type's name in the struct.
fn unit_of(type_name: &str) -> (&'static str, Option<(i128, i128)>) {
    let all = |min: i128, max: i128| Some((min, max));
    match type_name {
        "bool" => ("yes or no", None),
        "BlockNumber" => ("blocks", all(0, u32::MAX.into())),
        "Amount" => ("base units", all(0, u64::MAX.into())),
        "Proportion" => ("share", all(0, u16::MAX.into())),
        "u16" => ("number", all(0, u16::MAX.into())),
        "u32" => ("number", all(0, u32::MAX.into())),
        "u64" => ("number", all(0, u64::MAX.into())),
        "i16" => ("number", all(i16::MIN.into(), i16::MAX.into())),
        other => panic!("say here what a hyperparameter of type {other} counts"),
    }
}

fn is_valid(name: &str, value: i128) -> bool {
    let mut all = json!(Hyperparams::default());
    all[name] = if value < 0 { json!(value as i64) } else { json!(value as u64) };
    serde_json::from_value::<Hyperparams>(all).is_ok_and(|params| params.validate().is_ok())
}

/// The value furthest from a valid one, towards `end`, up to which all are valid.
fn furthest(name: &str, mut valid: i128, end: i128) -> i128 {
    if is_valid(name, end) {
        return end;
    }
    let mut invalid = end;
    while (invalid - valid).abs() > 1 {
        let middle = (valid + invalid) / 2;
        if is_valid(name, middle) {
            valid = middle;
        } else {
            invalid = middle;
        }
    }
    valid
}

fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{}{}", if number < 0 { "-" } else { "" }, groups.join(","))
}

fn row(field: &Field<MetaForm>, defaults: &Value) -> String {
    let name = field.name.expect("fields have names");
    let (unit, bounds) = unit_of(field.type_name.expect("fields have types"));
    let what = field.docs.join(" ").replace("`u16::MAX`", "65,535").replace("[`MAX_UIDS`]", "2,048");
    assert!(what.ends_with('.'), "{name} does not say what it does");
    let default = &defaults[name];
    let (default, range) = match bounds {
        None => (default.to_string(), "true, false".to_owned()),
        Some((min, max)) => {
            let default: i128 = default.to_string().parse().expect("it is an integer");
            let (lowest, highest) = (furthest(name, default, min), furthest(name, default, max));
            (grouped(default), format!("{} to {}", grouped(lowest), grouped(highest)))
        }
    };
    let who = if Hyperparams::ROOT_ONLY.contains(&name) { "root" } else { "owner" };
    format!("| `{name}` | {unit} | {default} | {range} | {who} | {} |\n", what.trim())
}

fn page() -> String {
    let TypeDef::Composite(of) = Hyperparams::type_info().type_def else { panic!("it is a struct") };
    let defaults = json!(Hyperparams::default());
    HEAD.to_owned() + &of.fields.iter().map(|field| row(field, &defaults)).collect::<String>()
}

fn path() -> PathBuf {
    let here = std::env::current_dir().expect("there is a working directory");
    let docs = here.ancestors().map(|ancestor| ancestor.join("docs")).find(|docs| docs.join("yuma.md").exists());
    docs.expect("the tests run within the project").join("hyperparameters.md")
}

#[test]
fn the_page_is_what_the_code_says() {
    if std::env::var_os("RENEW").is_some() {
        std::fs::write(path(), page()).expect("docs can be written");
    }
    let committed = std::fs::read_to_string(path()).unwrap_or_default();
    assert!(committed == page(), "docs/hyperparameters.md is not what the code says; {RENEW}");
}

#[test]
fn ranges_are_those_that_the_chain_allows() {
    for (name, default, lowest, highest) in
        [("tempo", 360, 1, 360), ("max_uids", 256, 64, 2_048), ("burn_increase", 1_260, 1_000, 65_535)]
    {
        assert_eq!((furthest(name, default, 0), furthest(name, default, 65_535)), (lowest, highest), "{name}");
    }
}
