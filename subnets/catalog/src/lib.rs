//! The one crate that knows every subnet: by name, a validator gets its grader and a miner its solver.
//!
//! A new subnet is a crate beside this one and an entry in [`ENTRIES`].

pub mod chat;
mod embed;
mod remote;
mod settings;
mod text;

pub use settings::{CopyFrom, Settings};

use chat::Chat;
pub use inference::Format;
use inference::LoadError;
use std::borrow::Cow;
use std::sync::Arc;
use subnet::{AnySolver, AnySubnet, Spec};
use subnet_embed::EmbedError;
use subnet_remote::ProgramError;
use subnet_text::BackendError;

/// What the catalog holds for one subnet.
struct Entry {
    spec: fn() -> Spec,
    grader: fn(&Settings) -> Result<Grader, CatalogError>,
    solver: fn(&Settings) -> Result<Arc<dyn AnySolver>, CatalogError>,
}

const ENTRIES: [Entry; 3] = [text::ENTRY, embed::ENTRY, remote::ENTRY];

/// What a validator works with; both sides share one loaded model.
pub struct Grader {
    pub subnet: Arc<dyn AnySubnet>,
    /// Present where people can talk to the subnet's miners.
    pub chat: Option<Arc<dyn Chat>>,
}

/// Why the catalog cannot hand out a subnet.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("there is no subnet called '{asked}'; this version knows: {known}")]
    Unknown { asked: String, known: String },
    #[error(transparent)]
    Model(#[from] LoadError),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(
        "the subnet 'remote' is a program of your own: say where it listens, as in --program http://127.0.0.1:9000"
    )]
    NoProgram,
    #[error(transparent)]
    Program(#[from] ProgramError),
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// The names of all subnets.
pub fn names() -> impl Iterator<Item = Cow<'static, str>> {
    ENTRIES.iter().map(|entry| (entry.spec)().name)
}

/// What a subnet expects, without loading anything.
pub fn spec(name: &str) -> Result<Spec, CatalogError> {
    Ok((find(name)?.spec)())
}

/// The validator's side of a subnet, ready to work: this may load a model.
pub fn grader(name: &str, settings: &Settings) -> Result<Grader, CatalogError> {
    (find(name)?.grader)(settings)
}

/// The miner's side of a subnet, ready to work: this may load a model.
pub fn solver(name: &str, settings: &Settings) -> Result<Arc<dyn AnySolver>, CatalogError> {
    (find(name)?.solver)(settings)
}

fn find(name: &str) -> Result<&'static Entry, CatalogError> {
    let unknown = || CatalogError::Unknown { asked: name.to_owned(), known: names().collect::<Vec<_>>().join(", ") };
    // `remote:words`, as rounds are recorded under, is the program `words` behind `remote`.
    let listed = name.split(':').next().unwrap_or(name);
    ENTRIES.iter().find(|entry| (entry.spec)().name == listed).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { model: "/nowhere".into(), ..Settings::default() }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = solver("chess", &settings()).err().unwrap().to_string();
        let known = names().collect::<Vec<_>>().join(", ");
        assert_eq!(error, format!("there is no subnet called 'chess'; this version knows: {known}"));
    }

    #[test]
    fn a_missing_model_folder_is_named() {
        for name in ["text", "embed"] {
            let error = grader(name, &settings()).err().unwrap().to_string();
            assert!(error.contains("/nowhere"), "{error}");
        }
    }

    #[test]
    fn every_name_has_its_own_spec() {
        assert_eq!(spec("text").unwrap().name, "text");
        let listed: Vec<_> = names().collect();
        assert_eq!(listed.iter().collect::<std::collections::BTreeSet<_>>().len(), listed.len());
    }

    #[test]
    fn a_program_that_is_not_named_is_asked_for() {
        for name in ["remote", "remote:words"] {
            let error = grader(name, &settings()).err().unwrap().to_string();
            assert!(error.contains("--program"), "{error}");
        }
    }
}
