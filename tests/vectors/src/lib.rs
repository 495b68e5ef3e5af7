//! Golden vectors of the consensus, computed by another implementation: see `yuma/README.md`.

use std::path::PathBuf;

/// The folder of the vectors.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/yuma"))
}
