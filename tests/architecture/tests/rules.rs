//! docs/chain.md names tests that exist.

use std::fs;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where this package lies");
    Path::new(&package).join("../..")
}

/// Path of the module and function of every test that the page names as `module::function`.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter_map(|name| name.rsplit_once("::")).filter(|(_, test)| test.contains('_')).collect()
}

#[test]
fn every_rule_of_the_chain_is_pinned_by_a_test_that_exists() {
    let page = fs::read_to_string(project().join("docs/chain.md")).expect("docs/chain.md can be read");
    let tests = named(&page);
    assert!(tests.len() > 20, "only {} tests are named: does this test still read the page?", tests.len());
    for (module, test) in tests {
        let file = project().join("runtime/tests/wired").join(module.replace("::", "/")).with_extension("rs");
        let source = fs::read_to_string(&file).unwrap_or_default();
        assert!(source.contains(&format!("fn {test}()")), "docs/chain.md names {module}::{test}, which does not exist");
    }
}
