//! Where models lie.

use anyhow::{Context, Result};
use std::env;
use std::path::{Path, PathBuf};

/// The model that ships with the project, from its folder.
pub const SHIPPED: &str = "models/tiny";

/// `folder` as it is typed or, where it is relative, in any directory above the executable.
pub fn folder(folder: &Path, executable: &Path) -> Result<PathBuf> {
    let above = executable.ancestors().map(|directory| directory.join(folder));
    let mut candidates = std::iter::once(folder.to_path_buf()).chain(above);
    let found = candidates.find(|candidate| candidate.join("config.json").is_file());
    let found = found.with_context(|| {
        let shown = folder.display();
        format!(
            "{shown} is no model folder (it has no config.json): run this in the project's folder, or name one with \
             --model"
        )
    })?;
    found.canonicalize().with_context(|| format!("cannot use the model folder {}", found.display()))
}

/// The model that was named or else the shipped one, where it can be found; not every subnet needs one.
pub fn named_or_shipped(named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| {
        let executable = env::current_exe().unwrap_or_default();
        folder(Path::new(SHIPPED), &executable).unwrap_or_else(|_| SHIPPED.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_model_is_found_above_the_executable() {
        let project = tempfile::tempdir().unwrap();
        let (model, executable) = (project.path().join("models/spare"), project.path().join("target/release"));
        fs::create_dir_all(&executable).unwrap();
        assert!(folder(Path::new("models/spare"), &executable).is_err());
        fs::create_dir_all(&model).unwrap();
        fs::write(model.join("config.json"), "{}").unwrap();
        assert_eq!(folder(Path::new("models/spare"), &executable).unwrap(), model.canonicalize().unwrap());
    }

    #[test]
    fn a_named_model_is_taken_as_it_is() {
        assert_eq!(named_or_shipped(Some("/nowhere".into())), Path::new("/nowhere"));
    }
}
