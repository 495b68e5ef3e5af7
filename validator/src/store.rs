//! The database in a validator's data folder.

use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, WriteTransaction};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// Bytes of the file that are held in memory; redb would take a GiB.
const CACHE: usize = 16 << 20;

#[derive(Debug, Error)]
pub enum StorageError {
    #[error("{0} is in use: another validator runs on this data folder; stop it or choose another --data")]
    InUse(PathBuf),
    #[error("{path} cannot be read as scores ({cause}); move it away to start from zero")]
    Unreadable { path: PathBuf, cause: String },
    #[error("nothing can be stored ({0}); check the space and the rights of the --data folder")]
    Storage(Box<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for StorageError {
    fn from(error: E) -> Self {
        Self::Storage(Box::new(error.into()))
    }
}

/// One file, used by one process. A change is one transaction, on disk before the call returns.
pub struct Store {
    path: PathBuf,
    /// None after the disk failed: the file is opened again at the next use, as nothing is known about its last pages.
    database: Mutex<Option<Arc<Database>>>,
}

impl Store {
    pub fn open(folder: &Path) -> Result<Self, StorageError> {
        let path = folder.join("scores.redb");
        std::fs::create_dir_all(folder).map_err(|error| unreadable(&path, error))?;
        let database = Mutex::new(Some(Arc::new(open(&path)?)));
        Ok(Self { path, database })
    }

    /// Where others keep what belongs beside the database.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// Does all of `change` or, if it fails, nothing.
    pub fn write<T>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StorageError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
    }

    pub fn read<T>(&self, look: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, StorageError> {
        self.with(|database| look(&database.begin_read()?))
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, StorageError> {
        let database = self.database()?;
        let result = work(&database);
        if let Err(redb::Error::Io(_) | redb::Error::PreviousIo) = result {
            let mut current = self.database.lock().unwrap_or_else(PoisonError::into_inner);
            current.take_if(|current| Arc::ptr_eq(current, &database));
            // Closed before anybody else opens it again.
            drop(database);
        }
        Ok(result?)
    }

    fn database(&self) -> Result<Arc<Database>, StorageError> {
        let mut current = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(database) => Ok(database.clone()),
            None => Ok(current.insert(Arc::new(create(&self.path)?)).clone()),
        }
    }
}

fn open(path: &Path) -> Result<Database, StorageError> {
    create(path).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StorageError::InUse(path.to_owned()),
        other => unreadable(path, other),
    })
}

/// For this user alone: rounds hold what apps have asked.
fn create(path: &Path) -> Result<Database, DatabaseError> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    Database::builder().set_cache_size(CACHE).create(path)
}

fn unreadable(path: &Path, cause: impl ToString) -> StorageError {
    StorageError::Unreadable { path: path.to_owned(), cause: cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file is still open then, by this very process.
    #[test]
    fn whoever_comes_between_a_failure_of_the_disk_and_a_slow_reader_is_told_of_no_other_validator() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let meanwhile = |_: &ReadTransaction| {
            let full = redb::Error::Io(std::io::Error::other("the disk is full"));
            assert!(store.write(|_| Err::<(), _>(full)).is_err());
            Ok(store.read(|_| Ok(())).unwrap_err())
        };
        let error = store.read(meanwhile).unwrap();
        assert!(matches!(error, StorageError::Storage(_)), "{error}");
        store.read(|_| Ok(())).unwrap();
    }
}
