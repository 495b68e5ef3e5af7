//! Files that are written all or not at all.

use anyhow::{Context, Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A file as it shall be, and as it was if it existed.
#[derive(Debug)]
pub struct Change {
    pub path: PathBuf,
    pub before: Option<String>,
    pub after: String,
}

/// Writes all `changes`; if one cannot be written, the others are taken back.
pub fn apply(changes: &[Change]) -> Result<()> {
    for (done, change) in changes.iter().enumerate() {
        if let Err(error) = change.write() {
            let error = error.context(format!("cannot write {}", change.path.display()));
            return Err(undo(&changes[..=done], error));
        }
    }
    Ok(())
}

/// `error`, with what could not be taken back.
fn undo(changes: &[Change], error: Error) -> Error {
    let stuck = changes.iter().rev().filter(|change| change.take_back().is_err());
    let stuck: Vec<String> = stuck.map(|change| change.path.display().to_string()).collect();
    match stuck.is_empty() {
        true => error.context("nothing was changed"),
        false => error.context(format!("look at these files, which could not be restored: {}", stuck.join(", "))),
    }
}

impl Change {
    fn write(&self) -> Result<()> {
        let folder = self.path.parent().context("it lies in no folder")?;
        fs::create_dir_all(folder)?;
        Ok(fs::write(&self.path, &self.after)?)
    }

    fn take_back(&self) -> Result<()> {
        match &self.before {
            Some(before) => fs::write(&self.path, before)?,
            None => self.remove()?,
        }
        Ok(())
    }

    /// Removes a file that was made, and the folders that it leaves empty.
    fn remove(&self) -> Result<()> {
        if self.path.exists() {
            fs::remove_file(&self.path)?;
        }
        let folders = self.path.ancestors().skip(1);
        // A folder that is not empty was there before, or still holds another change: both end the climb.
        folders.take_while(|folder: &&Path| fs::remove_dir(folder).is_ok()).for_each(drop);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_finished_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), "before").unwrap();
        let change = |name: &str, before: Option<&str>| Change {
            path: path(name),
            before: before.map(str::to_owned),
            after: "after".into(),
        };
        // `old` is a file, so nothing can lie in it.
        let changes = [change("old", Some("before")), change("new/deep/file", None), change("old/file", None)];
        let error = format!("{:#}", apply(&changes).unwrap_err());
        assert!(error.contains("nothing was changed") && error.contains("old/file"), "{error}");
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "before");
        assert!(!path("new").exists());
        apply(&changes[..2]).unwrap();
        assert_eq!(fs::read_to_string(path("new/deep/file")).unwrap(), "after");
    }
}
