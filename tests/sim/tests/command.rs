//! The command as users run it.

use std::process::{Command, Output};

fn sim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim")).args(args).output().expect("the command runs")
}

#[test]
fn json_holds_the_figures_of_the_tables() {
    let text = String::from_utf8(sim(&["movers"]).stdout).expect("it prints text");
    let json: serde_json::Value = serde_json::from_slice(&sim(&["movers", "--json"]).stdout).expect("it prints JSON");
    assert_eq!(json[0]["experiment"], "movers");
    let table = &json[0]["tables"][0];
    assert!(text.starts_with(table["title"].as_str().expect("a table has a title")));
    let first = &table["rows"][0];
    let change = (first["figures"][0].as_f64().expect("a figure is a number") - 1.0) * 100.0;
    let row = format!("{}    {change:+.1} %", first["name"].as_str().expect("a row has a name"));
    assert!(text.contains(&row), "{row} is not in {text}");
}

#[test]
fn out_receives_tables_and_pictures() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("new");
    assert!(sim(&["movers", "--out", path.to_str().expect("the path is text")]).status.success());
    let svg = std::fs::read_to_string(path.join("movers.svg")).expect("the picture is there");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(path.join("movers.txt").exists());
}

#[test]
fn an_unknown_experiment_is_refused_with_those_that_exist() {
    let refused = sim(&["guess"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("guarantee, copier, movers, economy, honesty, all"));
}
