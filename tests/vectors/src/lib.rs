//! Golden vectors of the consensus, computed by another implementation: see `yuma/README.md`.

use std::path::PathBuf;

/// The folder of the vectors, asked of the cargo that runs the tests: they may have been built in another checkout.
pub fn folder() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where this package lies");
    PathBuf::from(package).join("yuma")
}
