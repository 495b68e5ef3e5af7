//! Who plays in the local network: two validators and up to four miners, of which two are honest.

use crate::address;
use anyhow::{anyhow, Result};
use primitives::AccountId;
use ratatui::style::Color;
use serde::Serialize;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Validator,
    /// Serves the model as it is.
    Honest,
    /// Serves a model with other weights, and says that it is the real one.
    Damaged,
    /// Forwards to an honest miner and changes the answer slightly.
    Copier,
}

pub struct Actor {
    /// Also the name of its log file.
    pub name: &'static str,
    /// The development key that pays.
    pub coldkey: &'static str,
    /// The development key that works.
    pub hotkey: &'static str,
    pub role: Role,
}

/// The development keys of the subnet's owner, who runs no process.
pub const OWNER_COLDKEY: &str = "//Alice";
pub const OWNER_HOTKEY: &str = "//Alice//hotkey";

/// Everyone who has a seat and a process.
pub const CAST: [Actor; 6] = [
    Actor { name: "bob", coldkey: "//Bob", hotkey: "//Bob//hotkey", role: Role::Validator },
    Actor { name: "charlie", coldkey: "//Charlie", hotkey: "//Charlie//hotkey", role: Role::Validator },
    Actor { name: "dave", coldkey: "//Dave", hotkey: "//Dave//hotkey", role: Role::Honest },
    Actor { name: "eve", coldkey: "//Eve", hotkey: "//Eve//hotkey", role: Role::Honest },
    Actor { name: "damaged", coldkey: "//Ferdie", hotkey: "//Ferdie//damaged", role: Role::Damaged },
    Actor { name: "copier", coldkey: "//Ferdie", hotkey: "//Ferdie//copier", role: Role::Copier },
];

/// Who of [`CAST`] plays; a model can only be damaged where one `chats`.
pub fn players(chats: bool) -> impl Iterator<Item = &'static Actor> + Clone {
    CAST.iter().filter(move |actor| chats || actor.role != Role::Damaged)
}

/// `2 validators and 4 miners`.
pub fn headcount(chats: bool) -> String {
    let validators = players(chats).filter(|actor| actor.role == Role::Validator).count();
    format!("{validators} validators and {} miners", players(chats).count() - validators)
}

/// The honest miner that the copier forwards to.
pub const COPIED: &Actor = &CAST[2];

impl Actor {
    pub fn account(&self) -> Result<AccountId> {
        account(self.hotkey)
    }

    /// Role and name, where the name is not the role.
    pub fn title(&self) -> String {
        let role = self.role.to_string();
        match self.name {
            name if name == role => role,
            name => format!("{role} {name}"),
        }
    }
}

pub fn account(development_key: &str) -> Result<AccountId> {
    address::parse(development_key).map_err(|error| anyhow!(error))
}

/// The actor with this hotkey.
pub fn find(hotkey: &AccountId) -> Option<&'static Actor> {
    CAST.iter().find(|actor| actor.account().is_ok_and(|account| account == *hotkey))
}

impl Role {
    pub fn colour(self) -> Color {
        match self {
            Self::Validator => Color::Cyan,
            Self::Honest => Color::Green,
            Self::Damaged => Color::Red,
            Self::Copier => Color::Magenta,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Validator => "validator",
            Self::Honest => "honest",
            Self::Damaged => "damaged",
            Self::Copier => "copier",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_a_key_and_a_name_of_its_own() {
        let accounts: Vec<AccountId> = CAST.iter().map(|actor| actor.account().unwrap()).collect();
        for (index, actor) in CAST.iter().enumerate() {
            assert_eq!(find(&accounts[index]).map(|found| found.name), Some(actor.name));
            assert!(CAST.iter().skip(index + 1).all(|other| other.name != actor.name));
        }
    }

    #[test]
    fn where_nobody_chats_no_model_is_damaged() {
        assert_eq!([true, false].map(headcount), ["2 validators and 4 miners", "2 validators and 3 miners"]);
        assert!(players(false).all(|actor| actor.role != Role::Damaged));
    }

    #[test]
    fn the_copier_copies_an_honest_miner() {
        assert_eq!(COPIED.role, Role::Honest);
    }
}
