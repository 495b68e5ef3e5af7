//! The one crate that knows every subnet: by name, a validator gets its grader and a miner its solver.
//!
//! A new subnet is a crate beside this one and an entry in [`ENTRIES`].

pub mod chat;
mod copier;
mod embed;
mod remote;
mod settings;
mod template;
mod text;

pub use settings::{CopyFrom, Settings};

use chat::Chat;
pub use inference::Format;
use inference::LoadError;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use subnet::{AnySolver, AnySubnet, Spec};
use subnet_embed::EmbedError;
use subnet_remote::ProgramError;
use subnet_text::BackendError;

/// What the catalog holds for one subnet.
struct Entry {
    spec: fn() -> Spec,
    /// What it speaks, see [`subnet::schema`].
    schema: fn() -> Value,
    /// Whether people can talk to its miners; they then run a language model.
    chats: bool,
    grader: fn(&Settings) -> Result<Grader, CatalogError>,
    solver: fn(&Settings) -> Result<Arc<dyn AnySolver>, CatalogError>,
}

const ENTRIES: &[Entry] = &[embed::ENTRY, remote::ENTRY, template::ENTRY, text::ENTRY];

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

/// What a subnet speaks, as two JSON schemas: `challenge` and `answer`.
pub fn schema(name: &str) -> Result<Value, CatalogError> {
    Ok((find(name)?.schema)())
}

/// Whether people can talk to a subnet's miners.
pub fn chats(name: &str) -> Result<bool, CatalogError> {
    Ok(find(name)?.chats)
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
    use std::collections::BTreeSet;

    fn settings() -> Settings {
        Settings { model: "/nowhere".into(), ..Settings::default() }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = solver("chess", &settings()).err().unwrap().to_string();
        assert!(error.starts_with("there is no subnet called 'chess'; this version knows: "), "{error}");
        assert!(names().all(|name| error.contains(&*name)), "{error}");
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
        let all: BTreeSet<_> = names().collect();
        assert_eq!(all.len(), names().count());
        assert!(all.iter().all(|name| spec(name).unwrap().name == *name));
    }

    #[test]
    fn a_subnet_without_a_model_loads_none() {
        assert!(grader("template", &settings()).unwrap().chat.is_none());
        assert!(solver("template", &settings()).is_ok());
    }

    #[test]
    fn a_program_that_is_not_named_is_asked_for() {
        for name in ["remote", "remote:words"] {
            let error = grader(name, &settings()).err().unwrap().to_string();
            assert!(error.contains("--program"), "{error}");
        }
    }
}
