//! Files that are there as a whole or not at all, and for their owner only.

use super::WalletError;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// No key file is longer; what is, is something else.
const LONGEST: u64 = 64 * 1024;

pub fn read(path: &Path) -> Result<Vec<u8>, WalletError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => WalletError::NoKey(path.into()),
        _ => WalletError::io("read", path, error),
    };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(WalletError::Malformed { path: path.into(), reason: "it is too long".into() });
    }
    Ok(bytes)
}

/// Makes the folder where it is missing. An existing file is replaced only if `force`.
pub fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), WalletError> {
    let failed = |error| WalletError::io("write", path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    // A temporary file is readable by its owner only.
    let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    let placed = if force { file.persist(path) } else { file.persist_noclobber(path) };
    placed.map_err(|refused| match refused.error.kind() {
        ErrorKind::AlreadyExists => WalletError::Exists(path.into()),
        _ => failed(refused.error),
    })?;
    // Without this the name could be lost in a power cut although the contents are safe.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
