//! Programs and tests are made of the same, so that `make build` and `make test` build each dependency once.

use std::collections::BTreeSet;
use std::process::Command;

/// The packages that dependencies of these kinds lead to, each with the features that cargo then builds it with.
fn built(kinds: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").expect("cargo says where it lies");
    let arguments = ["tree", "--offline", "--workspace", "--prefix", "none", "--format", "{p} {f}", "--edges", kinds];
    let output = Command::new(cargo).args(arguments).output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("names are text");
    lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn a_dependency_has_the_same_features_in_programs_and_in_tests() {
    let (programs, tests) = (built("normal"), built("normal,dev"));
    let twice: Vec<_> = programs.difference(&tests).collect();
    assert!(programs.len() > 100, "only {} packages were listed", programs.len());
    assert!(twice.is_empty(), "tests ask for other features of these, name the same ones in Cargo.toml: {twice:#?}");
}
