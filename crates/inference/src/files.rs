//! The files of a model folder, each read once and hashed on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};
use serde::Deserialize;

use crate::error::LoadError;

const CONFIG: &str = "config.json";
const GGUF: &str = "gguf";
const WEIGHTS: &str = "model.safetensors";
const WEIGHTS_INDEX: &str = "model.safetensors.index.json";

/// Reads the files of one folder and keeps the hash of everything read.
pub(crate) struct Files<'a> {
    folder: &'a Path,
    hasher: Blake2b<U32>,
}

/// Which shard holds which tensor.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(folder: &'a Path) -> Self {
        Self { folder, hasher: Blake2b::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Counts a file that is too large for one read into the hash.
    pub(crate) fn hash(&mut self, name: &str) -> Result<(), LoadError> {
        let path = self.path(name);
        let unreadable = |source| LoadError::Read { path: path.clone(), source };
        let mut file = File::open(&path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        self.hash_part(name.as_bytes());
        self.hasher.update(length.to_le_bytes());
        std::io::copy(&mut file, &mut self.hasher).map(drop).map_err(unreadable)
    }

    /// The content of a file that every model has.
    pub(crate) fn read(&mut self, name: &str) -> Result<Vec<u8>, LoadError> {
        self.read_if_present(name)?.ok_or_else(|| LoadError::MissingFile(self.path(name)))
    }

    /// The content of a file that not every model has.
    pub(crate) fn read_if_present(&mut self, name: &str) -> Result<Option<Vec<u8>>, LoadError> {
        let content = match std::fs::read(self.path(name)) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LoadError::Read { path: self.path(name), source }),
        };
        self.hash_part(name.as_bytes());
        self.hash_part(&content);
        Ok(Some(content))
    }

    fn hash_part(&mut self, part: &[u8]) {
        self.hasher.update((part.len() as u64).to_le_bytes());
        self.hasher.update(part);
    }

    /// Counts a choice that changes the answers into the hash.
    pub(crate) fn hash_choice(&mut self, choice: &str) {
        self.hash_part(choice.as_bytes());
    }

    /// The names of the files with weights: one, or the shards named by the index, all of them present.
    pub(crate) fn weight_files(&mut self) -> Result<Vec<String>, LoadError> {
        if self.path(WEIGHTS).exists() {
            return Ok(vec![WEIGHTS.into()]);
        }
        let Some(index) = self.read_if_present(WEIGHTS_INDEX)? else {
            return Err(LoadError::MissingFile(self.path(WEIGHTS)));
        };
        let corrupt = |reason: String| LoadError::Corrupt { path: self.path(WEIGHTS_INDEX), reason };
        let index: Index = serde_json::from_slice(&index).map_err(|error| corrupt(error.to_string()))?;
        let shards = index.weight_map.into_values().collect::<BTreeSet<_>>();
        for shard in &shards {
            if Path::new(shard).file_name() != Some(shard.as_ref()) {
                return Err(corrupt(format!("the shard {shard:?} is not a file of this folder")));
            }
            if !self.path(shard).exists() {
                return Err(LoadError::MissingFile(self.path(shard)));
            }
        }
        Ok(shards.into_iter().collect())
    }

    /// The hash of all files read so far, in order: 64 hexadecimal digits.
    pub(crate) fn id(self) -> String {
        hex::encode(self.hasher.finalize())
    }
}

/// The GGUF file that a path means: itself, or the only one in a folder that has no `config.json`.
pub(crate) fn gguf_file(path: &Path) -> Result<Option<PathBuf>, LoadError> {
    let is_gguf = |path: &Path| path.extension().is_some_and(|extension| extension == GGUF);
    if is_gguf(path) && !path.is_dir() {
        return Ok(Some(path.into()));
    }
    if !path.is_dir() || path.join(CONFIG).exists() {
        return Ok(None);
    }
    let unreadable = |source| LoadError::Read { path: path.into(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        found.extend(Some(entry.map_err(unreadable)?.path()).filter(|path| is_gguf(path)));
    }
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(LoadError::SeveralModels(path.into())),
    }
}
